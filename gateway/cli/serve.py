"""`umschlag serve`: runs the gateway until it is told to stop."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from gateway.cli.command import Command, Failure, Invocation, pass_invocation
from gateway.cli.garbage import postpone_collection, resume_collection
from gateway.cli.output import print_problems
from gateway.config import ConfigError, examine

if TYPE_CHECKING:
    from gateway.config import Configuration
    from gateway.core.problem import Problem
    from gateway.logs import Log


@click.command(cls=Command)
@pass_invocation
def serve(invocation: Invocation, /) -> None:
    """Run the gateway until it is told to stop.

    SIGTERM ends it in order. Without a configuration it begins with a sandbox, and says how to use it.
    """
    postpone_collection()
    from gateway.delivery.built import build

    configuration = examine(invocation.file, invocation.environ)
    # Everything is told at once: what is wrong with the file, with the providers and with the routes.
    if problems := build(configuration).problems:
        raise ConfigError(problems)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(configuration, lambda: examine(invocation.file, invocation.environ)))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(configuration: "Configuration", read_again: "Callable[[], Configuration]") -> None:
    from gateway.app import App, StartError
    from gateway.cli.welcome import greet
    from gateway.logs import open_log
    from gateway.process import serve
    from gateway.reload import Reread

    try:
        log = open_log(configuration.settings.log)
    except OSError as error:
        raise Failure(f"the log's file cannot be opened ({type(error).__name__})") from None
    _warn(configuration, log)

    async def opened(app: App) -> None:
        resume_collection()
        await greet(app)

    try:
        await serve(configuration, log, Reread(read_again, _teller(configuration)), opened=opened)
    except StartError as error:
        raise Failure(str(error)) from None
    finally:
        log.close()


def _warn(configuration: "Configuration", log: "Log") -> None:
    """Tell what is probably not meant: as events where standard error is a log for programs, else as text."""
    if _has_people(configuration):
        print_problems(configuration.warnings, "warning: ")
        return
    from gateway.logs import Event

    for warning in configuration.warnings:
        log.warning(Event.CONFIG_PROBLEM, key=warning.key)


def _teller(configuration: "Configuration") -> "Callable[[Sequence[Problem]], None]":
    """Return what tells why a changed configuration is refused, besides the events: sentences, for people."""
    return print_problems if _has_people(configuration) else lambda _problems: None


def _has_people(configuration: "Configuration") -> bool:
    """Whether standard error is read by people, and is no log for programs."""
    log = configuration.settings.log
    return log.format == "console" or log.path is not None
