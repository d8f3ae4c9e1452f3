"""aiohttp's connection and server, taught to be neutral: no traceback, no echo, no line in a log."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Final, cast

from aiohttp import web
from aiohttp.web_protocol import _ErrInfo

from gateway.http_server.answer import Answer
from gateway.http_server.problem import BUSY, INTERNAL_ERROR, MALFORMED_HTTP, PROBLEM_JSON, problem_answer, problem_body

MAX_LINE: Final = 8190  # bytes of a request line, and of one header
MAX_HEADERS: Final = 64
# Seconds that aiohttp reads on after an answer that came before the body's end, so that the client sees the answer.
LINGER: Final = 2.0

_BAD_REQUEST: Final = 400


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`idle` seconds are what a connection has for a whole request head; it is closed then without a word."""

    idle: float
    connections: int


class Connection(web.RequestHandler):
    """One connection; its answer to what is no HTTP is a constant."""

    def data_received(self, data: bytes) -> None:
        """Take bytes, and end the body that is being read where they are no part of it.

        aiohttp's compiled parser forgets the body it was in when its framing breaks: the handler would wait for it
        until its time is over.
        """
        super().data_received(data)
        if self._messages and self._current_request is not None and isinstance(self._messages[-1][0], _ErrInfo):
            self._current_request.content.set_exception(web.RequestPayloadError())

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,  # noqa: ARG002 (aiohttp's signature)
        message: str | None = None,  # noqa: ARG002 (repeats what came in)
    ) -> Answer:
        """Answer what could not be parsed, and end the connection."""
        if request.writer.output_size > 0:
            broken = "an answer has begun"
            raise ConnectionError(broken)
        answer = problem_answer(MALFORMED_HTTP if status == _BAD_REQUEST else INTERNAL_ERROR)
        answer.force_close()
        return answer


class Server(web.Server):
    """Makes a Connection for each one that is accepted, up to a limit."""

    def __init__(self, handler: Any, limits: ConnectionLimits) -> None:  # noqa: ANN401 (aiohttp keeps the type private)
        super().__init__(handler)
        self._limits = limits
        self._open = 0

    def __call__(self) -> web.RequestHandler:
        """Make the protocol of a new connection; asyncio asks."""
        if self._open >= self._limits.connections:
            return _Refusal()  # type: ignore[return-value] # asyncio wants a protocol, and nothing else asks
        return Connection(
            self,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=self._limits.idle,
            logger=_silent_logger(),
            access_log=None,  # type: ignore[arg-type] # documented as the way to have none
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            max_headers=MAX_HEADERS,
            lingering_time=LINGER,
            auto_decompress=False,
        )

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Count it."""
        self._open += 1
        super().connection_made(handler, transport)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Count it out."""
        self._open -= 1
        super().connection_lost(handler, exc)


class _Refusal(asyncio.Protocol):
    """A connection too many: told so, and closed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer before anything was asked."""
        # A socket's transport writes; uvloop's says so by no base class.
        cast("asyncio.WriteTransport", transport).write(_too_many())
        transport.close()


def _silent_logger() -> logging.Logger:
    """Return a logger that writes nothing: aiohttp gives it peers and tracebacks."""
    logger = logging.getLogger(__name__)
    logger.disabled = True
    return logger


def _too_many() -> bytes:
    body = problem_body(BUSY)
    head = (
        f"HTTP/1.1 503 Service Unavailable\r\nContent-Type: {PROBLEM_JSON}\r\nContent-Length: {len(body)}\r\n"
        "Server: umschlag\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
        "Retry-After: 1\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
