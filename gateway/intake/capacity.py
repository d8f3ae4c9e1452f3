"""Whether the spool has room: messages that wait, and disk that is free."""

import shutil
from pathlib import Path
from typing import Final

from gateway.core.state import KEEPS_CONTENT
from gateway.delivery.ticker import Ticker
from gateway.logs import Event, Log
from gateway.settings import SpoolSection
from gateway.spool.store import MessageStore

_LOOK_EVERY: Final = 1.0  # seconds


class Capacity:
    """Compares what waits and what is free with `[spool]`; looks each second, and counts on between the looks.

    `folder` is where the spool's files are, or None for a spool that is not on this disk.
    """

    def __init__(self, store: MessageStore, bounds: SpoolSection, folder: Path | None, log: Log) -> None:
        self._store = store
        self._bounds = bounds
        self._folder = folder
        self._waiting = 0
        self._put_since = 0
        self._disk_is_low = False
        self._was_full = False
        self._log = log
        self._ticker = Ticker(_LOOK_EVERY, self.look, log)

    def configure(self, bounds: SpoolSection) -> None:
        """Follow other bounds; those of the disk from the next look on."""
        self._bounds = bounds

    def has_room(self, count: int = 1) -> bool:
        """Whether `count` more messages may be put."""
        return not self._disk_is_low and self._waiting + self._put_since + count <= self._bounds.max_messages

    def count_put(self, count: int = 1) -> None:
        """Count messages that were put since the last look."""
        self._put_since += count

    async def look(self) -> bool:
        """Look at the spool and the disk; false, for there is no more to do now. Raises StoreUnavailableError."""
        put_before = self._put_since
        depths = await self._store.queue_depths()
        self._waiting = sum(depth.count for depth in depths if depth.state in KEEPS_CONTENT)
        self._put_since -= put_before
        if self._folder is not None:
            self._disk_is_low = shutil.disk_usage(self._folder).free < self._bounds.min_free
        self._tell(is_full=not self.has_room())
        return False

    def start(self) -> None:
        """Begin to look."""
        self._ticker.start()

    async def stop(self) -> None:
        """End looking."""
        await self._ticker.stop(_LOOK_EVERY)

    def _tell(self, *, is_full: bool) -> None:
        if is_full != self._was_full:
            self._was_full = is_full
            self._log.warning(Event.SPOOL_FULL if is_full else Event.SPOOL_RECOVERED)
