"""Takes over a changed configuration while the gateway runs: as a whole, or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.config import Configuration
from gateway.config.key import written
from gateway.config.live import fixed_changes, followed
from gateway.config.watch import changes
from gateway.core.problem import Problem
from gateway.delivery.built import SPECS_FOLDER, Built, build
from gateway.logs import Event, Log
from gateway.metrics import Metrics

_LAST_WORDS: Final = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Reread:
    """How a configuration is read again, and who is told what is wrong with it, in sentences without values."""

    examine: Callable[[], Configuration]
    refused: Callable[[Sequence[Problem]], None] = lambda _problems: None


class Reloading:
    """Reads the configuration again when it is rung for, and when its file changes; `apply` brings it into force.

    What is wrong is refused with all its reasons, and everything goes on as it was. `apply` raises OSError or
    ValueError where it cannot be done, and has changed nothing then.
    """

    def __init__(
        self,
        running: Configuration,
        built: Built,
        reread: Reread,
        apply: Callable[[Configuration, Built], Awaitable[None]],
        *,
        log: Log,
        metrics: Metrics,
    ) -> None:
        self._running = running
        self._reread = reread
        self._apply = apply
        self._log = log
        self._metrics = metrics
        self._bell = asyncio.Event()
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._types = built.types

    def start(self, *, watches: bool = True) -> None:
        """Begin; `watches` says whether the file is watched."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._run())]
        if watches and self._running.path is not None:
            self._tasks.append(loop.create_task(self._watch()))

    def ring(self) -> None:
        """Ask for a reload now."""
        self._bell.set()

    async def stop(self) -> None:
        """End; a reload under way is brought to its end."""
        self._stop.set()
        self._bell.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_LAST_WORDS)
            for task in late:
                task.cancel()
                await asyncio.wait({task})

    async def _run(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            if self._stop.is_set():
                return
            try:
                await self._reload()
            except Exception as error:  # noqa: BLE001 (a bug here must not end reloading, nor the gateway)
                self._refuse((), error)

    async def _watch(self) -> None:
        path = self._running.path
        assert path is not None  # noqa: S101 (for the type checker: see `start`)
        try:
            async for _ in changes(path, self._running.folder / SPECS_FOLDER, self._stop):
                self._bell.set()
        except Exception as error:  # noqa: BLE001 (a system without watches left; signals still reload)
            self._log.warning(Event.WATCH_FAILED, error=error)

    async def _reload(self) -> None:
        """Take one turn; what is read and built is looked at beside the loop, so that requests go on."""
        wanted = await asyncio.to_thread(self._reread.examine)
        effective = followed(self._running.settings, wanted)
        built = await asyncio.to_thread(build, effective, self._types)
        if built.problems:
            self._refuse(built.problems)
            return
        try:
            await self._apply(effective, built)
        except (OSError, ValueError) as error:
            self._refuse((), error)
            return
        for key in fixed_changes(self._running.settings, wanted.settings):
            self._log.warning(Event.RESTART_NEEDED, key=written(key))
        self._running, self._types = effective, built.types
        self._metrics.reloaded(is_refused=False)
        self._log.info(Event.RELOADED)

    def _refuse(self, problems: Sequence[Problem], error: Exception | None = None) -> None:
        for problem in problems:
            self._log.error(Event.RELOAD_REFUSED, key=problem.key, line=problem.line)
        if error is not None:
            self._log.error(Event.RELOAD_REFUSED, error=error)
        self._metrics.reloaded(is_refused=True)
        self._reread.refused(problems)
