"""The line between a gateway and its writer process: what is said over it, and how that becomes bytes."""

import pickle
from collections.abc import Sequence
from struct import Struct
from typing import Any, Final

import msgspec

from gateway.spool.sqlite.checkpointer import Checkpoint
from gateway.spool.sqlite.database import Database
from gateway.spool.store import StoreUnavailableError

_LENGTH: Final = Struct("!I")
# Protocol 5 is the newest that Python 3.11 has.
_PROTOCOL: Final = 5

# Said by the gateway.


class Open(msgspec.Struct):
    """The file to write; said first, and once."""

    database: Database
    cut_every: float


class Commit(msgspec.Struct):
    """The jobs of one transaction: the name of each kind, and the request."""

    jobs: Sequence[tuple[str, Any]]


class Cut(msgspec.Struct):
    """The write-ahead log is to be cut; the answer has this number."""

    number: int


class Close(msgspec.Struct):
    """All has been said: cut the log and end."""


# Said by the writer process.


class Committed(msgspec.Struct):
    """The answers to one `Commit`, in its order, with how many rows were changed since the beginning."""

    answers: Sequence[Any]
    changes: int


class WasCut(msgspec.Struct):
    """How a cut ended: whether the log is empty, or what it failed with."""

    number: int
    result: bool | StoreUnavailableError


class Checked(msgspec.Struct):
    """The log was cut, or it was tried; whoever asked for it."""

    checkpoint: Checkpoint


def encode(said: object) -> tuple[bytes, bytes]:
    """Return what stands before the bytes of something said, and those bytes. Raises whatever pickling it raises."""
    data = pickle.dumps(said, _PROTOCOL)
    return _LENGTH.pack(len(data)), data


class Incoming:
    """Puts together what comes in pieces."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, piece: bytes) -> list[Any]:
        """Return what is whole with this piece."""
        self._bytes += piece
        said = []
        start = 0
        with memoryview(self._bytes) as view:
            while (end := self._end(start)) is not None:
                # Both ends are the same program of the same user, over a socket that has no name.
                said.append(pickle.loads(view[start + _LENGTH.size : end]))  # noqa: S301 (see above)
                start = end
        del self._bytes[:start]
        return said

    def _end(self, start: int) -> int | None:
        """Return where what begins at `start` ends, None where that is not there yet."""
        if len(self._bytes) < start + _LENGTH.size:
            return None
        [length] = _LENGTH.unpack_from(self._bytes, start)
        end = start + _LENGTH.size + int(length)
        return end if end <= len(self._bytes) else None


def sendable(answers: Sequence[Any]) -> Sequence[Any]:
    """Return answers of which every exception arrives: one that does not becomes a StoreUnavailableError."""
    return [_sendable(answer) if isinstance(answer, Exception) else answer for answer in answers]


def _sendable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error, _PROTOCOL))  # noqa: S301 (its own bytes)
    except Exception:  # noqa: BLE001 (whatever its type does when it is made again)
        return StoreUnavailableError(f"writing failed ({type(error).__name__})")
    return error
