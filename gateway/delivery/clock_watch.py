"""Notices that the wall clock was set: it and the monotonic one no longer go together."""

from collections.abc import Callable
from typing import Final

# What is less is a time service at work, or a busy machine.
NOTICED: Final = 10  # seconds


class ClockWatch:
    """Compares `clock` (seconds since 1970 UTC) with `timer` (a monotonic clock, which nobody sets)."""

    def __init__(self, clock: Callable[[], int], timer: Callable[[], float]) -> None:
        self._clock = clock
        self._timer = timer
        self._apart = self._difference()

    def look(self) -> int:
        """Return by how many seconds the wall clock was set since the last look; 0 where it was not.

        A machine that slept looks as if it was set forward.
        """
        apart = self._difference()
        step = round(apart - self._apart)
        if abs(step) < NOTICED:
            return 0
        self._apart = apart
        return step

    def _difference(self) -> float:
        return self._clock() - self._timer()
