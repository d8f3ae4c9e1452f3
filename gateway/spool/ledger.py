"""The ledger beside the keys: what was erased and asked for, so that a spool put back from a copy can be told again."""

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from gateway.spool.key_files import FILE_MODE, KeyringError, replace_file
from gateway.spool.subjects import Standing, StoredStanding

_NAME: Final = "ledger"
_LOCK: Final = "ledger.lock"
ERASED: Final = "erased"
DROPPED: Final = "dropped"


@dataclass(frozen=True, slots=True)
class Erasure:
    """A message that was erased (its id), and when."""

    at: int
    message_id: str


@dataclass(frozen=True, slots=True, repr=False)
class Dropped:
    """A person's standings that ended, by the lasting tag."""

    at: int
    tag: bytes


Line = Erasure | Dropped | StoredStanding


class Ledger(Protocol):
    """Lines that outlive the spool and its copies, in the order in which they came; several processes add to them.

    Every method may raise KeyringError. What was added is on stable storage on return.
    """

    def append(self, lines: Iterable[Line]) -> None:
        """Add lines."""

    def read(self) -> Sequence[Line]:
        """Return all lines, oldest first."""

    def purge(self, before: int) -> None:
        """Forget what is older than every message that a copy could bring back; what persons asked for stays."""


class FileLedger:
    """One file of lines in the keyring's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        self._lock = folder / _LOCK

    def append(self, lines: Iterable[Line]) -> None:
        """Add lines."""
        text = "".join(map(_written, lines))
        if not text:
            return
        with held(self._lock):
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, FILE_MODE)
            try:
                os.write(file, text.encode())
                os.fsync(file)
            finally:
                os.close(file)

    def read(self) -> Sequence[Line]:
        """Return all lines, oldest first; one that was cut off by a crash is left out."""
        try:
            text = self._path.read_text(encoding="ascii")
        except FileNotFoundError:
            return []
        except (OSError, ValueError):
            raise KeyringError("the ledger cannot be read") from None
        return [line for line in map(_read, text.splitlines()) if line is not None]

    def purge(self, before: int) -> None:
        """Forget what is older than every message that a copy could bring back; what persons asked for stays."""
        with held(self._lock):
            lines = self.read()
            kept = [line for line in lines if _is_needed(line, lines, before)]
            if len(kept) < len(lines):
                replace_file(self._path, "".join(map(_written, kept)).encode(), replace=True)


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Keep other processes from writing; what fails meanwhile is a KeyringError that names the lock's file."""
    try:
        file = os.open(lock, os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)
    except OSError as error:
        raise KeyringError(f"the {lock.stem} cannot be written: {error.strerror}") from None


def _is_needed(line: Line, lines: Sequence[Line], before: int) -> bool:
    if isinstance(line, StoredStanding):
        dropped = [other.at for other in lines if isinstance(other, Dropped) and other.tag == line.tag]
        return not any(line.since <= at < before for at in dropped)
    return line.at >= before


def _written(line: Line) -> str:
    return "{} {} {}\n".format(*parts_of(line))


def parts_of(line: Line) -> tuple[int, str, str]:
    """Return a line as its time, a word, and an id or a tag in hexadecimal digits."""
    if isinstance(line, Erasure):
        return line.at, ERASED, line.message_id
    if isinstance(line, Dropped):
        return line.at, DROPPED, line.tag.hex()
    return line.since, line.standing.value, line.tag.hex()


def line_of(at: int, word: str, value: str) -> Line:
    """Return a line from its parts. Raises ValueError where they are none."""
    if word == ERASED:
        return Erasure(at, bytes.fromhex(value).hex())
    tag = bytes.fromhex(value)
    return Dropped(at, tag) if word == DROPPED else StoredStanding(tag, Standing(word), at)


def _read(text: str) -> Line | None:
    try:
        at, word, value = text.split(" ")
        return line_of(int(at), word, value)
    except ValueError:
        return None


def read_number(path: Path) -> int:
    """Return the number in a file, 0 where there is none. Raises KeyringError."""
    try:
        return int(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return 0
    except (OSError, ValueError):
        raise KeyringError(f"the file {path.name} cannot be read") from None


def write_number(path: Path, number: int) -> None:
    """Put a number into a file, on stable storage. Raises KeyringError."""
    try:
        replace_file(path, str(number).encode(), replace=True)
    except OSError as error:
        raise KeyringError(f"the file {path.name} cannot be written: {error.strerror}") from None
