"""The keyring in a PostgreSQL database: what a destroyed key leaves, what comes of losses, and what is told of them."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.core.ids import now_seconds
from gateway.settings import Settings
from gateway.spool.keyring import KeyringError, StoredKeyring
from gateway.spool.keyring_check import keyring_problems, keyring_warnings
from tests.contract.keyring_rooms import EPOCH, HOUR, NOW, KeyringRoom, all_keys
from tests.fakes.postgres import USER, Postgres

BASE = Path("/")
# A bound for a busy machine; nothing is judged by it.
PATIENCE = 60.0


@pytest.fixture
def database(postgres: Postgres) -> str:
    """Make an empty database."""
    return postgres.database()


@pytest.fixture
def room(postgres: Postgres, database: str, tmp_path: Path) -> Iterator[KeyringRoom]:
    """Give the place for keys in it."""
    room = KeyringRoom(postgres.url(database), tmp_path)
    yield room
    room.close()


def well(keyring: StoredKeyring) -> None:
    """Return as soon as a keyring can be used again."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        try:
            return keyring.check(NOW)
        except KeyringError:
            sleep(0.05)
    message = "the keyring never came back"
    raise AssertionError(message)


def problems(url: str, *, ahead: int = 0) -> list[str]:
    """Return what the operator is told of a keyring by a clock that is so many seconds ahead."""
    settings = Settings.model_validate({"keyring": {"url": url}})
    return [str(each) for each in keyring_problems(settings, base=BASE, now=now_seconds() + ahead)]


def test_a_destroyed_key_is_not_in_its_table(postgres: Postgres, database: str, room: KeyringRoom) -> None:
    """The table is written anew without it, while the file of a row that was only deleted would keep it."""
    keyring = room.open()
    keyring.prepare(NOW)
    form = room.vault().read(f"content/{EPOCH}")
    assert form is not None
    table = "umschlag_keyring.content_keys"
    assert form in postgres.table_file(database, table)
    assert keyring.destroy_content_keys(NOW) == 1
    assert form not in postgres.table_file(database, table)
    assert form.hex().encode() not in postgres.dump(database)
    assert keyring.epochs() == [EPOCH + HOUR]


def test_a_dump_of_wrapped_keys_opens_nothing(postgres: Postgres, database: str, room: KeyringRoom) -> None:
    """No key is in it in clear; without wrapping all are."""
    keys = [key for key in all_keys(room.open()) if len(key) == 32]
    assert keys
    assert all(key.hex().encode() in postgres.dump(database) for key in keys)
    room.is_wrapped = True
    room.open_to_wrap().wrap()
    dump = postgres.dump(database)
    assert not any(key.hex().encode() in dump for key in keys)


def test_a_connection_that_was_lost_is_made_anew(postgres: Postgres, database: str, room: KeyringRoom) -> None:
    """Whoever asks next does not notice."""
    keyring = room.open()
    keyring.prepare(NOW)
    postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")  # noqa: S608 (of tests)
    assert keyring.epochs() == [EPOCH, EPOCH + HOUR]
    keyring.ledger.append([])
    assert keyring.generation() == 0


def test_nothing_is_used_while_the_server_is_away(postgres: Postgres, room: KeyringRoom) -> None:
    """Not even keys in memory: nobody could tell whether they were destroyed. Then it goes on by itself."""
    keyring = room.open()
    _, key = keyring.current_content_key(NOW)
    postgres.stop()
    try:
        with pytest.raises(KeyringError, match=r"connection refused|ended the connection|starting, stopping"):
            keyring.check(NOW)
        for ask in (lambda: keyring.current_content_key(NOW), lambda: keyring.content_key(EPOCH), keyring.epochs):
            with pytest.raises(KeyringError):
                ask()
    finally:
        postgres.start()
    well(keyring)
    assert keyring.content_key(EPOCH) is key


def test_a_server_that_hangs_is_not_waited_for(postgres: Postgres, database: str, room: KeyringRoom) -> None:
    """The connection is given up, and another one made."""
    keyring = room.open()
    hung = postgres.backends(database)
    for pid in hung:
        os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(KeyringError, match="does not answer in time"):
            keyring.check(NOW)
        well(keyring)
    finally:
        for pid in hung:
            os.kill(pid, signal.SIGCONT)
    assert isinstance(keyring.current_content_key(NOW)[1], AESGCM)


