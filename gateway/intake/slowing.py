"""Wrong keys are answered slowly when there are many: nobody's address is needed for that, nor kept."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

# Wrong keys that are answered at once, and how many more each second: a program with an old key is not slowed.
_AT_ONCE: Final = 20
_A_SECOND: Final = 2.0
PAUSE: Final = 1.0  # seconds
# Answers that wait at the same time; more are told that it is too busy here.
_WAITING: Final = 100


class Slowing:
    """One bucket for all callers; right keys never come here. `monotonic` gives seconds since any time."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._left = float(_AT_ONCE)
        self._filled_at = monotonic()
        self._waiting = 0

    async def hold_up(self) -> bool:
        """Wait where too many keys were wrong lately; False where too many wait already."""
        now = self._monotonic()
        self._left = min(float(_AT_ONCE), self._left + (now - self._filled_at) * _A_SECOND)
        self._filled_at = now
        if self._left >= 1:
            self._left -= 1
            return True
        if self._waiting >= _WAITING:
            return False
        self._waiting += 1
        try:
            await self._sleep(PAUSE)
        finally:
            self._waiting -= 1
        return True
