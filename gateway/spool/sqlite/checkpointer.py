"""The checkpointer: a thread that writes the write-ahead log back, off the path of the commits."""

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Bytes of log at which it is written back while commits go on, and at which they are stopped to cut it.
_WRITE_BACK_AT: Final = 4 << 20
_CUT_AT: Final = 64 << 20

# Seconds that bytes of a destroyed content may stay in the log; the promise is a minute.
_CUT_EVERY: Final = 30.0
_TRY_AGAIN_AFTER: Final = 1.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How the last attempt to cut the log ended: whether it is empty, and when that was (monotonic seconds)."""

    is_empty: bool
    at: float


class Checkpointer:
    """Watches the size of the log and the age of what is in it; the gate keeps the writer out while it is cut."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection], gate: threading.Lock) -> None:
        self._log = path.with_name(f"{path.name}-wal")
        self._connect = connect
        self._gate = gate
        self._wake = threading.Event()
        self._is_closed = False
        self._dirty_since: float | None = None
        self._database: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self.last = Checkpoint(is_empty=True, at=time.monotonic())
        self._thread = threading.Thread(target=self._serve, name="spool-checkpointer", daemon=True)
        self._thread.start()

    def committed(self) -> None:
        """Hear from the writer that something is in the log."""
        if self._dirty_since is None:
            self._dirty_since = time.monotonic()
            self._wake.set()
        elif not self._wake.is_set() and self._log_size() > _WRITE_BACK_AT:
            self._wake.set()

    def cut(self) -> bool:
        """Write the log back and cut it to nothing; False when a reader was in the way. Raises sqlite3.Error."""
        with self._lock:
            self._checkpoint("PASSIVE")
            with self._gate:
                self._dirty_since = None
                is_empty = self._checkpoint("TRUNCATE")
        if not is_empty:
            self._dirty_since = time.monotonic() - _CUT_EVERY
        self.last = Checkpoint(is_empty=is_empty, at=time.monotonic())
        return is_empty

    def close(self) -> None:
        """End the thread and cut the log a last time, as far as readers allow."""
        self._is_closed = True
        self._wake.set()
        self._thread.join()
        try:
            self.cut()
        except sqlite3.Error:
            self.last = Checkpoint(is_empty=False, at=time.monotonic())
        if self._database is not None:
            self._database.close()

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
            return _TRY_AGAIN_AFTER
        return max(_TRY_AGAIN_AFTER, self._dirty_since + _CUT_EVERY - time.monotonic())

    def _work(self) -> None:
        try:
            if self._log_size() > _WRITE_BACK_AT:
                with self._lock:
                    self._checkpoint("PASSIVE")
            if self._is_overdue() or self._log_size() > _CUT_AT:
                self.cut()
        except sqlite3.Error:
            self.last = Checkpoint(is_empty=False, at=time.monotonic())
            self._reconnect()

    def _is_overdue(self) -> bool:
        return self._dirty_since is not None and time.monotonic() - self._dirty_since >= _CUT_EVERY

    def _log_size(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:
            return 0

    def _checkpoint(self, mode: str) -> bool:
        self._database = self._database or self._connect()
        [busy, _frames, _written] = self._database.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        return not busy

    def _reconnect(self) -> None:
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None
