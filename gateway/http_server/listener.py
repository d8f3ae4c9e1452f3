"""A listener: a socket, the server behind it, and the outermost guard against our own faults."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from gateway.http_server.answer import Answer
from gateway.http_server.certificate import Certificate, Renewal
from gateway.http_server.problem import BUSY, INTERNAL_ERROR, problem_answer
from gateway.http_server.protocol import ConnectionLimits, Server
from gateway.http_server.request import Request
from gateway.http_server.sockets import ListenError, listen_on, port_of
from gateway.logs import Event, Log
from gateway.logs.field import Listener as ListenerName

# Connections for each request that may be worked on: most of them are kept open and idle.
_CONNECTIONS_A_REQUEST = 4


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one listener takes: requests at the same time, and the time for a request to arrive."""

    max_requests: int
    read_timeout: timedelta


class Listener:
    """Answers HTTP on one address by `handle`, which may be any coroutine function of a request."""

    def __init__(
        self, name: ListenerName, handle: Callable[[Request], Awaitable[Answer]], log: Log, limits: HttpLimits
    ) -> None:
        self._name = name
        self._handle = handle
        self._log = log
        self._limits = limits
        self._working = 0
        self._server: Server | None = None
        self._sockets: Sequence[asyncio.Server] = ()
        self._renewal: Renewal | None = None

    def use(self, handle: Callable[[Request], Awaitable[Answer]]) -> None:
        """Answer by another function from the next request on."""
        self._handle = handle

    async def start(self, listen: str, tls: Certificate | None = None, *, bound: Sequence[socket.socket] = ()) -> int:
        """Bind, and listen. Returns the port. Raises ListenError."""
        port = await self.bind(listen, tls, bound=bound)
        await self.listen()
        return port

    async def bind(self, listen: str, tls: Certificate | None = None, *, bound: Sequence[socket.socket] = ()) -> int:
        """Take `host:port`, where port 0 takes a free one, or sockets that are bound there already.

        Returns the port; nobody is answered before `listen`. A certificate is looked after from now on. Raises
        ListenError.
        """
        idle = self._limits.read_timeout.total_seconds()
        connections = self._limits.max_requests * _CONNECTIONS_A_REQUEST
        self._server = Server(self._serve, ConnectionLimits(idle, connections))
        self._sockets = await listen_on(
            self._server,
            listen,
            bound,
            ssl=None if tls is None else tls.context,
            ssl_handshake_timeout=idle if tls is not None else None,
            start_serving=False,
        )
        if tls is not None:
            self._renewal = Renewal(tls, self._name, self._log)
            self._renewal.start()
        return port_of(self._sockets)

    async def listen(self) -> None:
        """Answer what was bound. Raises ListenError where another process was quicker."""
        try:
            for server in self._sockets:
                await server.start_serving()
        except OSError:
            raise ListenError("the address cannot be listened on") from None
        self._log.info(Event.LISTENING, listener=self._name, port=port_of(self._sockets))

    async def stop(self, grace: timedelta) -> None:
        """Take no more connections, close the idle ones, and wait up to `grace` for the requests at work."""
        if self._server is None:
            return
        if self._renewal is not None:
            await self._renewal.stop()
        for sockets in self._sockets:
            sockets.close()
        self._server.pre_shutdown()
        await self._server.shutdown(grace.total_seconds())
        self._sockets, self._server = (), None

    async def _serve(self, request: Request) -> Answer:
        if self._working >= self._limits.max_requests:
            return problem_answer(BUSY, retry_after=1)
        self._working += 1
        try:
            return await self._handle(request)
        except ConnectionError:
            raise  # the client is gone: aiohttp ends the connection
        except Exception as error:  # noqa: BLE001 (the outermost guard: a bug answers 500, and its text goes nowhere)
            self._log.error(Event.REQUEST_FAILED, listener=self._name, error=error)
            return problem_answer(INTERNAL_ERROR)
        finally:
            self._working -= 1
