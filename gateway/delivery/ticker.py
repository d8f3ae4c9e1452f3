"""Does one thing again and again: when it is rung for, and at the latest after some seconds."""

import asyncio
from collections.abc import Awaitable, Callable

from gateway.logs import Event, Log
from gateway.spool.keyring import KeyringError
from gateway.spool.store import StoreUnavailableError


class Ticker:
    """A task that calls `act`, and calls it again at once where it returns true.

    What `act` raises is logged by its type, and the next turn comes all the same: the spool may be gone for a while.
    """

    def __init__(self, seconds: float, act: Callable[[], Awaitable[bool]], log: Log) -> None:
        self._seconds = seconds
        self._act = act
        self._log = log
        self._bell = asyncio.Event()
        self._is_stopped = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; the first turn comes at once."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def ring(self) -> None:
        """Ask for a turn now."""
        self._bell.set()

    async def stop(self, patience: float) -> None:
        """Let the turn under way end within `patience` seconds; no other follows."""
        self._is_stopped = True
        self._bell.set()
        if self._task is not None:
            _, late = await asyncio.wait({self._task}, timeout=patience)
            for task in late:
                task.cancel()
                await asyncio.wait({task})

    async def _run(self) -> None:
        while not self._is_stopped:
            self._bell.clear()
            if await self._turn():
                await asyncio.sleep(0)
            else:
                await self._rest()

    async def _turn(self) -> bool:
        try:
            return await self._act()
        except StoreUnavailableError as error:
            self._log.warning(Event.SPOOL_UNAVAILABLE, error=error)
        except KeyringError as error:
            self._log.warning(Event.KEYRING_UNAVAILABLE, error=error)
        except Exception as error:  # noqa: BLE001 (a bug in one turn must not end all turns)
            self._log.error(Event.TASK_FAILED, error=error)
        return False

    async def _rest(self) -> None:
        if self._is_stopped:
            return
        timer = asyncio.get_running_loop().call_later(self._seconds, self._bell.set)
        try:
            await self._bell.wait()
        finally:
            timer.cancel()
