"""A listener's certificate, which is read again when its files change: new connections get the new one."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from gateway.http_server.tls import TlsError, server_tls
from gateway.logs import Event, Log
from gateway.logs.field import Listener as ListenerName

_LOOK_EVERY: Final = 2.0  # seconds

_Stamp = tuple[tuple[int, int, int] | None, ...]


class Certificate:
    """Chain and key (PEM) of a listener, and where given the CA of the certificates that its clients must have.

    `context` is what the listener is started with: each handshake of it is done with the newest that was read.
    """

    def __init__(self, chain: Path, key: Path, client_ca: Path | None = None) -> None:
        """Read the files. Raises TlsError."""
        self._chain = chain
        self._key = key
        self._client_ca = client_ca
        self._stamp = self._look()
        self.context = self._newest = self._read()
        self.context.sni_callback = self._present

    def renew(self) -> bool:
        """Read the files again if they have changed; whether they had.

        Raises TlsError where they cannot be used, once for each change; the old ones go on then.
        """
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        self._newest = self._read()
        return True

    def _read(self) -> ssl.SSLContext:
        return server_tls(self._chain, self._key, self._client_ca)

    def _look(self) -> _Stamp:
        return tuple(map(_stamp, filter(None, (self._chain, self._key, self._client_ca))))

    def _present(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        # Called at each hello, with a server name or without: the connection goes on with all of the newest context.
        connection.context = self._newest


class Renewal:
    """Looks after one listener's certificate while it listens."""

    def __init__(
        self,
        certificate: Certificate,
        listener: ListenerName,
        log: Log,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._certificate = certificate
        self._listener = listener
        self._log = log
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End looking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        while True:
            await self._sleep(_LOOK_EVERY)
            try:
                if await asyncio.to_thread(self._certificate.renew):
                    self._log.info(Event.CERTIFICATE_RENEWED, listener=self._listener)
            except TlsError:
                # Files are written one after the other: the next change may make a pair of them.
                self._log.warning(Event.CERTIFICATE_REFUSED, listener=self._listener)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
