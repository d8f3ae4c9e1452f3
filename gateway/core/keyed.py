"""HMAC-SHA256 (RFC 2104) that is begun once for many texts: the library's takes twice as long for a short one."""

import hashlib
from typing import Final

_BLOCK: Final = 64  # bytes that SHA-256 takes at once
_INNER: Final = bytes(each ^ 0x36 for each in range(256))
_OUTER: Final = bytes(each ^ 0x5C for each in range(256))


class KeyedHash:
    """Hashes texts under one key, all of which start with `beginning`.

    Both passes are copied where they stand after the key. `hmac.digest` gives the interpreter's lock away each time,
    and waits to get it back while another thread is at work.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes, beginning: bytes = b"") -> None:
        padded = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(padded.translate(_INNER) + beginning)
        self._outer = hashlib.sha256(padded.translate(_OUTER))

    def of(self, rest: bytes) -> bytes:
        """Return the 32 bytes that `hmac.digest` returns for the key and `beginning + rest`."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(rest)
        outer.update(inner.digest())
        return outer.digest()
