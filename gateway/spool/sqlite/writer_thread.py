"""The writer's thread: runs the transactions in the process that asks for them, as commands do."""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence

from gateway.spool.sqlite.checkpointer import Checkpoint, Checkpointer
from gateway.spool.sqlite.database import Database, store_error
from gateway.spool.sqlite.jobs import AwaitedJob, Backlog, has_enough, next_jobs
from gateway.spool.sqlite.port import Answered
from gateway.spool.sqlite.stopwatch import Stopwatch
from gateway.spool.sqlite.transactor import Transactor


class WriterThread:
    """A `WriterPort` over a thread of this process, with one more for the checkpoints."""

    def __init__(self) -> None:
        self._handed_over: queue.SimpleQueue[Sequence[AwaitedJob] | None] = queue.SimpleQueue()
        self._stopwatch = Stopwatch()

    async def open(self, database: Database, cut_every: float, answered: Answered) -> None:
        """Start the threads."""
        self._answered = answered
        self._loop = asyncio.get_running_loop()
        gate = threading.Lock()
        self._checkpointer = Checkpointer(database, gate, cut_every)
        self._transactor = Transactor(database.connect, gate)
        self._ended = self._loop.create_future()
        self._thread = threading.Thread(target=self._serve, name="spool-writer", daemon=True)
        self._thread.start()

    def hand_over(self, jobs: Sequence[AwaitedJob]) -> None:
        """Take jobs."""
        self._handed_over.put(jobs)

    def stalled_seconds(self) -> float:
        """Return how long a transaction takes."""
        return self._stopwatch.seconds()

    @property
    def changes(self) -> int:
        """How many rows were changed."""
        return self._transactor.changes

    @property
    def last_checkpoint(self) -> Checkpoint | None:
        """How the last attempt to cut the write-ahead log ended."""
        return self._checkpointer.last

    async def cut(self) -> bool:
        """Cut the write-ahead log. Raises StoreUnavailableError."""
        try:
            return await asyncio.to_thread(self._checkpointer.cut)
        except sqlite3.Error as error:
            raise store_error(error) from None

    async def close(self) -> None:
        """Commit what waits, cut the log and end the threads."""
        self._handed_over.put(None)
        await asyncio.shield(self._ended)
        self._thread.join()
        await asyncio.to_thread(self._checkpointer.close)

    # What follows runs in the thread.

    def _serve(self) -> None:
        while (jobs := self._handed_over.get()) is not None:
            backlog = Backlog(jobs)
            while backlog:
                is_last = self._take_more(backlog)
                self._work(next_jobs(backlog))
                if is_last:
                    self._handed_over.put(None)
        self._transactor.disconnect()
        self._tell(self._ended.set_result, None)

    def _take_more(self, backlog: Backlog) -> bool:
        """Add what has come in the meantime; True when nothing comes after it."""
        while not has_enough(backlog) and not self._handed_over.empty():
            jobs = self._handed_over.get()
            if jobs is None:
                return True
            backlog.extend(jobs)
        return False

    def _work(self, jobs: Sequence[AwaitedJob]) -> None:
        self._stopwatch.begin()
        self._transactor.commit([job for job in jobs if job.is_wanted])
        self._stopwatch.end()
        self._tell(self._answered, jobs)
        self._checkpointer.committed()

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        # A loop that has ended has nobody waiting.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *arguments)
