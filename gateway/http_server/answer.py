"""An answer that is written in one piece, with the same few headers always."""

import time
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Final, Self

JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"

_NO_STORE: Final = "no-store"
_WITHOUT_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

HeaderPairs = Iterable[tuple[str, str]]


class Answer:
    """A whole response.

    `headers` come on top of Content-Type, Content-Length, Date, Server, Cache-Control and X-Content-Type-Options.
    Raises ValueError for a header that is not ASCII or would hold a line break.
    """

    __slots__ = ("_caching", "_lines", "_media_type", "content", "status")

    def __init__(self, status: int, body: bytes = b"", media_type: str = JSON, *, headers: HeaderPairs = ()) -> None:
        self.status = status
        self.content = body
        self._media_type = media_type
        self._caching = _NO_STORE
        # Here and not when it is written: a mistake is still answered with 500.
        self._lines = "".join([_line(name, value) for name, value in headers]) if headers else ""

    def add_lines(self, lines: str) -> None:
        """Add whole header lines, each with its end, that are made of constants and numbers alone."""
        self._lines += lines

    def may_be_kept(self) -> Self:
        """Let it be kept by whoever asks each time whether its ETag still holds (RFC 9111, `no-cache`)."""
        self._caching = "no-cache"
        return self

    def written(self, *, to_head: bool = False, connection: str = "") -> bytes:
        """Return head and body as they are sent; to HEAD the head alone. `connection` is a header line, if any."""
        opening = _opening(self.status, self._media_type, self._caching, int(time.time()))
        if self.status in _WITHOUT_BODY:
            return f"{opening}{connection}{self._lines}\r\n".encode("ascii")
        content = self.content
        head = f"{opening}Content-Length: {len(content)}\r\n{connection}{self._lines}\r\n".encode("ascii")
        return head if to_head else head + content


@lru_cache(maxsize=64)
def _opening(status: int, media_type: str, caching: str, second: int) -> str:
    return (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        + (f"Content-Type: {media_type}\r\n" if status not in _WITHOUT_BODY else "")
        + f"Server: umschlag\r\nCache-Control: {caching}\r\nX-Content-Type-Options: nosniff\r\n"
        + f"Date: {formatdate(second, usegmt=True)}\r\n"
    )


def _line(name: str, value: str) -> str:
    if not (value.isascii() and value.isprintable()):
        message = f"the header {name} would hold a line break, or is not ASCII"
        raise ValueError(message)
    return f"{name}: {value}\r\n"
