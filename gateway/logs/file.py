"""The log's file: turned over daily and by size, under dated names that tell how old the lines in it can be."""

import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.core.ids import now_seconds

DAY: Final = 86_400  # seconds
MAX_BYTES: Final = 64 * 1024 * 1024

_DAY_FORM: Final = "%Y-%m-%d"
_TIME_FORM: Final = "%Y-%m-%dT%H-%M-%S"
_DATED: Final = re.compile(r"\.(?P<began>\d{4}-\d{2}-\d{2}(?P<time>T\d{2}-\d{2}-\d{2})?)(\.\d{1,6})?", re.ASCII)
_WRITTEN: Final = re.compile(rb"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")
_HEAD: Final = 64  # bytes of a line in which its time stands


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log file that is not written any more: no line in it is older than `oldest_at` (seconds since 1970 UTC).

    All its lines are of one UTC day, which begins then at the earliest.
    """

    path: Path
    oldest_at: int


def log_files(path: Path) -> Sequence[LogFile]:
    """Return what was turned over of the log at `path`, oldest first; the file in use is not among them."""
    if not path.parent.is_dir():
        return []
    found = (_read_name(path, other) for other in path.parent.iterdir())
    return sorted((file for file in found if file), key=lambda file: (file.oldest_at, file.path.name))


class RotatingFile:
    """Takes whole lines at the end of `path`, mode 0600; each UTC day and each `max_bytes` begin a new file.

    What is turned over within its day has the time of its first line in its name.
    A file that was moved, deleted or turned over by another process is made anew. Raises OSError.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES, clock: Callable[[], int] = now_seconds) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._clock = clock
        self._day = self._began_at = 0
        self._open()

    def write(self, line: str) -> None:
        """Write one line."""
        data = line.encode()
        if self._is_elsewhere():
            self._reopen()
        if self._size and (self._day != self._clock() // DAY or self._size + len(data) > self._max_bytes):
            self._turn_over()
        self._began_at = self._began_at if self._size else self._clock()
        os.write(self._descriptor, data)
        self._size += len(data)
        self._day = self._clock() // DAY

    def flush(self) -> None:
        """Do nothing: a line is with the operating system when `write` returns."""

    def turn_over(self, before: int) -> None:
        """Begin a new file if the last line is of a day gone by, or the first one from before a time or at it.

        Retention asks for it, where little is logged and where lines live for minutes.
        """
        if self._is_elsewhere():
            self._reopen()
        if self._size and self._day != self._clock() // DAY:
            self._turn_over()
        elif self._size and self._began_at <= before:
            self._turn_over(time.strftime(_TIME_FORM, time.gmtime(self._began_at)))

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _open(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(self._path, flags, 0o600)
        os.fchmod(self._descriptor, 0o600)  # one that was there already may be open to others
        stat = os.fstat(self._descriptor)
        self._file = (stat.st_dev, stat.st_ino)
        self._size = stat.st_size
        self._day = int(stat.st_mtime) // DAY
        self._began_at = (_first_time(self._path) if self._size else None) or self._day * DAY

    def _reopen(self) -> None:
        self.close()
        self._open()

    def _is_elsewhere(self) -> bool:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return True
        return (stat.st_dev, stat.st_ino) != self._file

    def _turn_over(self, began: str | None = None) -> None:
        began = began or time.strftime(_DAY_FORM, time.gmtime(self._day * DAY))
        self._path.rename(_free_name(self._path, began))
        self._reopen()


def _first_time(path: Path) -> int | None:
    """Return when the first line was written, None where that cannot be told."""
    with path.open("rb") as file:
        found = _WRITTEN.search(file.read(_HEAD))
    return None if found is None else _seconds(found[0].decode().replace(":", "-"), _TIME_FORM)


def _seconds(text: str, form: str) -> int | None:
    try:
        return int(datetime.strptime(text, form).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _free_name(path: Path, began: str) -> Path:
    target, number = path.with_name(f"{path.name}.{began}"), 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.{began}.{number}")
    return target


def _read_name(path: Path, other: Path) -> LogFile | None:
    found = _DATED.fullmatch(other.name.removeprefix(path.name)) if other.name.startswith(path.name) else None
    if found is None:
        return None
    oldest_at = _seconds(found["began"], _TIME_FORM if found["time"] else _DAY_FORM)
    return None if oldest_at is None else LogFile(other, oldest_at)
