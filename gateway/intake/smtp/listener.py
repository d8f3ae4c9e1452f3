"""The SMTP listeners: one that begins in clear, one inside of TLS; they start, take connections, and stop in order."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from gateway.core.written import is_loopback
from gateway.http_server import TlsError, listen_on, port_of, server_tls
from gateway.intake.accept import Door
from gateway.intake.auth import Authenticator
from gateway.intake.fields import field_limits
from gateway.intake.smtp.dialogue import Dialogue
from gateway.intake.smtp.house import House
from gateway.intake.smtp.room import Room
from gateway.intake.smtp.submission import Submissions
from gateway.intake.smtp.wire import HANDSHAKE, Manners, Wire
from gateway.intake.times import Schedule
from gateway.logs import Event, Log
from gateway.logs.field import Listener as ListenerName
from gateway.metrics import Metrics
from gateway.settings import Settings, SmtpSection


def smtp_intake(
    settings: Settings, authenticator: Authenticator, door: Door, *, metrics: Metrics, log: Log
) -> "SmtpIntake | None":
    """Return what `[smtp]` asks for, or None where there is no such table."""
    section = settings.smtp
    if section is None:
        return None
    house = House(
        settings.gateway.name,
        authenticator,
        Submissions(door, metrics, field_limits(settings), section.sms_domain),
        Room(section.max_connections, section.max_buffer),
        log,
        max_size=section.max_size,
        max_recipients=section.max_recipients,
        max_hold=_schedule(settings).furthest,
        needs_tls=not is_loopback(section.listen),
    )
    return SmtpIntake(section, house)


class SmtpIntake:
    """Serves SMTP submission as `[smtp]` says."""

    def __init__(self, section: SmtpSection, house: House) -> None:
        self._section = section
        self._house = house
        self._manners = Manners(
            section.max_size, section.timeout.total_seconds(), section.login_timeout.total_seconds()
        )
        self._servers: list[asyncio.Server] = []
        self.tls_port: int | None = None

    def configure(self, settings: Settings) -> None:
        """Follow other limits of fields from the next mail on."""
        self._house.submissions.configure(field_limits(settings))

    async def start(self, bound: Mapping[str, Sequence[socket.socket]] = MappingProxyType({})) -> int:
        """Listen; returns the port of `listen`. Raises ListenError, TlsError.

        `bound` are sockets that are bound already, by `smtp` and `smtp_tls`.
        """
        tls = _tls(self._section)
        if self._section.listen_tls is not None:
            if tls is None:
                raise TlsError("smtp.listen_tls needs smtp.tls_cert and smtp.tls_key")
            self.tls_port = await self._listen(
                self._section.listen_tls, self._wires(None), tls, bound.get("smtp_tls", ())
            )
        return await self._listen(self._section.listen, self._wires(tls), None, bound.get("smtp", ()))

    async def stop(self, grace: timedelta) -> None:
        """Take no more connections, end those that wait, and let mail that is coming in end within `grace`."""
        for server in self._servers:
            server.close()
        tasks = [task for wire in tuple(self._house.room.wires) if (task := wire.dismiss()) is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=grace.total_seconds())
        for wire in tuple(self._house.room.wires):
            wire.abort()
        self._house.submissions.close()

    def _wires(self, tls: ssl.SSLContext | None) -> Callable[[], Wire]:
        return lambda: Wire(lambda wire: Dialogue(self._house, wire).run(), self._house.room, self._manners, tls)

    async def _listen(
        self, listen: str, wires: Callable[[], Wire], tls: ssl.SSLContext | None, bound: Sequence[socket.socket]
    ) -> int:
        handshake = HANDSHAKE if tls is not None else None
        servers = await listen_on(wires, listen, bound, ssl=tls, ssl_handshake_timeout=handshake)
        self._servers += servers
        port = port_of(servers)
        self._house.log.info(Event.LISTENING, listener=ListenerName.SMTP, port=port)
        return port


def _schedule(settings: Settings) -> Schedule:
    retention = settings.retention
    return Schedule(settings.delivery.deadline, retention.content, retention.scheduled)


def _tls(section: SmtpSection) -> ssl.SSLContext | None:
    if section.tls_cert is None and section.tls_key is None:
        return None
    if section.tls_cert is None or section.tls_key is None:
        raise TlsError("smtp.tls_cert and smtp.tls_key belong together")
    return server_tls(section.tls_cert, section.tls_key)
