"""The SQLite file itself: its schema holds the rules, nothing in clear is in it, and destroyed bytes leave it."""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gateway.core.message import Email, Mailbox, Message, Sms
from gateway.core.state import KEEPS_CONTENT, State, may_move
from gateway.spool.keyring import DirKeyring
from gateway.spool.queries import read_queries
from gateway.spool.sealing import Sealer
from gateway.spool.sqlite import SqliteStore
from gateway.spool.sqlite.database import SCHEMA_VERSION, refuse_old_sqlite
from gateway.spool.store import AttemptEnd, StoreUnavailableError
from tests.contract.spool_rooms import ME, NOW, PORTS, ended, id_at, message, opened, sealed, stored

MOVES = [(origin, target) for origin in State for target in State]
SENT = AttemptEnd(State.SENT, provider_ref="ref")
# Two look along the ids until they have found enough.
QUERIES = [
    (file, name)
    for file in ("messages", "queue", "doubt", "clock", "views", "clients", "purge")
    for name in read_queries("sqlite", file)
    if name not in {"oldest_finished", "oldest_content"}
]
MARK = "S3NT-spool-0815"
MARKED: list[Message] = [
    Email(Mailbox(f"{MARK}-a@b.example", MARK), Mailbox(f"{MARK}-c@d.example", MARK), MARK, f"{MARK}\n" * 9),
    Sms("+4915112345678", MARK, MARK[:11]),
]


def columns(state: State) -> dict[str, object]:
    """Return what a row in one state has to have."""
    return {
        "state": state.value,
        "owner": 1 if state is State.SENDING else None,
        "content": 1 if state in KEEPS_CONTENT else None,
    }


def row_in(database: sqlite3.Connection, state: State) -> None:
    """Store one message in a state."""
    row = columns(state) | {
        "id": bytes(16), "client": 1, "channel": "sms", "created_at": NOW, "updated_at": NOW, "expires_at": NOW,
    }  # fmt: skip
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    database.execute(f"INSERT INTO messages ({names}) VALUES ({marks})", row)  # noqa: S608 (names of columns)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Return the path of an empty spool that nobody has open."""
    path = tmp_path / "spool" / "spool.db"
    async with opened(SqliteStore(path)):
        return path


def files_of(path: Path) -> list[Path]:
    """Return the database file with what SQLite has laid beside it."""
    return sorted(path.parent.iterdir())


def bytes_of(path: Path) -> bytes:
    """Return everything that lies on the disk."""
    return b"".join(file.read_bytes() for file in files_of(path))


@pytest.mark.parametrize("origin, target", MOVES)
def test_the_database_allows_the_legal_moves_alone(path: Path, origin: State, target: State) -> None:
    """Whatever statement tries it: the words and the moves are those of the code."""
    with closing(sqlite3.connect(path)) as database:
        row_in(database, origin)
        is_moved = True
        try:
            database.execute("UPDATE messages SET state = :state, owner = :owner, content = :content", columns(target))
        except sqlite3.IntegrityError:
            is_moved = False
    assert (origin is target or may_move(origin, target)) == is_moved


@pytest.mark.parametrize("state", State)
def test_the_database_knows_which_states_keep_content(path: Path, state: State) -> None:
    """Content is there exactly as long as the state needs it."""
    wrong = None if state in KEEPS_CONTENT else 1
    with closing(sqlite3.connect(path)) as database:
        row_in(database, state)
        with pytest.raises(sqlite3.IntegrityError):
            database.execute("UPDATE messages SET content = ?", (wrong,))


def test_the_database_knows_no_other_state(path: Path) -> None:
    """A word that the code does not have is refused."""
    with closing(sqlite3.connect(path)) as database:
        row_in(database, State.QUEUED)
        with pytest.raises(sqlite3.IntegrityError):
            database.execute("UPDATE messages SET state = 'lost'")


@pytest.mark.parametrize("file, name", QUERIES)
def test_no_query_reads_all_messages(path: Path, file: str, name: str) -> None:
    """There may be millions: each finds what it wants by an index, in order where it wants the first."""
    query = read_queries("sqlite", file)[name]
    values = dict.fromkeys(re.findall(r":(\w+)", query), 1) if ":" in query else [1] * query.count("?")
    with closing(sqlite3.connect(path)) as database:
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {query}", values)]
    costly = r"SCAN (TABLE )?(messages|contents)\b(?!.* USING)|USE TEMP B-TREE FOR ORDER BY"
    assert [step for step in plan if re.match(costly, step)] == []


