"""`umschlag serve`: runs the gateway until it is told to stop."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

import click

from gateway.cli.command import Command, Count, Failure, Invocation, Parsed, pass_invocation
from gateway.cli.garbage import postpone_collection, resume_collection
from gateway.cli.output import print_problems
from gateway.config import ConfigError, examine

if TYPE_CHECKING:
    from gateway.config import Configuration
    from gateway.core.problem import Problem
    from gateway.logs import Log
    from gateway.spool.sqlite.writer_process import WriterProcess
    from gateway.workers.post import Post

_MOST_WORKERS: Final = 64


def _post(text: str) -> "Post":
    from gateway.workers.post import parse_post

    return parse_post(text)


@click.command(cls=Command)
@click.option(
    "--workers", type=Count(1, _MOST_WORKERS), default=1, show_default=True, help="Processes that share the work."
)
@click.option("--worker", "post", type=Parsed("post", _post), hidden=True)
@pass_invocation
def serve(invocation: Invocation, /, *, workers: int, post: "Post | None") -> None:
    """Run the gateway until it is told to stop.

    SIGTERM ends it in order, SIGHUP and a change of the file reload the configuration. Without a configuration it
    begins with a sandbox, and says how to use it.
    """
    postpone_collection()
    configuration = examine(invocation.file, invocation.environ)
    # The first of several processes writes little, and does it itself.
    with _writer(configuration) if workers == 1 else nullcontext() as writer:
        from gateway.delivery.built import build

        # Everything is told at once: what is wrong with the file, with the providers and with the routes.
        if problems := build(configuration).problems:
            raise ConfigError(problems)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(invocation, configuration, workers, post, writer))


@contextmanager
def _writer(configuration: "Configuration") -> "Iterator[WriterProcess | None]":
    """Start the process that writes the spool, where there is to be one, while the gateway is being built."""
    if configuration.settings.spool.writer == "thread":
        yield None
        return
    from gateway.spool.sqlite.writer_process import WriterProcess

    try:
        writer = WriterProcess.start()
    except OSError as error:
        raise Failure(f"the process that writes the spool cannot be started ({type(error).__name__})") from None
    try:
        yield writer
    finally:
        writer.abandon()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(
    invocation: Invocation,
    configuration: "Configuration",
    workers: int,
    post: "Post | None",
    writer: "WriterProcess | None",
) -> None:
    from gateway.cli.welcome import Served, greet
    from gateway.logs import open_log
    from gateway.process import serve
    from gateway.reload import Reread
    from gateway.state import StartError

    try:
        log = open_log(configuration.settings.log)
    except OSError as error:
        raise Failure(f"the log's file cannot be opened ({type(error).__name__})") from None
    reread = Reread(lambda: examine(invocation.file, invocation.environ), _teller(configuration, post))

    async def opened(served: Served) -> None:
        resume_collection()
        await greet(served)

    try:
        if post is not None:
            from gateway.workers.front import work

            await work(configuration, log, reread, post, opened=resume_collection, writer=writer)
            return
        _warn(configuration, log)
        if workers == 1:
            await serve(configuration, log, reread, opened=opened, writer=writer)
            return
        from gateway.workers.front import supervise

        await supervise(configuration, log, reread, count=workers, command=_command(invocation), opened=opened)
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


def _command(invocation: Invocation) -> Sequence[str]:
    """Return how a worker is started: as this process was, by the same interpreter."""
    path = () if invocation.path is None else ("--config", str(invocation.path))
    # Without -P the working folder would come before what is installed.
    return (sys.executable, "-P", "-m", "gateway", "serve", *path)


def _teller(configuration: "Configuration", post: "Post | None") -> "Callable[[Sequence[Problem]], None]":
    """Return what tells why a changed configuration is refused, besides the events: sentences, for people."""
    return print_problems if _has_people(configuration) and post is None else lambda _problems: None


def _has_people(configuration: "Configuration") -> bool:
    """Whether standard error is read by people, and is no log for programs."""
    log = configuration.settings.log
    return log.format == "console" or log.path is not None
