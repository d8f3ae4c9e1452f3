"""`umschlag serve`: runs the gateway until it is told to stop."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from gateway.cli.command import Command, Failure, Invocation, pass_invocation
from gateway.cli.output import print_problems

if TYPE_CHECKING:
    from gateway.config import Configuration


@click.command(cls=Command)
@pass_invocation
def serve(invocation: Invocation, /) -> None:
    """Run the gateway until SIGTERM; without a configuration it begins with a sandbox and says how to use it."""
    configuration = invocation.load()
    print_problems(configuration.warnings, "warning: ")
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
    try:
        await serve(configuration, log, opened=greet)
    except StartError as error:
        raise Failure(str(error)) from None
    finally:
        log.close()
