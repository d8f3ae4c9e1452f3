"""The real spool behind a wire that can be cut: calls fail before they are made, or after."""

import asyncio
from collections import Counter
from typing import Any

from gateway.spool.store import Store, StoreUnavailableError


class FailingStore:
    """Passes every call on to `store`; those named in `before` or `after` fail that many times first.

    What is in `after` is done, and fails all the same: the answer was lost. `error` is what they fail with.
    Those in `hangs` do not answer.
    """

    def __init__(self, store: Store, error: type[Exception] = StoreUnavailableError) -> None:
        self.error = error
        self.store = store
        self.before: Counter[str] = Counter()
        self.after: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.hangs: set[str] = set()

    async def called(self, name: str, times: int) -> bool:
        """Whether a method was called that many times."""
        return self.calls[name] >= times

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (it stands for every method of the spool)
        real = getattr(self.store, name)

        async def call(*args: object, **named: object) -> object:
            self.calls[name] += 1
            if name in self.hangs:
                await asyncio.get_running_loop().create_future()
            if self.before[name]:
                self.before[name] -= 1
                raise self.error
            answer = await real(*args, **named)
            if self.after[name]:
                self.after[name] -= 1
                raise self.error
            return answer

        return call
