"""One process that serves: hardened, silenced, stopped by SIGTERM, reloaded by SIGHUP and by its file."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from gateway.app import App
from gateway.config import Configuration
from gateway.hardening import harden
from gateway.logs import Event, Log, silence_libraries, silence_loop
from gateway.place import ALONE, Place
from gateway.reload import Reloading, Reread
from gateway.spool.sqlite.writer_process import WriterProcess


async def serve(
    configuration: Configuration,
    log: Log,
    reread: Reread,
    *,
    opened: Callable[[App], Coroutine[Any, Any, None]],
    place: Place = ALONE,
    writer: WriterProcess | None = None,
) -> None:
    """Run the gateway until SIGTERM or SIGINT; `opened` is called when its addresses are taken, before it answers.

    In a place beside others it is called once it serves, and runs as long as the process is wanted; changes of the
    file are told by a signal. `writer` is a process that was started to write the spool; it ends with this one.
    Raises ConfigError, StartError.
    """
    harden()
    put_back = silence_libraries(log)
    silence_loop(log, asyncio.get_running_loop())
    stopped = stop_signals(log)
    # Until it serves, a hangup must not end it.
    on_signal(signal.SIGHUP, log, lambda: None)
    try:
        app = await App.open(configuration, log, place, writer=writer)
        reloading = Reloading(app.configuration, app.built, reread, app.reload, log=log, metrics=app.metrics)
        try:
            await app.start((lambda: opened(app)) if place.is_alone else None)
            on_signal(signal.SIGHUP, log, reloading.ring)
            reloading.start(watches=place.is_alone)
            if place.is_alone:
                await stopped.wait()
            else:
                await _first_of(opened(app), stopped.wait())
        finally:
            await reloading.stop()
            await app.stop()
    finally:
        put_back()


async def _first_of(*works: Coroutine[Any, Any, object]) -> None:
    """Run all until one has ended, and cancel the others. Raises what that one raised."""
    tasks = [asyncio.get_running_loop().create_task(work) for work in works]
    done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    for task in done:
        task.result()


def stop_signals(log: Log) -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stopped = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        on_signal(each, log, stopped.set)
    return stopped


def on_signal(which: signal.Signals, log: Log, act: Callable[[], None]) -> None:
    """Log a signal and act on it, from now on."""

    def handle() -> None:
        log.info(Event.SIGNAL, signal=which.name)
        act()

    asyncio.get_running_loop().add_signal_handler(which, handle)