Turned = Callable[[Postgres, str], str]


@pytest.mark.parametrize(
    "turn, expected",
    [
        (lambda server, name: server.url(name, password="S3NT"), "refuses the login: wrong user or password"),
        (lambda server, _name: server.url("S3NT"), "has no such database, or this user may not connect to it"),
        (lambda server, name: server.url(name).replace(f":{server.password}@", "@"), "wants a password"),
        (lambda server, name: server.url(name).replace(f"{USER}:", "S3NT:"), "lets nobody in from here"),
        (lambda server, name: server.url(name).replace(f":{server.port}", ":1"), "connection refused"),
        (lambda server, name: server.url(name).replace("127.0.0.1", "s3nt.invalid"), "its host is not known"),
        (lambda server, name: server.url(name) + "?sslmode=verify-full&sslrootcert=system", "does not speak TLS"),
        (lambda server, name: server.url(name) + "?S3NT=1", "its URL is not one that PostgreSQL reads"),
    ],
)
def test_what_is_wrong_with_a_connection_is_told(
    postgres: Postgres, database: str, turn: Turned, expected: str
) -> None:
    """In a sentence of ours, which repeats neither password nor name."""
    [line] = problems(turn(postgres, database))
    assert line.startswith(("keyring.url: its ", "keyring.url: no server"))
    assert expected in line
    assert not any(word in line.lower() for word in ("s3nt", postgres.password, database))


def test_a_database_that_is_in_order_has_no_problem(postgres: Postgres, database: str, room: KeyringRoom) -> None:
    """Nor has an empty one, and nothing is made by looking."""
    assert problems(room.url) == []
    assert "umschlag_keyring" not in postgres.dump(database).decode()
    room.open()
    assert problems(room.url) == []


def test_tables_that_cannot_be_made_or_used_are_told(postgres: Postgres, database: str, room: KeyringRoom) -> None:
    """By what helps."""
    postgres.execute(f"ALTER DATABASE {database} OWNER TO postgres")
    assert problems(room.url) == ["keyring.url: its tables are not there, and its user may not make them"]
    with pytest.raises(KeyringError, match="make it the owner of the database"):
        room.open()
    postgres.execute(f"ALTER DATABASE {database} OWNER TO {USER}")
    keyring = room.open()
    postgres.execute("DROP SCHEMA umschlag_keyring CASCADE", database)
    with pytest.raises(KeyringError, match="its tables were taken away"):
        keyring.check(NOW)


def test_a_database_that_takes_no_keys_is_told(postgres: Postgres, database: str, room: KeyringRoom) -> None:
    """Read-only, as a server is that another one replaced."""
    keyring = room.open()
    postgres.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")  # noqa: S608 (of tests)
    with pytest.raises(KeyringError, match="it takes no new keys"):
        keyring.current_content_key(NOW)


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_is_not_the_servers_is_told(room: KeyringRoom, hours: int) -> None:
    """Whoever of the two is wrong."""
    room.open()
    [line] = problems(room.url, ahead=hours * HOUR)
    assert "this machine's clock and that of its server are" in line


def warned(url: str, **keyring: str) -> list[str]:
    """Return what the operator is warned of."""
    settings = Settings.model_validate({"keyring": {"url": url, **keyring}})
    return [each.text for each in keyring_warnings(settings, base=BASE)]


def test_what_protects_less_is_told() -> None:
    """A database that nothing wraps, and one over a network whose server nobody verifies."""
    near, far = "postgresql://umschlag@127.0.0.1/keys", "postgresql://umschlag@db.example/keys"
    [unwrapped] = warned(near)
    assert "wrap the keys" in unwrapped
    assert warned(near, wrap_credential="wrap") == []
    assert warned(far, wrap_credential="wrap") == []
    assert warned("postgresql:///keys?host=/run/postgresql", wrap_credential="wrap") == []
    [unverified] = warned(f"{far}?sslmode=prefer", wrap_credential="wrap")
    assert "sslmode=verify-full" in unverified


def test_a_password_is_not_shown() -> None:
    """Not by settings that are printed."""
    settings = Settings.model_validate({"keyring": {"url": "postgresql://umschlag:S3NT@127.0.0.1/keys"}})
    assert "S3NT" not in repr(settings)
