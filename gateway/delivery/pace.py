"""How fast messages may go to one provider: so many in so many seconds, in any window of that length."""

from collections import deque
from typing import Final

from gateway.core.rate import Rate

# Hand-overs closer together than this share of the window are counted together, at the time of the last one: it
# bounds memory, and errs towards too slow.
_STEPS: Final = 500


class Pace:
    """Counts hand-overs against a rate, in memory only; times are seconds of one monotonic clock."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._step = rate.seconds / _STEPS
        self._groups: deque[_Group] = deque()
        self._count = 0

    def wait(self, now: float) -> float:
        """Return the seconds until one more may go; 0 when one may go now."""
        self._forget(now)
        if self._count < self._rate.count:
            return 0.0
        return self._groups[0].last_at + self._rate.seconds - now

    def take(self, now: float) -> None:
        """Count one hand-over."""
        self._count += 1
        newest = self._groups[-1] if self._groups else None
        if newest is not None and now - newest.first_at < self._step:
            newest.last_at = now
            newest.count += 1
        else:
            self._groups.append(_Group(now))

    def _forget(self, now: float) -> None:
        while self._groups and self._groups[0].last_at + self._rate.seconds <= now:
            self._count -= self._groups.popleft().count


class _Group:
    __slots__ = ("count", "first_at", "last_at")

    def __init__(self, now: float) -> None:
        self.first_at = self.last_at = now
        self.count = 1
