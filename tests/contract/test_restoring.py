"""Copies of the spool: which ones are recognised when they are put back, and which are not."""

import io
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.core.state import State
from gateway.delivery.restoring import Restoring
from gateway.logs import Log
from gateway.spool.keyring import DirKeyring
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import AttemptEnd
from tests.contract.spool_rooms import ME, NOW, ended, leased_ids, opened, state_of, stored


@dataclass
class Machine:
    """A folder with a spool and a keyring; time is what the test does."""

    folder: Path
    lines: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        """Open the keyring."""
        self.spool = self.folder / "spool.db"
        self.keyring = DirKeyring(self.folder / "keys")
        self.keyring.open()

    def restoring(self, store: SqliteStore) -> Restoring:
        """Return the part under test; its own clock is not started."""
        return Restoring(store, self.keyring, Log(self.lines))

    def copy(self) -> Path:
        """Copy the spool as it is, beside whoever writes."""
        copy = self.folder / "copy.db"
        with closing(sqlite3.connect(self.spool)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return copy

    def put_back(self, copy: Path) -> None:
        """Put a copy in the spool's place."""
        for path in self.folder.glob("spool.db*"):
            path.unlink()
        copy.replace(self.spool)

    @property
    def restored(self) -> int:
        """How often a copy was recognised."""
        return self.lines.getvalue().count('"restored"')


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return an empty machine."""
    return Machine(tmp_path)


async def send(store: SqliteStore, message_id: str) -> None:
    """Hand a message over."""
    assert await ended(store, message_id, AttemptEnd(State.SENT))


async def test_any_copy_from_before_a_stop_is_recognised(machine: Machine) -> None:
    """However soon it was made before: what was handed over in between is not handed over again."""
    async with opened(SqliteStore(machine.spool)) as store:
        part = machine.restoring(store)
        await part.start()
        message_id = await stored(store, owner=ME)
        copy = machine.copy()
        await send(store, message_id)
        await part.stop()
    machine.put_back(copy)
    async with opened(SqliteStore(machine.spool)) as store:
        part = machine.restoring(store)
        await part.start()
        await part.stop()
        assert (machine.restored, await state_of(store, message_id)) == (1, State.IN_DOUBT)


async def test_a_copy_from_before_a_look_is_recognised_after_a_crash(machine: Machine) -> None:
    """Each second something was written in begins a generation."""
    async with opened(SqliteStore(machine.spool)) as store:
        part = machine.restoring(store)
        await part.look()
        message_id = await stored(store, owner=ME)
        copy = machine.copy()
        await send(store, message_id)
        await part.look()
    machine.put_back(copy)
    async with opened(SqliteStore(machine.spool)) as store:
        await machine.restoring(store).look()
        assert (machine.restored, await state_of(store, message_id)) == (1, State.IN_DOUBT)


async def test_a_copy_that_knows_everything_is_no_copy(machine: Machine) -> None:
    """One that was made after the stop is the spool itself."""
    async with opened(SqliteStore(machine.spool)) as store:
        part = machine.restoring(store)
        await part.start()
        message_id = await stored(store)
        await part.stop()
    machine.put_back(machine.copy())
    async with opened(SqliteStore(machine.spool)) as store:
        part = machine.restoring(store)
        await part.start()
        await part.stop()
        assert (machine.restored, await state_of(store, message_id)) == (0, State.QUEUED)


async def test_a_crash_is_no_copy(machine: Machine) -> None:
    """Neither between two generations, nor between the spool and the keyring."""
    async with opened(SqliteStore(machine.spool)) as store:
        await machine.restoring(store).look()
        await stored(store)
    known = machine.keyring.generation()
    async with opened(SqliteStore(machine.spool)) as store:
        await store.raise_generation(known, 1)
    async with opened(SqliteStore(machine.spool)) as store:
        await machine.restoring(store).look()
        assert (machine.restored, machine.keyring.generation()) == (0, known + 2)


async def test_nothing_is_written_while_nothing_happens(machine: Machine) -> None:
    """No generation begins for its own sake, nor for a look for what is due; a change in the meantime makes one."""
    async with opened(SqliteStore(machine.spool)) as store:
        part = machine.restoring(store)
        found = []
        for count in (0, 0, 1, 0):
            for _ in range(count):
                await stored(store, due_at=NOW + 9)
            await leased_ids(store)
            await store.expire(NOW, 9)
            await part.look()
            found.append(machine.keyring.generation())
    first = found[0]
    assert found == [first, first, first + 1, first + 1]


async def test_a_keyring_that_is_away_does_not_keep_a_stop(machine: Machine) -> None:
    """It is told, and the spool is as after a crash."""
    async with opened(SqliteStore(machine.spool)) as store:
        part = machine.restoring(store)
        await part.start()
        (machine.folder / "keys" / "generation").unlink()
        (machine.folder / "keys" / "generation").mkdir()
        await part.stop()
    assert "task_failed" in machine.lines.getvalue()
