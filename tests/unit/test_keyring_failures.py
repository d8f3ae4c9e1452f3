"""What is told of a keyring's database that cannot be used: a sentence of ours for each kind of error."""

import psycopg
import pytest
from psycopg import errors

from gateway.spool.key_files import KeyringError
from gateway.spool.postgres_keyring.address import connection_parameters, tls_mode
from gateway.spool.postgres_keyring.failures import fault_of


@pytest.mark.parametrize(
    "error, expected",
    [
        (errors.QueryCanceled("S3NT"), "its server does not answer in time"),
        (errors.LockNotAvailable("S3NT"), "its server does not answer in time"),
        (errors.ConnectionTimeout("S3NT"), "its server does not answer in time"),
        (errors.ReadOnlySqlTransaction("S3NT"), "its database is read-only"),
        (errors.DiskFull("S3NT"), "its server's disk is full"),
        (errors.UndefinedTable("S3NT"), "its tables were taken away"),
        (errors.AdminShutdown("S3NT"), "its server is starting, stopping or recovering"),
        (psycopg.OperationalError("FATAL: role S3NT"), "its server refuses the login"),
        (psycopg.OperationalError("server closed the connection"), "its server ended the connection"),
        (psycopg.OperationalError("FATAL: sorry, too many clients already"), "its server takes no more connections"),
        (psycopg.OperationalError("VERHÄNGNISVOLL: S3NT"), "its server refuses the connection"),
        (psycopg.InterfaceError("S3NT"), "its server refuses the connection"),
        (errors.UniqueViolation("S3NT"), "its server refuses a statement (SQLSTATE 23505)"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_is_told_in_words_of_ours(error: psycopg.Error, expected: str) -> None:
    """Whatever language the server speaks; its own text is not repeated."""
    told = fault_of(error)
    assert told.startswith(expected)
    assert "S3NT" not in told


@pytest.mark.parametrize(
    "url, expected",
    [
        ("postgresql://a@db.example/keys", "verify-full"),
        ("postgresql://a@db.example/keys?sslmode=require", "require"),
        ("postgresql://a@127.0.0.1/keys", "prefer"),
        ("postgresql://a@localhost,db.example/keys", "verify-full"),
        ("postgresql:///keys", "prefer"),
        ("postgresql:///keys?host=/run/postgresql", "prefer"),
        ("postgresql:///keys?host=db.example", "verify-full"),
        ("postgresql://a@%2Frun%2Fpostgresql/keys", "prefer"),
    ],
)
def test_tls_is_verified_over_a_network(url: str, expected: str) -> None:
    """Unless the URL says otherwise; a socket and loopback need none."""
    assert tls_mode(url) == expected


def test_waits_are_bounded() -> None:
    """Unless the URL says otherwise."""
    assert connection_parameters("postgresql:///keys")["connect_timeout"] == 3
    assert connection_parameters("postgresql:///keys?connect_timeout=9")["connect_timeout"] == "9"
    with pytest.raises(KeyringError, match="its URL is not one that PostgreSQL reads"):
        connection_parameters("postgresql:///keys?S3NT=1")
