"""The writer: a thread that commits everything waiting as one transaction, and answers after the commit alone."""

import asyncio
import collections
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec

from gateway.spool.sqlite.database import is_fault, is_full, store_error
from gateway.spool.store import StoreUnavailableError

Request = TypeVar("Request")
Answer = TypeVar("Answer")

# Jobs and bytes in one transaction, about, so that the first of many does not wait for all.
_MAX_JOBS: Final = 512
_MAX_BYTES: Final = 4 << 20

# Seconds for which a transaction that took long tells of the next one.
_REMEMBERED: Final = 10.0

# Bytes that may wait for the writer before more is refused.
_MAX_WAITING: Final = 64 << 20


# Compared as objects: jobs are sorted by their kind, and a hash over its parts takes as long as the rest of that.
@dataclass(frozen=True, slots=True, eq=False)
class Kind(Generic[Request, Answer]):
    """One kind of write: `run` does many at once, in a transaction, and returns an answer for each.

    `grows` says that it needs room on the disk and may be refused; what was cancelled before its turn is done all
    the same where `always` says so. `prepare` is called with each request, in the loop's thread at the end of the
    turn in which it came, one right after the other.
    """

    run: Callable[[sqlite3.Connection, Sequence[Request]], Sequence[Answer]]
    grows: bool = False
    always: bool = False
    prepare: Callable[[Request], None] | None = None


# The answer to a job whose caller was gone before its turn.
_NOT_DONE: Final = object()


class _Job(msgspec.Struct, eq=False, repr_omit_defaults=True):
    """One request with who waits for its answer; `answer` is an exception where it has failed."""

    kind: Kind[Any, Any]
    request: Any
    future: asyncio.Future[Any]
    undo: Callable[[Any], None] | None
    weight: int
    answer: Any = _NOT_DONE


