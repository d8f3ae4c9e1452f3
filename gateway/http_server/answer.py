"""An answer that is written in one piece, with the same few headers always."""

import asyncio
import time
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import HttpVersion10

JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"

_WITHOUT_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

HeaderPairs = Iterable[tuple[str, str]]


class Answer(web.StreamResponse):
    """A whole response. aiohttp's own builds a dictionary of headers first and takes twice as long.

    `headers` come on top of Content-Type, Content-Length, Date, Server, Cache-Control and X-Content-Type-Options.
    Raises ValueError for a header that is not ASCII or would hold a line break.
    """

    # Of the class, so that the many answers that nobody may keep pay nothing for the few.
    _caching = "no-store"

    def __init__(self, status: int, body: bytes = b"", media_type: str = JSON, *, headers: HeaderPairs = ()) -> None:
        super().__init__(status=status)
        self._bytes = body
        self._media_type = media_type
        # Here and not when it is written: a mistake is still answered with 500.
        self._lines = "".join([_line(name, value) for name, value in headers])
        self._request: web.BaseRequest | None = None
        self._closes = False

    def add_headers(self, headers: HeaderPairs) -> None:
        """Add headers to those that it has. Raises ValueError as the constructor does."""
        self._lines += "".join([_line(name, value) for name, value in headers])

    def may_be_kept(self) -> "Answer":
        """Let it be kept by whoever asks each time whether its ETag still holds (RFC 9111, `no-cache`)."""
        self._caching = "no-cache"
        return self

    @property
    def content(self) -> bytes:
        """The body."""
        return self._bytes

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open; aiohttp asks after writing."""
        return not self._closes

    def force_close(self) -> None:
        """End the connection after this answer."""
        self._closes = True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Take note of who asks; nothing is written before `write_eof`.

        A request whose body has not come to its end is the last one of its connection.
        """
        self._request = request
        self._closes = self._closes or not request.keep_alive or not request.content.is_eof()
        return request.writer

    async def write_eof(self, data: bytes = b"") -> None:  # noqa: ARG002 (aiohttp's signature)
        """Write head and body.

        Raises ConnectionError when the client is gone, or reads nothing for as long as it may say nothing.
        """
        request = self._request
        if request is None:
            message = "an answer is written to a request"
            raise RuntimeError(message)
        whole = self._head(request)
        if request.method != "HEAD" and self.status not in _WITHOUT_BODY:
            whole += self._bytes
        await request.writer.write(whole, drain=False)  # type: ignore[call-arg] # StreamWriter has it, its ABC has not
        if request.protocol.writing_paused:
            await _drain(request)

    def _head(self, request: web.BaseRequest) -> bytes:
        lines = [_opening(self.status, self._media_type, self._caching), _date(int(time.time()))]
        if self.status not in _WITHOUT_BODY:
            lines.append(f"Content-Length: {len(self._bytes)}\r\n")
        if self._closes:
            lines.append("Connection: close\r\n")
        elif request.version == HttpVersion10:
            lines.append("Connection: keep-alive\r\n")
        return "".join([*lines, self._lines, "\r\n"]).encode("ascii")


async def _drain(request: web.BaseRequest) -> None:
    try:
        async with asyncio.timeout(request.protocol.keepalive_timeout):
            await request.writer.drain()
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        message = "the client does not read"
        raise ConnectionResetError(message) from None


@lru_cache(maxsize=256)
def _opening(status: int, media_type: str, caching: str) -> str:
    return (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        + (f"Content-Type: {media_type}\r\n" if status not in _WITHOUT_BODY else "")
        + f"Server: umschlag\r\nCache-Control: {caching}\r\nX-Content-Type-Options: nosniff\r\n"
    )


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return f"Date: {formatdate(second, usegmt=True)}\r\n"


def _line(name: str, value: str) -> str:
    if "\r" in value or "\n" in value or not value.isascii():
        message = f"the header {name} would hold a line break, or is not ASCII"
        raise ValueError(message)
    return f"{name}: {value}\r\n"
