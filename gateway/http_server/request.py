"""A request as handlers see it: its line, its headers and its body, and nothing of who sends it."""

from typing import Protocol

from aiohttp import EMPTY_PAYLOAD, StreamReader
from aiohttp.hdrs import CONTENT_LENGTH
from aiohttp.http import HttpVersion
from aiohttp.http_parser import RawRequestMessage
from multidict import CIMultiDictProxy, MultiMapping
from yarl import URL


class Line(Protocol):
    """The connection that a request came on, as far as a request needs it."""

    @property
    def is_encrypted(self) -> bool:
        """Whether it is TLS."""

    def send(self, data: bytes) -> None:
        """Write. Raises ConnectionResetError where it is gone."""


class Request:
    """One request. aiohttp's own also holds peer, task, cookies and forms, and takes longer to make than to read."""

    __slots__ = ("_line", "_message", "content", "headers", "method", "raw_path")

    def __init__(self, message: RawRequestMessage, content: StreamReader, line: Line) -> None:
        self.method: str = message.method
        # The target as it was sent, with its query.
        self.raw_path: str = message.path
        self.headers: CIMultiDictProxy[str] = message.headers
        self.content = content
        self._message = message
        self._line = line

    @property
    def rel_url(self) -> URL:
        """The target without scheme and host, where it has them (RFC 9112 §3.2.2)."""
        url = self._message.url
        return url.relative() if url.absolute else url

    @property
    def query(self) -> MultiMapping[str]:
        """The parameters of the query, decoded."""
        return self.rel_url.query

    @property
    def version(self) -> HttpVersion:
        """The version of HTTP."""
        return self._message.version

    @property
    def scheme(self) -> str:
        """`https` or `http`, by the connection and not by what was sent."""
        return "https" if self._line.is_encrypted else "http"

    @property
    def content_length(self) -> int | None:
        """The length of the body in bytes, where it is told; the parser has checked that it is a number."""
        told = self.headers.get(CONTENT_LENGTH)
        return None if told is None else int(told)

    @property
    def wants_more(self) -> bool:
        """Whether the client means to keep the connection."""
        return not self._message.should_close

    def whole_body(self) -> bytes:
        """Return a body that has come to its end, and of which nothing was read.

        aiohttp's reader would count it out piece by piece and see whether to go on reading from the socket.
        """
        if self.content is EMPTY_PAYLOAD:
            return b""
        pieces = self.content._buffer  # noqa: SLF001 (see above)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def go_on(self) -> None:
        """Tell a client that waits for it to send the body (RFC 9110 §15.2.1). Raises ConnectionResetError."""
        self._line.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _cancel(self, error: BaseException) -> None:
        """Fail the body that is still being read; aiohttp calls it when the connection is lost."""
        self.content.set_exception(error)
