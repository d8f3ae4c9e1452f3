"""Why the keyring's database cannot be used, in sentences of our own: the server's text may hold names and values."""

from collections.abc import Sequence
from typing import Final

import psycopg
from psycopg import errors

# What libpq and the server say when a connection fails, which comes without a code. A server may say it in another
# language: then the last sentence holds.
_AT_CONNECT: Final[Sequence[tuple[Sequence[str], str]]] = (
    (("could not translate host name", "failed to resolve", "name or service not known"), "its host is not known"),
    (("connection refused",), "no server answers at its host and port: connection refused"),
    (("no such file or directory",), "no server answers at its socket"),
    (("no route to host", "network is unreachable"), "its host cannot be reached"),
    (("timeout expired", "timed out"), "its server does not answer in time"),
    (
        ("certificate", "ssl", "tls"),
        "its server does not speak TLS as the URL demands, or its certificate does not fit",
    ),
    (("no password supplied",), "its server wants a password, and the URL and the password file have none"),
    (("authentication failed",), "its server refuses the login: wrong user or password"),
    (("pg_hba.conf",), "its server lets nobody in from here with this user and database (pg_hba.conf)"),
    (("role ",), "its server refuses the login: the user does not exist, or may not log in"),
    (("database ",), "its server has no such database, or this user may not connect to it"),
    (("starting up", "shutting down", "recovery"), "its server is starting, stopping or recovering"),
    (("too many clients", "too many connections", "connection slots"), "its server takes no more connections"),
    (("read-only",), "its server is a replica: it takes no new keys"),
    (("server closed the connection", "terminating connection", "connection reset"), "its server ended the connection"),
)
_LATE: Final = "its server does not answer in time"


def fault_of(error: psycopg.Error) -> str:
    """Return what is wrong, without a value."""
    match error:
        case errors.QueryCanceled() | errors.LockNotAvailable() | errors.ConnectionTimeout():
            return _LATE
        case errors.ReadOnlySqlTransaction():
            return "its database is read-only"
        case errors.InsufficientPrivilege():
            return "its user may not create or use the tables: make it the owner of the database"
        case errors.DiskFull():
            return "its server's disk is full"
        case errors.UndefinedTable() | errors.InvalidSchemaName():
            return "its tables were taken away"
        case errors.AdminShutdown() | errors.CrashShutdown() | errors.CannotConnectNow():
            return "its server is starting, stopping or recovering"
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return _at_connect(str(error).lower())
    return f"its server refuses a statement (SQLSTATE {error.sqlstate or 'unknown'})"


def _at_connect(text: str) -> str:
    for words, sentence in _AT_CONNECT:
        if any(word in text for word in words):
            return sentence
    return "its server refuses the connection"