async def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    """Folder 0700, database and log 0600, whatever the umask."""
    path = tmp_path / "new" / "spool.db"
    async with opened(SqliteStore(path)) as store:
        await store.put([message()])
        modes = {file.name: file.stat().st_mode & 0o777 for file in files_of(path)}
    assert modes == {"spool.db": 0o600, "spool.db-wal": 0o600, "spool.db-shm": 0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_nothing_in_clear_is_on_the_disk(tmp_path: Path) -> None:
    """Neither while messages wait nor after they were sent: not in the database, nor its log."""
    path = tmp_path / "spool.db"
    keyring = DirKeyring(tmp_path.parent / f"{tmp_path.name}-keys")
    keyring.open()
    sealer = Sealer(keyring)
    async with opened(SqliteStore(path)) as store:
        for each in MARKED:
            new_id = id_at(NOW)
            content = sealer.seal(each, MARK, message_id=new_id, client_id=1, now=NOW)
            await store.put([message(id=new_id, content=content, owner=ME)])
            assert not found(MARK, path)
            await ended(store, new_id, SENT)
        await store.truncate_log()
        assert not found(MARK, path)
        assert not found("15112345678", path)


def found(mark: str, path: Path) -> list[str]:
    """Return the files that hold a mark, in one of the forms that a database might give it."""
    forms = [mark.encode(), mark.lower().encode(), mark.encode("utf-16-le"), mark.encode().hex().encode()]
    return [file.name for file in files_of(path) if any(form in file.read_bytes() for form in forms)]


async def test_destroyed_bytes_leave_the_disk(tmp_path: Path) -> None:
    """Sealed bytes of what was sent are in no file once the log was cut; those of what waits are."""
    path = tmp_path / "spool.db"
    gone, large, kept = b"gone-0815" * 9, b"large-0815" * 1500, b"kept-0815" * 9
    async with opened(SqliteStore(path)) as store:
        for ciphertext in (gone, large):
            await ended(store, await stored(store, content=sealed(ciphertext=ciphertext), owner=ME), SENT)
        await stored(store, content=sealed(ciphertext=kept))
        assert await store.truncate_log()
        left = bytes_of(path)
    assert [each[:9] in left for each in (gone, large, kept)] == [False, False, True]


@pytest.mark.parametrize("port", sorted(PORTS))
async def test_the_log_is_cut_by_itself(tmp_path: Path, port: str) -> None:
    """Some time after something was written, without anybody asking."""
    path = tmp_path / "spool.db"
    async with opened(SqliteStore(path, cut_every=0.01, port=PORTS[port]())) as store:
        await store.put([message()])
        assert await becomes(lambda: not size(path.with_name("spool.db-wal")))
        assert await becomes(lambda: store.last_checkpoint is not None and store.last_checkpoint.is_empty)


@pytest.mark.parametrize("port", sorted(PORTS))
async def test_a_reader_in_the_way_is_told_and_outlasted(tmp_path: Path, port: str) -> None:
    """The cut says that it failed, commits go on, and it is tried again until it works."""
    path = tmp_path / "spool.db"
    async with opened(SqliteStore(path, cut_every=0.01, port=PORTS[port]())) as store:
        await store.put([message()])
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM messages").fetchone()
            await store.put([message()])
            assert not await store.truncate_log()
            assert store.last_checkpoint is not None
            assert not store.last_checkpoint.is_empty
            await store.put([message()])
            reader.execute("COMMIT")
        assert await becomes(lambda: not size(path.with_name("spool.db-wal")))


def size(file: Path) -> int:
    """Return how many bytes a file has, 0 where it is not there."""
    return file.stat().st_size if file.exists() else 0


async def becomes(holds: Callable[[], bool]) -> bool:
    """Wait for something to hold, ten seconds at most."""
    for _ in range(1000):
        if holds():
            return True
        await asyncio.sleep(0.01)
    return False


@pytest.mark.parametrize("port", sorted(PORTS))
async def test_the_log_is_empty_after_closing(tmp_path: Path, port: str) -> None:
    """Everything was written back, also where another process has the file open still."""
    path = tmp_path / "spool.db"
    log = path.with_name("spool.db-wal")
    async with opened(SqliteStore(path)) as other:
        await other.put([message()])
        async with opened(SqliteStore(path, port=PORTS[port]())) as store:
            await store.put([message() for _ in range(99)])
            assert size(log)
        assert (log.exists(), size(log)) == (True, 0)
    assert not log.exists()


async def test_a_large_log_is_written_back_while_messages_come_in(tmp_path: Path) -> None:
    """It does not wait for the cut, and stays bounded."""
    path = tmp_path / "spool.db"
    async with opened(SqliteStore(path, cut_every=3600)) as store:
        for _ in range(30):
            await store.put([message(content=sealed(ciphertext=bytes(500_000))) for _ in range(2)])
        assert await becomes(lambda: size(path) > 4_000_000)


async def test_a_newer_file_is_refused(path: Path) -> None:
    """An old program must not write what it does not know."""
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StoreUnavailableError, match="newer version"):
        await SqliteStore(path).open()


def test_an_old_library_is_refused() -> None:
    """Before its first statement fails for reasons that nobody understands."""
    refuse_old_sqlite((3, 37, 0))
    with pytest.raises(StoreUnavailableError, match=r"SQLite 3\.37 or newer"):
        refuse_old_sqlite((3, 36, 9))


async def test_another_programs_file_is_refused(tmp_path: Path) -> None:
    """It is not written to."""
    path = tmp_path / "spool.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA application_id = 7; CREATE TABLE t (x);")
    with pytest.raises(StoreUnavailableError, match="another program"):
        await SqliteStore(path).open()


async def test_an_older_file_keeps_its_messages(path: Path) -> None:
    """A file of this version is opened as it is."""
    async with opened(SqliteStore(path)) as store:
        message_id = await stored(store)
    async with opened(SqliteStore(path)) as store:
        assert await store.status(message_id) is not None
