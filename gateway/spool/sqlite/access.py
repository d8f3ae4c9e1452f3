"""Access to one SQLite file from an event loop: writes go to the writer, reads to a reader thread."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

from gateway.spool.sqlite.checkpointer import Checkpoint
from gateway.spool.sqlite.database import Database, is_fault, store_error
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.port import WriterPort
from gateway.spool.sqlite.writer import Writer
from gateway.spool.sqlite.writer_thread import WriterThread
from gateway.spool.store import StoreUnavailableError

Arguments = ParamSpec("Arguments")
Request = TypeVar("Request")
Answer = TypeVar("Answer")


class SqliteAccess:
    """One SQLite file, used by one event loop, from `open` to `close`.

    `busy_timeout`: seconds to wait for another process that writes; `max_bytes`: the spool is full when the file is
    that large; `cut_every`: seconds that destroyed content may stay in the write-ahead log; `port`: what runs the
    transactions, without one a thread.
    """

    def __init__(
        self,
        path: Path,
        *,
        busy_timeout: float = 5.0,
        max_bytes: int | None = None,
        cut_every: float = 30.0,
        port: WriterPort | None = None,
    ) -> None:
        self._database = Database(path, busy_timeout, max_bytes)
        self._cut_every = cut_every
        self._port = port
        self._writer: Writer | None = None
        self._reader = ThreadPoolExecutor(1, "spool-reader")
        self._reading: sqlite3.Connection | None = None
        self._identity = (0, 0)
        self._undoing: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Create or open the file. Raises StoreUnavailableError."""
        await asyncio.to_thread(self._database.create)
        self._identity = self._database.identity()
        writer = Writer(self._port or WriterThread())
        await writer.open(self._database, self._cut_every)
        self._writer = writer

    async def close(self) -> None:
        """Commit what waits, write everything back and close."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        # Readers first: the log is cut at the end, and nobody is to be in the way.
        await asyncio.get_running_loop().run_in_executor(self._reader, self._stop_reading)
        self._reader.shutdown()
        await writer.close()

    @property
    def last_checkpoint(self) -> Checkpoint | None:
        """How the last attempt to cut the write-ahead log ended."""
        return None if self._writer is None else self._writer.last_checkpoint

    async def stalled_seconds(self) -> float:
        """Return how long writing takes at present, in seconds."""
        return 0.0 if self._writer is None else self._writer.stalled_seconds()

    def _write(
        self,
        kind: Kind[Request, Answer],
        request: Request,
        *,
        undo: Callable[[Answer], None] | None = None,
        weight: int = 0,
    ) -> Coroutine[Any, Any, Answer]:
        # No coroutine of its own: there is one for each write already.
        if self._writer is None:
            return _refuse()
        return self._writer.submit(kind, request, undo=undo, weight=weight)

    async def _read(
        self,
        ask: Callable[Concatenate[sqlite3.Connection, Arguments], Answer],
        *arguments: Arguments.args,
        **options: Arguments.kwargs,
    ) -> Answer:
        if self._writer is None:
            raise StoreUnavailableError("the spool is closed")
        question = partial(self._ask, ask, *arguments, **options)
        return await asyncio.get_running_loop().run_in_executor(self._reader, question)

    async def _cut_log(self) -> bool:
        if self._writer is None:
            raise StoreUnavailableError("the spool is closed")
        return await self._writer.cut()

    def _undo(self, work: Coroutine[Any, Any, None]) -> None:
        """Take back, in its own time, what a caller that was cancelled has got and will not use."""
        task = asyncio.get_running_loop().create_task(_quietly(work))
        self._undoing.add(task)
        task.add_done_callback(self._undoing.discard)

    def _refuse_moved(self) -> None:
        # SQLite goes on with a file that was deleted or replaced, and everything in it would be lost at the end.
        if self._database.identity() != self._identity:
            raise StoreUnavailableError("another file lies in the spool's place")

    # What follows runs in the reader's thread.

    def _ask(
        self,
        ask: Callable[Concatenate[sqlite3.Connection, Arguments], Answer],
        *arguments: Arguments.args,
        **options: Arguments.kwargs,
    ) -> Answer:
        try:
            self._reading = self._reading or self._database.connect()
            return ask(self._reading, *arguments, **options)
        except sqlite3.Error as error:
            if is_fault(error):
                self._stop_reading()
            raise store_error(error) from None

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.close()
            self._reading = None


async def _refuse() -> NoReturn:
    raise StoreUnavailableError("the spool is closed")


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    # Where the spool fails or is closed, the end of the lease takes it back.
    with contextlib.suppress(StoreUnavailableError):
        await work
