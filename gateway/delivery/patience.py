"""Waits for a spool that cannot be written: asks again until it answers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential, wait_random

from gateway.logs import Event, Log
from gateway.spool.store import StoreUnavailableError

_WAIT: Final = wait_exponential(multiplier=0.1, max=5) + wait_random(0, 0.1)  # seconds

T = TypeVar("T")


class Patience:
    """Makes calls of the spool for which there is no other way on; says once that it is gone, once that it is back."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._is_down = False

    async def call(self, ask: Callable[[], Awaitable[T]], *, ends: Callable[[], bool] = lambda: False) -> T:
        """Call `ask` until the spool answers, with growing waits.

        Raises StoreUnavailableError once `ends` is true, and what else `ask` raises.
        """
        try:
            return await ask()
        except StoreUnavailableError as error:
            self._note_down(error)
        result = await self._call_again(ask, ends)
        self._note_up()
        return result

    async def _call_again(self, ask: Callable[[], Awaitable[T]], ends: Callable[[], bool]) -> T:
        def is_over(_state: RetryCallState) -> bool:
            return ends()

        async def call() -> T:  # the library waits for what a coroutine function returns, not for any awaitable
            return await ask()

        retrying = AsyncRetrying(
            sleep=asyncio.sleep,
            wait=_WAIT,
            stop=is_over,
            retry=retry_if_exception_type(StoreUnavailableError),
            reraise=True,
        )
        return await retrying(call)

    def _note_down(self, error: StoreUnavailableError) -> None:
        if not self._is_down:
            self._is_down = True
            self._log.error(Event.SPOOL_UNAVAILABLE, error=error)

    def _note_up(self) -> None:
        if self._is_down:
            self._is_down = False
            self._log.info(Event.SPOOL_RECOVERED)
