"""One process that serves: hardened, silenced, stopped by SIGTERM, reloaded by SIGHUP and by its file."""

import asyncio
import os
import resource
import signal
from collections.abc import Awaitable, Callable

from gateway.app import App
from gateway.config import Configuration
from gateway.logs import Event, Log, silence_libraries, silence_loop
from gateway.reload import Reloading, Reread


async def serve(
    configuration: Configuration, log: Log, reread: Reread, *, opened: Callable[[App], Awaitable[None]]
) -> None:
    """Run the gateway until SIGTERM or SIGINT; `opened` is called once it serves.

    Raises ConfigError, StartError.
    """
    harden()
    put_back = silence_libraries(log)
    silence_loop(log, asyncio.get_running_loop())
    stopped = stop_signals(log)
    # Until it serves, a hangup must not end it.
    on_signal(signal.SIGHUP, log, lambda: None)
    try:
        app = await App.open(configuration, log)
        reloading = Reloading(app.configuration, app.built, reread, app.reload, log=log, metrics=app.metrics)
        try:
            await app.start()
            on_signal(signal.SIGHUP, log, reloading.ring)
            reloading.start()
            await opened(app)
            await stopped.wait()
        finally:
            await reloading.stop()
            await app.stop()
    finally:
        put_back()


def harden() -> None:
    """Keep files to ourselves, and memory out of core dumps."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


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
