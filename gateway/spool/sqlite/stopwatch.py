"""The stopwatch of transactions: how long one takes, so that a disk that hangs is noticed."""

import time
from typing import Final

# Seconds for which a transaction that took long tells of the next one.
_REMEMBERED: Final = 10.0


class Stopwatch:
    """Times one transaction after the other; one thread begins and ends them, any may ask."""

    def __init__(self) -> None:
        # Monotonic seconds: since when one is under way, when the last one ended, and how long it took.
        self._since: float | None = None
        self._last_ended, self._last_took = 0.0, 0.0

    def begin(self) -> None:
        """Note that a transaction begins, unless one is under way."""
        if self._since is None:
            self._since = time.monotonic()

    def end(self, *, next_begins: bool = False) -> None:
        """Note that it has ended, and whether the next one is under way now."""
        now = time.monotonic()
        self._last_took = now - (now if self._since is None else self._since)
        self._last_ended = now
        self._since = now if next_begins else None

    def seconds(self) -> float:
        """Return how long a transaction takes: the one that is under way so far, or the last one if that took longer.

        One that ended long ago tells nothing any more.
        """
        now, since = time.monotonic(), self._since
        last = self._last_took if now - self._last_ended < _REMEMBERED else 0.0
        return last if since is None else max(last, now - since)
