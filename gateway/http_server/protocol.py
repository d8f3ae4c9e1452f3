"""aiohttp's connection and server, taught to be neutral: no traceback, no echo, no line in a log."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from aiohttp import StreamReader, web
from aiohttp.http import HttpVersion10
from aiohttp.http_parser import RawRequestMessage
from aiohttp.web_protocol import _ErrInfo

from gateway.http_server.answer import Answer
from gateway.http_server.problem import BUSY, INTERNAL_ERROR, MALFORMED_HTTP, PROBLEM_JSON, problem_answer, problem_body
from gateway.http_server.request import Request

MAX_LINE: Final = 8190  # bytes of a request line, and of one header
MAX_HEADERS: Final = 64
# Seconds that we read on after an answer that came before the body's end, so that the client sees the answer.
LINGER: Final = 2.0

_BAD_REQUEST: Final = 400

_CLOSE: Final = "Connection: close\r\n"
_KEEP_ALIVE: Final = "Connection: keep-alive\r\n"

Handle = Callable[[Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`idle` seconds are what a connection has for a whole request head; it is closed then without a word."""

    idle: float
    connections: int


class Connection(web.RequestHandler):
    """One connection: aiohttp parses it, bounds what waits and watches the time; what it answers is ours.

    aiohttp's own `start` makes a task and a writer for each request, which cost as much as all that we do with it.
    """

    def __init__(self, server: "Server", handle: Handle, **options: Any) -> None:  # noqa: ANN401 (aiohttp's)
        super().__init__(server, **options)
        self._handle = handle

    def data_received(self, data: bytes) -> None:
        """Take bytes, and end the body that is being read where they are no part of it.

        aiohttp's compiled parser forgets the body it was in when its framing breaks: the handler would wait for it
        until its time is over.
        """
        super().data_received(data)
        if self._messages and self._current_request is not None and isinstance(self._messages[-1][0], _ErrInfo):
            self._current_request.content.set_exception(web.RequestPayloadError())

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002 (aiohttp's signature)
        """Go on where reading was held up; aiohttp asks after each body, and would parse nothing a second time."""
        if self._reading_paused or self._buffer_paused:
            super().resume_reading(resume_parser)

    @property
    def is_encrypted(self) -> bool:
        """Whether it is TLS."""
        return self.ssl_context is not None

    def send(self, data: bytes) -> None:
        """Write. Raises ConnectionResetError where the connection is gone."""
        transport = self.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError
        transport.write(data)

    async def start(self) -> None:
        """Answer one request after the other, until one of both sides ends it."""
        try:
            while not self._force_close:
                if not self._messages:
                    await self._more()
                message, content = self._messages.popleft()
                if self._parser is not None:
                    self._parser.message_consumed()
                if self._buffer_paused and len(self._messages) <= self._msg_queue_resume_size:
                    self._resume_reading_if_drained()
                if not await self._exchange(message, content):
                    break
                self._go_on_waiting()
        except ConnectionError:
            pass  # the client is gone
        except BaseException:
            self.force_close()
            raise
        if not self._force_close:
            self._task_handler = None
            if self.transport is not None:
                self.transport.close()

    async def _more(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    async def _exchange(self, message: RawRequestMessage | _ErrInfo, content: StreamReader) -> bool:
        """Answer one request; False where it was the last one.

        That is so, too, where the body has not come to its end, and where another protocol was asked for, which we
        have none of: what follows may be in that.
        """
        self._request_in_progress = True
        try:
            if isinstance(message, _ErrInfo):
                self.send(_unreadable(message).written(connection=_CLOSE))
                return False
            request = Request(message, content, self)
            self._current_request = request  # type: ignore[assignment] # aiohttp reads `content` and calls `_cancel`
            try:
                answer = await self._handle(request)
            finally:
                self._current_request = None
            is_read = content.is_eof()
            goes_on = request.wants_more and is_read and not self._upgraded and not self._close
            self.send(answer.written(to_head=request.method == "HEAD", connection=_connection(request, goes_on)))
            if self._paused:
                await self._drain()
        finally:
            self._request_in_progress = False
            if self._handler_waiter is not None and not self._handler_waiter.done():
                self._handler_waiter.set_result(None)
        if not is_read:
            await self._linger(content)
        return goes_on

    async def _drain(self) -> None:
        """Wait until the client has read, for as long as it may say nothing. Raises ConnectionResetError."""
        try:
            async with asyncio.timeout(self._keepalive_timeout):
                await self._drain_helper()
        except TimeoutError:
            if self.transport is not None:
                self.transport.abort()
            raise ConnectionResetError from None

    async def _linger(self, content: StreamReader) -> None:
        with contextlib.suppress(TimeoutError, web.RequestPayloadError, RuntimeError):
            async with asyncio.timeout(LINGER):
                while not content.is_eof():
                    await content.readany()

    def _go_on_waiting(self) -> None:
        """Begin the time anew that the client has for its next request."""
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        if self._keepalive_handle is None:
            self._keepalive_handle = self._loop.call_at(self._next_keepalive_close_time, self._process_keepalive)


class Server(web.Server):
    """Makes a Connection for each one that is accepted, up to a limit."""

    def __init__(self, handle: Handle, limits: ConnectionLimits) -> None:
        super().__init__(handle)  # type: ignore[arg-type] # aiohttp keeps it, and our connections do not ask for it
        self._handle = handle
        self._limits = limits
        self._open = 0

    def __call__(self) -> web.RequestHandler:
        """Make the protocol of a new connection; asyncio asks."""
        if self._open >= self._limits.connections:
            return _Refusal()  # type: ignore[return-value] # asyncio wants a protocol, and nothing else asks
        return Connection(
            self,
            self._handle,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=self._limits.idle,
            logger=_silent_logger(),
            access_log=None,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            max_headers=MAX_HEADERS,
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


def _unreadable(error: _ErrInfo) -> Answer:
    """Return the answer to what could not be parsed: a constant."""
    return problem_answer(MALFORMED_HTTP if error.status == _BAD_REQUEST else INTERNAL_ERROR)


def _connection(request: Request, goes_on: bool) -> str:  # noqa: FBT001 (the one thing that it goes by)
    """Return the header line that tells a client what becomes of its connection, where it does not know."""
    if not goes_on:
        return _CLOSE
    return _KEEP_ALIVE if request.version == HttpVersion10 else ""


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
