"""The writer's process as the gateway sees it: started early, told its file, and missed when it ends."""

import asyncio
import collections
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NoReturn, Self

from gateway.spool.sqlite.checkpointer import Checkpoint
from gateway.spool.sqlite.database import Database
from gateway.spool.sqlite.jobs import AwaitedJob, Backlog, next_jobs
from gateway.spool.sqlite.port import Answered
from gateway.spool.sqlite.stopwatch import Stopwatch
from gateway.spool.sqlite.wire import Checked, Close, Commit, Committed, Cut, Incoming, Open, WasCut, encode
from gateway.spool.store import StoreUnavailableError

_MODULE: Final = "gateway.spool.sqlite.writer_main"

# Transactions that are under way, at most: one is written, and the next one is there when it ends, so that neither
# process waits for the other. What comes in the meantime shares the one after.
_IN_FLIGHT: Final = 2

# Seconds between the end of its line and its own, at most; a process that has crashed needs no more.
_LAST_MOMENT: Final = 1.0

# What ends a gateway in order must not end its writer before it; it ends when its line does.
_SPARED: Final = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})

# Of the environment it gets what tells the interpreter where things are, and who measures what is run by tests.
_INHERITED: Final = ("PYTHON", "LD_LIBRARY_PATH", "COVERAGE_")


def end_at_once(_status: int | None = None) -> NoReturn:
    """End this process as a crash does: what was handed over has an unknown end, which the next start settles."""
    os._exit(1)


class WriterProcess:
    """A `WriterPort` over a process of its own.

    `lost` hears that it is gone, with its exit status where that is known, and must end this one.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", line: socket.socket) -> None:
        self.lost: Callable[[int | None], None] = end_at_once
        self._process = process
        self._line = line
        self._backlog = Backlog()
        self._in_flight: collections.deque[tuple[list[AwaitedJob], list[AwaitedJob]]] = collections.deque()
        self._cuts: dict[int, asyncio.Future[bool]] = {}
        self._number = 0  # of the last cut
        self._is_closing = False
        self._changes = 0
        self._checkpoint: Checkpoint | None = None
        self._stopwatch = Stopwatch()

    @classmethod
    def start(cls) -> Self:
        """Start the process; it waits for `open`. Raises OSError."""
        ours, theirs = socket.socketpair()
        with theirs, _signals_spared():
            try:
                process = subprocess.Popen(  # noqa: S603 (our own module, and a number)
                    (sys.executable, "-P", "-m", _MODULE, str(theirs.fileno())),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=environment(os.environ),
                    pass_fds=(theirs.fileno(),),
                )
            except OSError:
                ours.close()
                raise
        return cls(process, ours)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def abandon(self) -> None:
        """Let the process end at once, if it has not ended in order."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()
        self._process.wait()

    async def open(self, database: Database, cut_every: float, answered: Answered) -> None:
        """Tell it the file."""
        self._answered = answered
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        self._transport, _ = await loop.create_unix_connection(lambda: _Line(self._hear, self._lose), sock=self._line)
        self._say(Open(database, cut_every))

    def hand_over(self, jobs: Sequence[AwaitedJob]) -> None:
        """Take jobs."""
        self._backlog.extend(jobs)
        self._send_on()

    def stalled_seconds(self) -> float:
        """Return how long a transaction takes."""
        return self._stopwatch.seconds()

    @property
    def changes(self) -> int:
        """How many rows were changed."""
        return self._changes

    @property
    def last_checkpoint(self) -> Checkpoint | None:
        """How the last attempt to cut the write-ahead log ended, as far as it is known."""
        return self._checkpoint

    async def cut(self) -> bool:
        """Cut the write-ahead log. Raises StoreUnavailableError."""
        number = self._number = self._number + 1
        cut: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._cuts[number] = cut
        self._say(Cut(number))
        try:
            return await cut
        finally:
            del self._cuts[number]

    async def close(self) -> None:
        """Commit what waits, cut the log and end the process."""
        self._is_closing = True
        self._close_when_done()
        await asyncio.shield(self._ended)
        await asyncio.to_thread(self._process.wait)

    def _send_on(self) -> None:
        while self._backlog and len(self._in_flight) < _IN_FLIGHT:
            jobs = next_jobs(self._backlog)
            wanted = [job for job in jobs if job.is_wanted]
            data = self._encoded(wanted)
            if data is None:
                wanted = [job for job in wanted if self._is_sendable(job)]
                data = self._encoded(wanted) or ()
            self._transport.writelines(data)
            self._in_flight.append((jobs, wanted))
            self._stopwatch.begin()

    def _encoded(self, jobs: Sequence[AwaitedJob]) -> Sequence[bytes] | None:
        """Return jobs as bytes; None where one of them cannot be sent."""
        # A bug of one caller, whatever it is, must not keep the others waiting for ever.
        with contextlib.suppress(Exception):
            return encode(Commit([(job.kind.name, job.request) for job in jobs]))
        return None

    def _is_sendable(self, job: AwaitedJob) -> bool:
        if self._encoded([job]) is not None:
            return True
        job.answer = TypeError(f"a request of {job.kind.name} cannot be pickled")
        return False

    def _say(self, said: object) -> None:
        self._transport.writelines(encode(said))

    def _hear(self, said: Any) -> None:  # noqa: ANN401 (one of those in `wire`)
        if isinstance(said, Committed):
            self._take(said)
        elif isinstance(said, WasCut):
            self._end_cut(said)
        elif isinstance(said, Checked):
            self._checkpoint = said.checkpoint

    def _take(self, committed: Committed) -> None:
        jobs, wanted = self._in_flight.popleft()
        self._stopwatch.end(next_begins=bool(self._in_flight))
        self._changes = committed.changes
        # First the next transaction: while it is written, this one is answered.
        self._send_on()
        for job, answer in zip(wanted, committed.answers, strict=True):
            job.answer = answer
        self._answered(jobs)
        if self._is_closing:
            self._close_when_done()

    def _end_cut(self, was_cut: WasCut) -> None:
        cut = self._cuts.get(was_cut.number)
        if cut is None or cut.done():
            return
        if isinstance(was_cut.result, StoreUnavailableError):
            cut.set_exception(was_cut.result)
        else:
            cut.set_result(was_cut.result)

    def _close_when_done(self) -> None:
        if not self._in_flight:
            self._say(Close())

    def _status(self) -> int | None:
        # Its line ends a moment before it does.
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(_LAST_MOMENT)
        return None

    def _lose(self) -> None:
        """Hear that the line has ended."""
        if not self._is_closing or self._in_flight:
            self.lost(self._status())
        for cut in self._cuts.values():
            if not cut.done():
                cut.set_exception(StoreUnavailableError("the spool is closed"))
        self._ended.set_result(None)


class _Line(asyncio.Protocol):
    """Hears what the process says, in whole sentences, and the end of the line."""

    def __init__(self, hear: Callable[[Any], None], ended: Callable[[], None]) -> None:
        self._hear = hear
        self._ended = ended
        self._incoming = Incoming()

    def data_received(self, data: bytes) -> None:
        for said in self._incoming.feed(data):
            self._hear(said)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's own signature)
        self._ended()


def environment(whole: Mapping[str, str]) -> Mapping[str, str]:
    """Return what of an environment the process is given: nothing that could be a secret."""
    return {name: value for name, value in whole.items() if name.startswith(_INHERITED)}


@contextlib.contextmanager
def _signals_spared() -> Iterator[None]:
    """Block the signals that spare the writer: what is started meanwhile has them blocked from its first moment."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SPARED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
