"""One worker process as the one that looks after it sees it: started, asked, and started again when it ends."""

import asyncio
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from gateway.core.backoff import Backoff
from gateway.core.duration import parse_duration
from gateway.logs import Event, Log
from gateway.workers.link import Link, LinkLostError
from gateway.workers.post import Post
from gateway.workers.snapshot import Snapshot

# A worker that ended at once ends at once again: it is waited longer each time.
_AGAIN: Final = Backoff(first=parse_duration("500ms"), longest=parse_duration("30s"))
_LIVED: Final = 10.0  # seconds after which a start counts as one that went well

_LONGEST_ANSWER: Final = 3.0  # seconds


class WorkerFailedError(Exception):
    """A worker ended before it served; it has said why. Holds its exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Worker:
    """Keeps a process running on its post; `gone` hears the last snapshot of each that ended."""

    def __init__(
        self,
        number: int,
        count: int,
        command: Sequence[str],
        sockets: Mapping[str, Sequence[socket.socket]],
        *,
        log: Log,
        gone: Callable[[Snapshot], None],
    ) -> None:
        self.number = number
        self.snapshot: Snapshot | None = None
        self._count = count
        self._command = command
        self._sockets = sockets
        self._log = log
        self._gone = gone
        self._process: asyncio.subprocess.Process | None = None
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_ending = False

    async def start(self) -> None:
        """Start it, return when it serves, and look after it from then on. Raises WorkerFailedError."""
        await self._start()
        self._task = asyncio.get_running_loop().create_task(self._look_after())

    async def look(self) -> None:
        """Ask it how it stands; where it does not answer, nothing is known of it."""
        link = self._link
        if link is None:
            return
        try:
            async with asyncio.timeout(_LONGEST_ANSWER):
                self.snapshot = await link.ask()
        except (LinkLostError, TimeoutError):
            if self._link is link:
                self._forget()

    def send(self, which: signal.Signals) -> None:
        """Send it a signal."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(which)

    async def end(self, patience: float) -> None:
        """Let it end in order within `patience` seconds, and kill it then."""
        self._is_ending = True
        self.send(signal.SIGTERM)
        process = self._process
        if process is not None:
            try:
                async with asyncio.timeout(patience):
                    await process.wait()
            except TimeoutError:
                self.send(signal.SIGKILL)
                await process.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            post = Post(self.number, self._count, theirs, self._sockets)
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                "--worker",
                str(post),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=post.descriptors,
            )
        link = await Link.over(ours)
        try:
            self.snapshot = await link.ask()
        except LinkLostError:
            link.close()
            raise WorkerFailedError(await self._process.wait()) from None
        self._link = link

    async def _look_after(self) -> None:
        failures = 0
        while True:
            began_at = time.monotonic()
            await self._ended()
            if self._is_ending:
                return
            failures = failures + 1 if time.monotonic() - began_at < _LIVED else 0
            failures = await self._start_again(failures)

    async def _start_again(self, failures: int) -> int:
        while not self._is_ending:
            if failures:
                await asyncio.sleep(_AGAIN.wait(failures).total_seconds())
            try:
                await self._start()
            except (WorkerFailedError, OSError) as error:
                failures += 1
                self._log.error(Event.WORKER_ENDED, worker=self.number, error=error)
            else:
                break
        return failures

    async def _ended(self) -> None:
        assert self._process is not None  # noqa: S101 (for the type checker: it was started)
        status = await self._process.wait()
        if self.snapshot is not None:
            self._gone(self.snapshot)
        self._forget()
        if not self._is_ending:
            name = signal.Signals(-status).name if status < 0 else None
            self._log.error(Event.WORKER_ENDED, worker=self.number, signal=name)

    def _forget(self) -> None:
        self.snapshot = None
        if self._link is not None:
            self._link.close()
            self._link = None
