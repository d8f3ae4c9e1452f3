"""What a `postgresql:` URL of a keyring means: libpq's parameters, with bounds and a floor of ours."""

from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import psycopg
from psycopg import conninfo

from gateway.spool.key_files import KeyringError

CONNECT_SECONDS: Final = 3
_LOOPBACK: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})


def connection_parameters(url: str) -> dict[str, str | int]:
    """Return what libpq is told. Raises KeyringError, which does not repeat the URL.

    Where a server is not on this machine, TLS is required and verified unless the URL says otherwise (`sslmode`).
    """
    try:
        given = conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        raise KeyringError("its URL is not one that PostgreSQL reads") from None
    told: dict[str, str | int] = {
        "application_name": "umschlag",
        "connect_timeout": CONNECT_SECONDS,
        # A lost packet must not keep a statement for minutes (milliseconds, seconds).
        "tcp_user_timeout": 4000,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 2,
        # Of several hosts, the one that takes new keys.
        "target_session_attrs": "read-write",
    }
    if is_far(urlsplit(url)):
        told |= {"sslmode": "verify-full", "sslrootcert": "system"}
    if "sslmode" in given:
        told.pop("sslrootcert", None)
    return told | {name: value for name, value in given.items() if value is not None}


def tls_mode(url: str) -> str:
    """Return what is asked of TLS, in libpq's word. Raises KeyringError."""
    return str(connection_parameters(url).get("sslmode", "prefer"))


def is_far(url: SplitResult) -> bool:
    """Whether a database is on another machine."""
    hosts = [url.hostname or "", *parse_qs(url.query).get("host", [])]
    return any(host not in _LOOPBACK and not unquote(host).startswith("/") for host in ",".join(hosts).split(","))
