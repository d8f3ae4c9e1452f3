"""The doors: what listens takes its address first, and answers when everything about it has been told."""

import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from gateway.console.server import AdminServer
from gateway.http_server import ListenError
from gateway.intake.http import HttpIntake
from gateway.intake.smtp.listener import SmtpIntake


class DoorError(Exception):
    """An address cannot be listened on; the message names its key."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The listeners of one process; those that are None are not wanted."""

    admin: AdminServer | None
    http: HttpIntake
    smtp: SmtpIntake | None

    async def open(
        self,
        bound: Mapping[str, Sequence[socket.socket]],
        ports: MutableMapping[str, int],
        announce: Callable[[], Awaitable[None]] | None,
    ) -> None:
        """Take the addresses, or sockets that are bound already, put down the ports, announce, and answer.

        Who waits until somebody answers over HTTP finds printed what there is to print. Raises DoorError, TlsError.
        """
        if self.admin is not None:
            with _listening("admin"):
                ports["admin"] = await self.admin.bind()
        with _listening("http"):
            ports["http"] = await self.http.bind(bound.get("http", ()))
        if self.smtp is not None:
            with _listening("smtp"):
                ports["smtp"] = await self.smtp.start(bound)
        if announce is not None:
            await announce()
        if self.admin is not None:
            with _listening("admin"):
                await self.admin.listen()
        with _listening("http"):
            await self.http.listen()


@contextmanager
def _listening(name: str) -> Iterator[None]:
    try:
        yield
    except ListenError:
        raise DoorError(f"{name}.listen: the address is in use or not of this machine") from None
