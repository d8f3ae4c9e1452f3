"""`umschlag serve`: runs the gateway until it is told to stop."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from gateway.cli.command import Command, Failure, Invocation, pass_invocation
from gateway.cli.output import print_problems
from gateway.config import ConfigError, examine

if TYPE_CHECKING:
    from gateway.config import Configuration
    from gateway.logs import Log


@click.command(cls=Command)
@pass_invocation
def serve(invocation: Invocation, /) -> None:
    """Run the gateway until it is told to stop.

    SIGTERM ends it in order. Without a configuration it begins with a sandbox, and says how to use it.
    """
    from gateway.delivery.built import build

    configuration = examine(invocation.file, invocation.environ)
    # Everything is told at once: what is wrong with the file, with the providers and with the routes.
    if problems := build(configuration).problems:
        raise ConfigError(problems)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(configuration))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(configuration: "Configuration") -> None:
    from gateway.app import StartError, serve
    from gateway.cli.welcome import greet
    from gateway.logs import open_log

    try:
        log = open_log(configuration.settings.log)
    except OSError as error:
        raise Failure(f"the log's file cannot be opened ({type(error).__name__})") from None
    _warn(configuration, log)
    try:
        await serve(configuration, log, opened=greet)
    except StartError as error:
        raise Failure(str(error)) from None
    finally:
        log.close()


def _warn(configuration: "Configuration", log: "Log") -> None:
    """Tell what is probably not meant: as events where standard error is a log for programs, else as text."""
    settings = configuration.settings.log
    if settings.format == "console" or settings.path is not None:
        print_problems(configuration.warnings, "warning: ")
        return
    from gateway.logs import Event

    for warning in configuration.warnings:
        log.warning(Event.CONFIG_PROBLEM, key=warning.key)
