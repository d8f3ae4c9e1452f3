"""The limits of a client that are numbers: as options, and in words."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from gateway.cli.command import Count
from gateway.spool.clients import Client

F = TypeVar("F", bound=Callable[..., Any])


def limit_options(command: F) -> F:
    """Add the limits of a client that are numbers; without one of its own `[limits]` holds."""
    options = (
        click.option("--daily", type=Count(1), help="Messages a UTC day; else [limits] holds."),
        click.option("--monthly", type=Count(1), help="Messages a UTC month."),
        click.option("--daily-segments", type=Count(1), help="Segments of SMS a UTC day."),
        click.option("--monthly-segments", type=Count(1), help="Segments of SMS a UTC month."),
        click.option("--concurrent", type=Count(1), help="Requests at the same time."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def quotas_in_words(client: Client) -> str:
    """Return the limits of its own that a client has besides its rate."""
    named = {
        "a day": client.daily,
        "a month": client.monthly,
        "segments a day": client.daily_segments,
        "segments a month": client.monthly_segments,
        "at a time": client.concurrent,
    }
    return ", ".join(f"{number} {name}" for name, number in named.items() if number is not None)
