"""What vendors sign of a call: a text made of its parts, and the time that it holds for."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from gateway.callback.call import Callback

# The vendors' own verifiers take five minutes.
MAX_AGE: Final = timedelta(minutes=5)

MAX_NONCE: Final = 256  # characters


@dataclass(frozen=True, slots=True)
class Stamp:
    """The headers that hold the time of a signature (seconds since 1970 UTC) and the number used once."""

    timestamp: str | None = None
    nonce: str | None = None
    max_age: timedelta = MAX_AGE

    def is_fresh(self, callback: Callback) -> bool:
        """Whether the time is there and of now, within `max_age` before and after, and the nonce there."""
        if self.nonce is not None and not 0 < len(header(callback, self.nonce)) <= MAX_NONCE:
            return False
        if self.timestamp is None:
            return True
        written = header(callback, self.timestamp)
        is_number = written.isascii() and written.isdecimal() and len(written) <= len(str(callback.now))
        return is_number and abs(callback.now - int(written)) <= self.max_age.total_seconds()

    def good_until(self, callback: Callback) -> int:
        """Return when the signature of a fresh call is too old (seconds since 1970 UTC); it has to have a time."""
        return int(header(callback, self.timestamp or "")) + int(self.max_age.total_seconds())


UNSTAMPED: Final = Stamp()

# What can stand in the text that is signed, in braces.
SIGNED: Final[Mapping[str, Callable[[Callback, Stamp], bytes]]] = {
    "body": lambda callback, _: callback.body,
    "body_md5": lambda callback, _: hashlib.md5(callback.body, usedforsecurity=False).hexdigest().encode(),
    "method": lambda callback, _: as_sent(callback.method),
    "nonce": lambda callback, stamp: as_sent(header(callback, stamp.nonce or "")),
    "timestamp": lambda callback, stamp: as_sent(header(callback, stamp.timestamp or "")),
    "url": lambda callback, _: as_sent(callback.url),
}


def signed_text(parts: Sequence[str], callback: Callback, stamp: Stamp) -> bytes:
    """Return the bytes that were signed: constants and names of SIGNED in turn, a constant first."""
    turns = enumerate(parts)
    return b"".join(SIGNED[part](callback, stamp) if turn % 2 else part.encode() for turn, part in turns)


def as_sent(text: str) -> bytes:
    """Return the bytes of a piece of a request's head; what was no UTF-8 comes back as it was."""
    return text.encode(errors="surrogateescape")


def header(callback: Callback, name: str) -> str:
    """Return a header's value, empty where it is not there."""
    return callback.headers.get(name.lower(), "")
