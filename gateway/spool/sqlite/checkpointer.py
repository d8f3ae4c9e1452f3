"""The checkpointer: a thread that writes the write-ahead log back, off the path of the commits."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.spool.sqlite.database import Database

# Bytes by which the log grows until it is written back while commits go on.
_WRITE_BACK_EVERY: Final = 4 << 20
# Bytes at which commits are stopped to cut it: under load there is no moment at which it could start anew by itself.
_CUT_AT: Final = 64 << 20

# Seconds until a cut that failed is tried again, at most.
_TRY_AGAIN_AFTER: Final = 1.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How the last attempt to cut the log ended: whether it is empty, and when that was (monotonic seconds)."""

    is_empty: bool
    at: float


class Checkpointer:
    """Watches the size of the log and the age of what is in it; the gate keeps the writer out while it is cut.

    `cut_every` is how long bytes of a destroyed content may stay in the log, in seconds. `tell` hears how each attempt
    to cut it ended, in whatever thread made it.
    """

    def __init__(
        self,
        database: Database,
        gate: threading.Lock,
        cut_every: float,
        tell: Callable[[Checkpoint], None] = lambda _checkpoint: None,
    ) -> None:
        self._log = database.path.with_name(f"{database.path.name}-wal")
        self._connect = database.connect_impatiently
        self._gate = gate
        self._cut_every = cut_every
        self._tell = tell
        self._try_again_after = min(cut_every, _TRY_AGAIN_AFTER)
        self._wake = threading.Event()
        self._is_closed = False
        self._dirty_since: float | None = None
        self._write_back_at = _WRITE_BACK_EVERY
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self.last = Checkpoint(is_empty=True, at=time.monotonic())
        self._thread = threading.Thread(target=self._serve, name="spool-checkpointer", daemon=True)
        self._thread.start()

    def committed(self) -> None:
        """Hear from the writer that something is in the log."""
        if self._dirty_since is None:
            self._dirty_since = time.monotonic()
            self._wake.set()
        elif self._log_size() > self._write_back_at:
            self._wake.set()

    def cut(self) -> bool:
        """Write the log back and cut it to nothing; False when a reader was in the way. Raises sqlite3.Error."""
        is_empty = False
        try:
            with self._lock:
                self._write_back()
                with self._gate:
                    self._dirty_since = None
                    is_empty = self._checkpoint("TRUNCATE")
        finally:
            if not is_empty:
                self._dirty_since = time.monotonic() - self._cut_every
            self._write_back_at = self._log_size() + _WRITE_BACK_EVERY
            self.last = Checkpoint(is_empty=is_empty, at=time.monotonic())
            self._tell(self.last)
        return is_empty

    def close(self) -> None:
        """End the thread and cut the log a last time, as far as readers allow."""
        self._is_closed = True
        self._wake.set()
        self._thread.join()
        with contextlib.suppress(sqlite3.Error):
            self.cut()
        self._disconnect()

    def _serve(self) -> None:
        while not self._is_closed:
            self._wake.wait(self._patience())
            self._wake.clear()
            if not self._is_closed:
                self._work()

    def _patience(self) -> float | None:
        if self._dirty_since is None:
            return None
        if not self.last.is_empty:
            return self._try_again_after
        return max(0.0, self._dirty_since + self._cut_every - time.monotonic())

    def _work(self) -> None:
        try:
            if self._is_overdue() or self._log_size() > _CUT_AT:
                self.cut()
            elif self._log_size() > self._write_back_at:
                with self._lock:
                    self._write_back()
        except sqlite3.Error:
            self._disconnect()

    def _write_back(self) -> None:
        self._checkpoint("PASSIVE")
        self._write_back_at = self._log_size() + _WRITE_BACK_EVERY

    def _is_overdue(self) -> bool:
        return self._dirty_since is not None and time.monotonic() - self._dirty_since >= self._cut_every

    def _log_size(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:
            return 0

    def _checkpoint(self, mode: str) -> bool:
        self._connection = self._connection or self._connect()
        [busy, _frames, _written] = self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        return not busy

    def _disconnect(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
