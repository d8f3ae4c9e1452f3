"""Whether the spool can take more: messages that wait, disk that is free, and a disk that answers."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.core.state import KEEPS_CONTENT
from gateway.delivery.ticker import Ticker
from gateway.logs import Event, Log
from gateway.settings import SpoolSection
from gateway.spool.store import Store

_LOOK_EVERY: Final = 1.0  # seconds

# A count reads an index from end to end: 0.1 s with a million that wait. It may take this share of the time, and a
# larger one when by what was put since there is no room left, which may be wrong because what has left is not counted.
_SHARE: Final = 0.01
_SHARE_WHEN_FULL: Final = 0.1

# Seconds that a write takes until newcomers are better refused than kept waiting behind it.
_STALLED_AFTER: Final = 3.0


class Capacity:
    """Compares what waits and what is free with `[spool]`; looks each second, and counts on between the looks.

    What waits is counted seldom where counting takes long. `folder` is where the spool's files are, or None for a
    spool that is not on this disk; `clock` tells seconds.
    """

    def __init__(
        self,
        store: Store,
        bounds: SpoolSection,
        folder: Path | None,
        log: Log,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._bounds = bounds
        self._folder = folder
        self._waiting = 0
        self._put_since = 0
        self._disk_is_low = False
        self._was_full = False
        self.is_stalled = False
        self._log = log
        self._clock = clock
        self._counted_at = clock()
        self._counting_took = 0.0
        self._ticker = Ticker(_LOOK_EVERY, self.glance, log)

    def configure(self, bounds: SpoolSection) -> None:
        """Follow other bounds; those of the disk from the next look on."""
        self._bounds = bounds

    def has_room(self, count: int = 1) -> bool:
        """Whether `count` more messages may be put."""
        return not self._disk_is_low and self._fits(count)

    def count_put(self, count: int = 1) -> None:
        """Count messages that were put since the last look."""
        self._put_since += count

    async def look(self) -> bool:
        """Look at the spool and the disk; false, for there is no more to do now. Raises StoreUnavailableError."""
        put_before, started = self._put_since, self._clock()
        depths = await self._store.queue_depths()
        self._waiting = sum(depth.count for depth in depths if depth.state in KEEPS_CONTENT)
        self._put_since -= put_before
        self._counted_at = self._clock()
        self._counting_took = self._counted_at - started
        return self._look_at_disk()

    async def glance(self) -> bool:
        """Look at the disk, and at the spool when it is time. Raises StoreUnavailableError."""
        await self._look_at_writing()
        share = _SHARE if self._fits(1) else _SHARE_WHEN_FULL
        is_time = self._clock() - self._counted_at >= self._counting_took / share
        return await self.look() if is_time else self._look_at_disk()

    def start(self) -> None:
        """Begin to look."""
        self._ticker.start()

    async def stop(self) -> None:
        """End looking."""
        await self._ticker.stop(_LOOK_EVERY)

    async def _look_at_writing(self) -> None:
        seconds = await self._store.stalled_seconds()
        was_stalled, self.is_stalled = self.is_stalled, seconds > _STALLED_AFTER
        if self.is_stalled is not was_stalled:
            self._log.warning(Event.SPOOL_STALLED if self.is_stalled else Event.SPOOL_RECOVERED)

    def _fits(self, count: int) -> bool:
        return self._waiting + self._put_since + count <= self._bounds.max_messages

    def _look_at_disk(self) -> bool:
        if self._folder is not None:
            self._disk_is_low = shutil.disk_usage(self._folder).free < self._bounds.min_free
        self._tell(is_full=not self.has_room())
        return False

    def _tell(self, *, is_full: bool) -> None:
        if is_full != self._was_full:
            self._was_full = is_full
            self._log.warning(Event.SPOOL_FULL if is_full else Event.SPOOL_RECOVERED)
