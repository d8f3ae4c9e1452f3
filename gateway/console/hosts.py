"""Which names the console answers to: a page of another site must not reach it through the operator's browser."""

import re
from collections.abc import Iterable
from typing import Final

from gateway.http_server.request import Request

_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\s:/@\[\]]+)(?::\d{1,5})?", re.ASCII | re.IGNORECASE)
_ORIGIN: Final = re.compile(r"https?://(?P<host>[^/]+)", re.ASCII | re.IGNORECASE)


class OwnHosts:
    """Loopback names, the address that is listened on and the names that the operator allows.

    A name that is rebound to loopback (DNS rebinding) is none of them. An allowed name counts with any port.
    """

    def __init__(self, listen: str, allowed: Iterable[str] = ()) -> None:
        given = {listen.rpartition(":")[0], *allowed}
        self._names = {*_LOOPBACK, *(_name_of(host) or host.lower() for host in given)}

    def are_asked(self, request: Request) -> bool:
        """Whether a request is for one of our names; it has to say so exactly once."""
        hosts = request.headers.getall("Host", [])
        return len(hosts) == 1 and _name_of(hosts[0]) in self._names

    def are_origin(self, request: Request) -> bool | None:
        """Whether our own page sent a request; None where it does not say who did.

        A page on another port of this machine is another's, although cookies do not tell ports apart.
        """
        origins = request.headers.getall("Origin", [])
        if not origins:
            return None
        found = _ORIGIN.fullmatch(origins[0])
        return len(origins) == 1 and found is not None and found["host"].lower() == request.headers["Host"].lower()


def _name_of(host: str) -> str | None:
    found = _HOST.fullmatch(host)
    return found["name"].lower().removesuffix(".") if found else None
