"""The writer: collects what is to be written in one turn of the loop, has it committed, and answers after that."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from gateway.spool.sqlite.checkpointer import Checkpoint
from gateway.spool.sqlite.database import Database
from gateway.spool.sqlite.jobs import NOT_DONE, AwaitedJob
from gateway.spool.sqlite.kinds import Answer, Kind, Request
from gateway.spool.sqlite.port import WriterPort
from gateway.spool.store import StoreUnavailableError

# Bytes that may wait to be written before more is refused.
_MAX_WAITING: Final = 64 << 20


class Writer:
    """The event loop's side of writing: what runs the transactions is behind the port."""

    def __init__(self, port: WriterPort) -> None:
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._collected: list[AwaitedJob] = []
        self._weight = 0

    async def open(self, database: Database, cut_every: float) -> None:
        """Begin."""
        await self._port.open(database, cut_every, self._answer)

    async def submit(
        self,
        kind: Kind[Request, Answer],
        request: Request,
        *,
        undo: Callable[[Answer], None] | None = None,
        weight: int = 0,
    ) -> Answer:
        """Return the answer to one request once it is on stable storage.

        `undo` is called with the answer where the caller has been cancelled in the meantime. `weight` is about how
        many bytes the request holds. Raises StoreUnavailableError and what `kind.prepare` and `kind.run` raise.
        """
        if kind.grows and self._weight + weight > _MAX_WAITING:
            raise StoreUnavailableError("too much is waiting to be written")
        job = AwaitedJob(kind, request, future=self._loop.create_future(), undo=undo, weight=weight)
        if not self._collected:
            # What comes in the same turn of the loop shares a transaction.
            self._loop.call_soon(self._hand_over)
        self._collected.append(job)
        self._weight += weight
        try:
            answer: Answer = await job.future
        except asyncio.CancelledError:
            _undo_answered(job)
            raise
        return answer

    def stalled_seconds(self) -> float:
        """Return how long a transaction takes."""
        return self._port.stalled_seconds()

    @property
    def changes(self) -> int:
        """How many rows were changed."""
        return self._port.changes

    @property
    def last_checkpoint(self) -> Checkpoint | None:
        """How the last attempt to cut the write-ahead log ended."""
        return self._port.last_checkpoint

    async def cut(self) -> bool:
        """Cut the write-ahead log; False when a reader was in the way. Raises StoreUnavailableError."""
        return await self._port.cut()

    async def close(self) -> None:
        """Commit what waits and end; nothing may be submitted from now on."""
        self._hand_over()
        await self._port.close()

    def _hand_over(self) -> None:
        jobs, self._collected = self._collected, []
        ready = [job for job in jobs if job.kind.prepare is None or self._is_prepared(job, job.kind.prepare)]
        if ready:
            self._port.hand_over(ready)

    def _is_prepared(self, job: AwaitedJob, prepare: Callable[[Any], None]) -> bool:
        if not job.future.cancelled():
            try:
                prepare(job.request)
            except Exception as error:  # noqa: BLE001 (whatever it is, it is this caller's alone)
                job.future.set_exception(error)
            else:
                return True
        self._weight -= job.weight
        return False

    def _answer(self, jobs: Sequence[AwaitedJob]) -> None:
        for job in jobs:
            answer, future = job.answer, job.future
            self._weight -= job.weight
            if not future.cancelled():
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
            elif job.undo is not None and answer is not NOT_DONE and not isinstance(answer, Exception):
                job.undo(answer)


def _undo_answered(job: AwaitedJob) -> None:
    # The answer was there already, and its caller was cancelled before it could take it.
    if job.undo is not None and job.future.done() and not job.future.cancelled() and job.future.exception() is None:
        job.undo(job.future.result())
