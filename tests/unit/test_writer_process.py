"""The writer process as the gateway sees it: what it is started with, what it is asked, and how it ends."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.spool.sqlite import SqliteStore
from gateway.spool.sqlite.kinds import Kind, kind_named, kind_names
from gateway.spool.sqlite.writer_process import WriterProcess, environment
from gateway.spool.store import StoreUnavailableError
from tests.contract.spool_rooms import message, opened

ROOT = Path(__file__).parents[2]


def one(_database: sqlite3.Connection, requests: Sequence[object]) -> Sequence[object]:
    """Answer with what was asked."""
    return requests


def is_there(pid: int) -> bool:
    """Whether there is a process of that number."""
    return Path(f"/proc/{pid}").exists()


def test_kinds_are_found_by_the_function_that_they_run() -> None:
    """Each by one name, in any process that has imported what makes it."""
    names = kind_names()
    assert ("gateway.spool.sqlite.messages.put" in names, "gateway.spool.sqlite.queue.lease" in names) == (True, True)
    assert [*names] == [kind_named(name).name for name in names]


def test_two_kinds_of_one_name_are_refused() -> None:
    """Another process could not tell them apart."""
    Kind(one)
    with pytest.raises(ValueError, match="two kinds of write run"):
        Kind(one)


def test_the_environment_has_no_secrets() -> None:
    """What tells the interpreter where things are, and nothing of the gateway's or the system's own."""
    whole = {"UMSCHLAG_CONFIG": "a", "SEVEN_API_KEY": "b", "PATH": "c", "HOME": "d", "PYTHONPATH": "e"}
    assert environment(whole) == {"PYTHONPATH": "e"}


def test_it_has_no_ciphers() -> None:
    """What it writes was sealed before, and is opened by nobody there; nor does it speak HTTP or read settings."""
    look = "import sys, gateway.spool.sqlite.writer_main; print(*sorted(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    unwanted = {"cryptography", "aiohttp", "pydantic", "phonenumbers", "click", "structlog"}
    assert set() == unwanted & set(ran.stdout.split())


async def test_what_cannot_be_sent_fails_alone(tmp_path: Path) -> None:
    """A bug of one caller is answered, and the others of its transaction are done."""
    put = message()
    broken = message(content=lambda: None)
    async with opened(SqliteStore(tmp_path / "spool.db", port=WriterProcess.start())) as store:
        # Its weight is asked for before it is handed over.
        answers = await asyncio.gather(
            store.put_made(lambda: [broken], weight=1), store.put_made(lambda: [put], weight=1), return_exceptions=True
        )
        assert [TypeError, type(None)] == [type(answer) for answer in answers]
        assert await store.status(put.id) is not None


async def test_its_end_is_missed(tmp_path: Path) -> None:
    """Whoever is to end with it hears of it, whatever was under way."""
    port = WriterProcess.start()
    lost: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
    port.lost = lost.set_result
    store = SqliteStore(tmp_path / "spool.db", port=port)
    await store.open()
    await store.put([message()])
    os.kill(port.pid, signal.SIGKILL)
    async with asyncio.timeout(60):
        assert await lost == -signal.SIGKILL
    await store.close()
    port.abandon()


async def test_it_is_not_missed_when_it_was_closed(tmp_path: Path) -> None:
    """An end in order is none that anybody has to hear of; it is gone then."""
    port = WriterProcess.start()
    lost: list[bool] = []
    port.lost = lambda _status: lost.append(True)
    async with opened(SqliteStore(tmp_path / "spool.db", port=port)) as store:
        await store.put([message()])
    port.abandon()
    assert (lost, is_there(port.pid)) == ([], False)


def test_one_that_was_never_opened_ends() -> None:
    """Where the configuration turns out to be wrong, say."""
    port = WriterProcess.start()
    port.abandon()
    assert not is_there(port.pid)


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_signals_spare_it(which: signal.Signals, tmp_path: Path) -> None:
    """From its first moment: it ends when its gateway has."""
    port = WriterProcess.start()
    os.kill(port.pid, which)
    async with opened(SqliteStore(tmp_path / "spool.db", port=port)) as store:
        os.kill(port.pid, which)
        await store.put([message()])


async def test_it_counts_what_it_changes(tmp_path: Path) -> None:
    """The gateway knows with each answer whether there is a new generation to begin."""
    async with opened(SqliteStore(tmp_path / "spool.db", port=WriterProcess.start())) as store:
        before = store.changes()
        await store.put([message()])
        assert (before, store.changes() > 0) == (0, True)


async def test_a_cut_that_is_asked_for_at_the_end_is_answered(tmp_path: Path) -> None:
    """With what came of it, or that the spool is closed; never not at all."""
    async with opened(SqliteStore(tmp_path / "spool.db", port=WriterProcess.start())) as store:
        await store.put([message()])
        cut = asyncio.create_task(store.truncate_log())
        await asyncio.sleep(0)
    async with asyncio.timeout(60):
        [answer] = await asyncio.gather(cut, return_exceptions=True)
    assert answer is True or isinstance(answer, StoreUnavailableError)
