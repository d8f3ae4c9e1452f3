"""Works through a queue with a bounded number of tasks, which exist only while something waits."""

import asyncio
from collections.abc import Awaitable, Callable

from gateway.delivery.fair_queue import FairQueue
from gateway.delivery.work import Work


class Crew:
    """At most `size` tasks that call `work_on` with one message after the other.

    `pause` gives the seconds before the next message may be taken; without it none is waited for. What `work_on`
    raises ends its task alone.
    """

    def __init__(
        self, size: int, work_on: Callable[[Work], Awaitable[None]], *, pause: Callable[[], float] | None = None
    ) -> None:
        self._size = size
        self._work_on = work_on
        self._pause = pause
        self._queue = FairQueue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._pacing: asyncio.Task[None] | None = None
        self._is_stopped = False

    def put(self, work: Work, *, first: bool = False) -> None:
        """Let a message wait its turn, or before all others."""
        if first:
            self._queue.put_first(work)
        else:
            self._queue.put(work)
        self._call_hand()

    def empty(self) -> list[Work]:
        """Return what waits; it is no longer this crew's."""
        return list(self._queue.drain())

    def stop(self) -> None:
        """Take no more; what is worked on goes on, what waits stays for `empty`."""
        self._is_stopped = True
        if self._pacing is not None:
            self._pacing.cancel()

    async def finish(self) -> None:
        """Wait until all tasks have ended; it takes a stop, or an empty queue."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def cancel(self) -> None:
        """End all tasks where they stand."""
        self.stop()
        for task in self._tasks:
            task.cancel()
        await self.finish()

    def _call_hand(self) -> None:
        if len(self._tasks) < self._size and self._pacing is None and not self._is_stopped:
            task = asyncio.get_running_loop().create_task(self._run())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)  # for one that is cancelled before it begins

    async def _run(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (for the type checker: a coroutine of this class runs in a task)
        try:
            while await self._is_next(task):
                work = self._queue.take()
                if self._queue:
                    self._call_hand()
                await self._work_on(work)
        finally:
            # At once, not in the callback: a message that is put between the two must find room for a new task.
            self._tasks.discard(task)
            if self._queue:
                self._call_hand()

    async def _is_next(self, task: asyncio.Task[None]) -> bool:
        if self._pause is not None:
            # One task alone waits for its turn, the others end.
            if self._pacing is not None:
                return False
            self._pacing = task
            try:
                while self._queue and not self._is_stopped and (wait := self._pause()):  # noqa: ASYNC110 (a rate is a matter of time)
                    await asyncio.sleep(wait)
            finally:
                self._pacing = None
        return bool(self._queue) and not self._is_stopped
