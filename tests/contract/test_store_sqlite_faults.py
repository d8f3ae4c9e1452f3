"""The SQLite file in trouble: full, locked, lost, read-only; each call ends with an error or an answer, never both."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable
from contextlib import closing
from pathlib import Path

import pytest

from gateway.core.state import State
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import AttemptEnd, Listing, StoreFullError, StoreUnavailableError
from tests.contract.spool_rooms import ME, PORTS, ended, message, opened, sealed, state_of

ROOT = Path(__file__).parents[2]
SENT = AttemptEnd(State.SENT, provider_ref="ref")
both = pytest.mark.parametrize("port", sorted(PORTS))

# Lets its files grow no further, puts until that fails, lets them grow again; tells each answer.
LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import StoreUnavailableError
from tests.contract.spool_rooms import PORTS, message

async def put(store):
    new = message()
    try:
        await store.put([new])
    except StoreUnavailableError as error:
        print("refused", new.id)
    else:
        print("put", new.id)

async def main():
    port = PORTS[sys.argv[2]]()
    store = SqliteStore(Path(sys.argv[1]), port=port)
    await store.open()

    def let_grow(limit):
        # Where there is a process that writes, it is the one whose files are limited.
        resource.prlimit(getattr(port, "pid", 0), resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    await asyncio.gather(*(put(store) for _ in range(50)))
    size = (Path(sys.argv[1] + "-wal")).stat().st_size
    let_grow(size + 20_000)
    for _ in range(20):
        await asyncio.gather(*(put(store) for _ in range(5)))
    let_grow(resource.RLIM_INFINITY)
    await asyncio.gather(*(put(store) for _ in range(50)))
    await store.close()

asyncio.run(main())
"""


@both
async def test_answers_are_true_on_a_disk_that_fails(tmp_path: Path, port: str) -> None:
    """What was put is there, what was refused is not, and when the disk does again the store does too."""
    path = tmp_path / "spool.db"
    command = [sys.executable, "-c", LIMITED, str(path), port]
    run = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = [line.split() for line in run.stdout.splitlines()]
    put, refused = ({line[1] for line in told if line[0] == word} for word in ("put", "refused"))
    assert (len(told), bool(refused), list({line[0] for line in told[-50:]})) == (200, True, ["put"])
    with closing(sqlite3.connect(path)) as database:
        stored_ids = {row[0].hex() for row in database.execute("SELECT id FROM messages")}
    assert put == stored_ids


async def answer_to(call: Awaitable[object]) -> object:
    """Return what a call returns or raises."""
    [answer] = await asyncio.gather(call, return_exceptions=True)
    return answer


@both
async def test_a_full_spool_refuses_and_goes_on_sending(tmp_path: Path, port: str) -> None:
    """New messages are refused as full; outcomes are recorded, which makes room, and then there is room again."""
    path = tmp_path / "spool.db"
    async with opened(SqliteStore(path, max_bytes=400_000, port=PORTS[port]())) as store:
        new = [message(owner=ME, content=sealed(ciphertext=bytes(3000))) for _ in range(200)]
        answers = [await answer_to(store.put([each])) for each in new]
        assert {type(None), StoreFullError} == {type(answer) for answer in answers}
        ids = [each.id for each, answer in zip(new, answers, strict=True) if answer is None]
        answers = await asyncio.gather(
            store.put([message(content=sealed(ciphertext=bytes(30_000)))]),
            *(ended(store, each, SENT) for each in ids),
            return_exceptions=True,
        )
        assert (StoreFullError, {True}) == (type(answers[0]), set(answers[1:]))
        assert {State.SENT} == {await state_of(store, each) for each in ids}
        await store.put([message()])


