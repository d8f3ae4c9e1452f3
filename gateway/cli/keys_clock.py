"""`umschlag keys clock`: whether the clock fits to when the keys were last used, and going on where it is right."""

import asyncio
from typing import Any

import click

from gateway.cli.command import FAILED, Command, Invocation, json_option, pass_invocation
from gateway.cli.output import print_json, print_pairs, written_time
from gateway.config import Configuration
from gateway.core.ids import now_seconds
from gateway.spool.audit import Action


@click.command(cls=Command)
@click.option("--accept", is_flag=True, help="This machine's clock is right: go on from now.")
@json_option
@pass_invocation
def clock(invocation: Invocation, /, *, accept: bool, as_json: bool) -> int:
    """Compare the clock with when the keys were last used.

    A gateway whose clock is far from that does not start, and one that runs seals, opens and destroys nothing: keys die
    by the clock. The exit status is 1 while they do not fit.
    """
    found = asyncio.run(_found(invocation.load(), accept=accept))
    if as_json:
        print_json(found)
    else:
        print_pairs({name: value for name, value in found.items() if value is not None})
    return FAILED if found["problem"] else 0


async def _found(configuration: Configuration, *, accept: bool) -> dict[str, Any]:
    from gateway.cli.state import opened

    now = now_seconds()
    async with opened(configuration) as state:
        if accept:
            state.keyring.note_used(now)
            await state.note(Action.CLOCK_ACCEPT)
        reading = state.keyring.clock(now)
    return {
        "now": written_time(now),
        "last_used": written_time(reading.last_used) if reading.last_used else None,
        "server": None if reading.witness is None else written_time(reading.witness),
        "problem": reading.fault(),
    }
