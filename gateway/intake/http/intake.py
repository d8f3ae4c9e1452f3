"""The client API's listener: it starts, answers by the table of calls, and stops in order."""

import socket
from collections.abc import Sequence
from datetime import timedelta

from gateway.http_server import Certificate, HttpLimits, Listener, Routes, TlsError
from gateway.http_server.routes import Route
from gateway.intake.http.calls import Calls
from gateway.logs import Log
from gateway.logs.field import Listener as ListenerName
from gateway.settings import HttpSection


class HttpIntake:
    """Serves the client API as `[http]` says, and `more` paths on the same listener."""

    def __init__(self, section: HttpSection, calls: Calls, log: Log, more: Sequence[Route] = ()) -> None:
        self._section = section
        self._more = more
        self._listener = Listener(
            ListenerName.HTTP,
            Routes([*calls.routes(), *more]).answer,
            log,
            HttpLimits(section.max_requests, section.read_timeout),
        )

    def use(self, calls: Calls) -> None:
        """Answer by other calls from the next request on; those at work end as they began."""
        self._listener.use(Routes([*calls.routes(), *self._more]).answer)

    async def start(self, bound: Sequence[socket.socket] = ()) -> int:
        """Bind and listen; returns the port. Raises ListenError, TlsError."""
        port = await self.bind(bound)
        await self.listen()
        return port

    async def bind(self, bound: Sequence[socket.socket] = ()) -> int:
        """Take the address, or sockets that are bound already; returns the port. Raises ListenError, TlsError."""
        return await self._listener.bind(self._section.listen, _certificate(self._section), bound=bound)

    async def listen(self) -> None:
        """Answer from now on. Raises ListenError."""
        await self._listener.listen()

    async def stop(self, grace: timedelta) -> None:
        """Take no more requests, and let those at work end within `grace`."""
        await self._listener.stop(grace)


def _certificate(section: HttpSection) -> Certificate | None:
    if section.tls_cert is None and section.tls_key is None:
        if section.client_ca is not None:
            raise TlsError("http.client_ca needs http.tls_cert and http.tls_key")
        return None
    if section.tls_cert is None or section.tls_key is None:
        # Half a pair must not end in plain HTTP.
        raise TlsError("http.tls_cert and http.tls_key belong together")
    return Certificate(section.tls_cert, section.tls_key, section.client_ca)