@both
async def test_a_locked_spool_is_unavailable_and_comes_back(tmp_path: Path, port: str) -> None:
    """Another process that writes for too long is waited for in vain; nothing was stored then."""
    path = tmp_path / "spool.db"
    async with opened(SqliteStore(path, busy_timeout=0.05, port=PORTS[port]())) as store:
        await store.put([message()])
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answers = await asyncio.gather(*(store.put([message()]) for _ in range(9)), return_exceptions=True)
            assert [StoreUnavailableError] * 9 == [type(answer) for answer in answers]
            assert 1 == len(await store.listing(Listing()))  # noqa: SIM300 (expected first)
            other.execute("ROLLBACK")
        await store.put([message()])
        assert 2 == len(await store.listing(Listing()))  # noqa: SIM300 (expected first)


async def test_a_damaged_file_is_unavailable(tmp_path: Path) -> None:
    """It says so at once, without a value."""
    path = tmp_path / "spool.db"
    async with opened(SqliteStore(path)) as store:
        await store.put([message() for _ in range(50)])
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreUnavailableError, match="SQLITE_CORRUPT"):
        await SqliteStore(path).open()


async def test_a_file_that_was_taken_away_is_told(tmp_path: Path) -> None:
    """The self-check fails where the file is deleted, or another one has its place."""
    path = tmp_path / "spool.db"
    async with opened(SqliteStore(path)) as store:
        await store.check()
        path.rename(tmp_path / "backup.db")
        with pytest.raises(StoreUnavailableError, match="cannot be found"):
            await store.check()
        path.touch()
        with pytest.raises(StoreUnavailableError, match="another file"):
            await store.check()


@pytest.mark.parametrize("name", ["file/spool.db", "folder", "/proc/umschlag/spool.db"])
async def test_a_place_that_is_none_is_named(tmp_path: Path, name: str) -> None:
    """Below a file, a folder in its place, a file system that takes no files."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreUnavailableError, match="cannot be opened"):
        await SqliteStore(tmp_path / name).open()


@both
async def test_a_file_that_is_lost_is_unavailable_and_comes_back(tmp_path: Path, port: str) -> None:
    """Connections that were not yet made say that it cannot be opened; no empty file is made in its place."""
    path, elsewhere = tmp_path / "spool.db", tmp_path / "elsewhere.db"
    async with opened(SqliteStore(path, port=PORTS[port]())) as store:
        path.rename(elsewhere)
        for call in (store.put([message()]), store.listing(Listing()), store.truncate_log()):
            with pytest.raises(StoreUnavailableError, match="SQLITE_CANTOPEN"):
                await call
        assert not path.exists()
        elsewhere.rename(path)
        await store.put([message()])
        assert await store.truncate_log()
        assert 1 == len(await store.listing(Listing()))  # noqa: SIM300 (expected first)


@both
async def test_a_lost_table_is_told_and_the_rest_goes_on(tmp_path: Path, port: str) -> None:
    """A statement that cannot be right fails alone, for writers and readers."""
    path = tmp_path / "spool.db"
    async with opened(SqliteStore(path, port=PORTS[port]())) as store:
        with closing(sqlite3.connect(path)) as database:
            database.execute("DROP TABLE usage")
        with pytest.raises(sqlite3.OperationalError):
            await store.purge_usage("2027-01", 1)
        with pytest.raises(StoreUnavailableError, match="SQLITE_ERROR"):
            await store.usage("2027-01")
        await store.put([message()])


@both
async def test_a_row_that_breaks_a_rule_is_no_taken_id(tmp_path: Path, port: str) -> None:
    """A bug of the caller shows as what it is."""
    async with opened(SqliteStore(tmp_path / "spool.db", port=PORTS[port]())) as store:
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            await store.put([message(id="00")])


async def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    """It is left as it is."""
    path = tmp_path / "spool.db"
    path.write_bytes(b"a letter to a friend, not a database\n" * 200)
    with pytest.raises(StoreUnavailableError, match="SQLITE_NOTADB"):
        await SqliteStore(path).open()
    assert path.read_bytes().startswith(b"a letter")