class Writer:
    """Runs jobs on a connection of its own; the gate is held while a transaction runs."""

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], gate: threading.Lock, committed: Callable[[], None]
    ) -> None:
        self._connect = connect
        self._gate = gate
        self._committed = committed
        self._loop = asyncio.get_running_loop()
        self._collected: list[_Job] = []
        self._handed_over: queue.SimpleQueue[list[_Job] | None] = queue.SimpleQueue()
        self._weight = 0
        self._ended = self._loop.create_future()
        self._database: sqlite3.Connection | None = None
        # Monotonic seconds: since when a transaction is under way, when the last one ended, and how long it took.
        self._busy_since: float | None = None
        self._last_ended, self._last_took = 0.0, 0.0
        self._thread = threading.Thread(target=self._serve, name="spool-writer", daemon=True)
        self._thread.start()

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
        job = _Job(kind, request, self._loop.create_future(), undo, weight)
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
        """Return how long a transaction takes: the one that is under way so far, or the last one if that took longer.

        One that ended long ago tells nothing any more.
        """
        now, since = time.monotonic(), self._busy_since
        last = self._last_took if now - self._last_ended < _REMEMBERED else 0.0
        return last if since is None else max(last, now - since)

    async def close(self) -> None:
        """Commit what waits and end the thread; nothing may be submitted from now on."""
        self._hand_over()
        self._handed_over.put(None)
        await asyncio.shield(self._ended)
        self._thread.join()

    def _hand_over(self) -> None:
        jobs, self._collected = self._collected, []
        ready = [job for job in jobs if job.kind.prepare is None or self._is_prepared(job, job.kind.prepare)]
        if ready:
            self._handed_over.put(ready)

    def _is_prepared(self, job: _Job, prepare: Callable[[Any], None]) -> bool:
        if not job.future.cancelled():
            try:
                prepare(job.request)
            except Exception as error:  # noqa: BLE001 (whatever it is, it is this caller's alone)
                job.future.set_exception(error)
            else:
                return True
        self._weight -= job.weight
        return False

    def _answer(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            answer, future = job.answer, job.future
            self._weight -= job.weight
            if not future.cancelled():
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
            elif job.undo is not None and answer is not _NOT_DONE and not isinstance(answer, Exception):
                job.undo(answer)

    # What follows runs in the thread.

    def _serve(self) -> None:
        while (jobs := self._handed_over.get()) is not None:
            backlog = collections.deque(jobs)
            while backlog:
                is_last = self._take_more(backlog)
                self._work(_first(backlog))
                if is_last:
                    self._handed_over.put(None)
        self._disconnect()
        self._tell(self._ended.set_result, None)

    def _take_more(self, backlog: "collections.deque[_Job]") -> bool:
        """Add what has come in the meantime; True when nothing comes after it."""
        while len(backlog) < _MAX_JOBS and not self._handed_over.empty():
            jobs = self._handed_over.get()
            if jobs is None:
                return True
            backlog.extend(jobs)
        return False

    def _work(self, jobs: list[_Job]) -> None:
        self._commit_all([job for job in jobs if job.kind.always or not job.future.cancelled()])
        self._tell(self._answer, jobs)
        self._committed()

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        # A loop that has ended has nobody waiting.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *arguments)

    def _commit_all(self, jobs: list[_Job]) -> None:
        """Give each job an answer or an exception; those that failed have changed nothing."""
        try:
            self._transaction(jobs, _run_together)
        except Exception as error:  # noqa: BLE001 (whatever one job raised, the others are done by themselves)
            if is_fault(error):
                self._commit_what_fits(jobs, error)
            else:
                self._commit_singly(jobs)

    def _commit_singly(self, jobs: list[_Job]) -> None:
        try:
            self._transaction(jobs, _run_singly)
        except sqlite3.Error as error:
            self._disconnect()
            _fail_all(jobs, error)

    def _commit_what_fits(self, jobs: list[_Job], error: sqlite3.Error) -> None:
        """After a fault: where the disk is full, what needs no new room is done all the same."""
        self._disconnect()
        _fail_all(jobs, error)
        small = [job for job in jobs if not job.kind.grows]
        if is_full(error) and len(small) < len(jobs):
            self._commit_all(small)

    def _transaction(self, jobs: list[_Job], run: Callable[[sqlite3.Connection, list[_Job]], None]) -> None:
        with self._gate:
            database = self._database = self._database or self._connect()
            try:
                database.execute("BEGIN IMMEDIATE")
                run(database, jobs)
                database.execute("COMMIT")
            finally:
                # A fault may have rolled back by itself.
                if database.in_transaction:
                    database.execute("ROLLBACK")

    def _disconnect(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _undo_answered(job: _Job) -> None:
    # The answer was there already, and its caller was cancelled before it could take it.
    if job.undo is not None and job.future.done() and not job.future.cancelled() and job.future.exception() is None:
        job.undo(job.future.result())


def _first(backlog: "collections.deque[_Job]") -> list[_Job]:
    """Take the jobs of one transaction."""
    jobs = [backlog.popleft()]
    weight = jobs[0].weight
    while backlog and len(jobs) < _MAX_JOBS and weight < _MAX_BYTES:
        jobs.append(backlog.popleft())
        weight += jobs[-1].weight
    return jobs


def _fail_all(jobs: list[_Job], error: sqlite3.Error) -> None:
    for job in jobs:
        job.answer = store_error(error)


def _run_together(database: sqlite3.Connection, jobs: list[_Job]) -> None:
    """Run jobs of one kind with one call: none of them has been answered, so any order among them is right."""
    kinds: dict[Kind[Any, Any], list[_Job]] = {}
    for job in jobs:
        kinds.setdefault(job.kind, []).append(job)
    for kind, alike in kinds.items():
        answers = kind.run(database, [job.request for job in alike])
        for job, answer in zip(alike, answers, strict=True):
            job.answer = answer


def _run_singly(database: sqlite3.Connection, jobs: list[_Job]) -> None:
    """Run each job by itself, so that one that fails takes no other with it."""
    for job in jobs:
        database.execute("SAVEPOINT job")
        try:
            [job.answer] = job.kind.run(database, [job.request])
        except Exception as error:
            if is_fault(error):
                raise
            database.execute("ROLLBACK TO job")
            job.answer = error
        database.execute("RELEASE job")
