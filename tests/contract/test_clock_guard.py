"""A clock that is wrong destroys nothing, and keeps nothing for longer in silence."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.logs import Log
from gateway.metrics import Metrics
from gateway.privacy.clock_guard import ClockGuard
from gateway.privacy.retention import Retention
from gateway.settings import Settings
from gateway.spool.keyring import DirKeyring, KeyringError
from gateway.spool.open import open_store
from gateway.spool.store import Store
from tests.contract.spool_rooms import DAY, HOUR, NOW, message


@dataclass(slots=True)
class Room:
    """A spool and a keyring that was used just now, and an engine that purges by a clock that can be set."""

    store: Store
    keyring: DirKeyring
    log: io.StringIO
    now: int = NOW

    def guard(self) -> ClockGuard:
        """Return a guard as a process has one that starts now."""
        return ClockGuard(self.store, self.keyring, Log(self.log))

    def engine(self, guard: ClockGuard) -> Retention:
        """Return an engine with a guard."""
        log = Log(io.StringIO())
        return Retention(
            Settings(),
            self.store,
            self.keyring,
            metrics=Metrics(),
            log=log,
            clock=lambda: self.now,
            may_purge=guard.may_purge,
        )


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Give a room whose keyring has the keys of this hour and the next."""
    keyring = DirKeyring(tmp_path / "keys")
    keyring.open()
    keyring.prepare(NOW)
    store = await open_store(f"sqlite:///{tmp_path}/spool.db", base=tmp_path)
    room = Room(store, keyring, io.StringIO())
    await room.guard().start(NOW)
    yield room
    await store.close()


@pytest.mark.parametrize("ahead", [3 * DAY, 40 * DAY])
async def test_a_jump_forwards_destroys_nothing_that_waits(room: Room, ahead: int) -> None:
    """No key and no row; nothing is sealed by such a clock. When it is put right everything goes on."""
    await room.store.put([message()])
    engine = room.engine(room.guard())
    epochs = room.keyring.epochs()
    room.now += ahead
    for _ in range(2):
        await engine.run_once()
        assert (room.keyring.epochs(), len(await room.store.queue_depths())) == (epochs, 1)
        with pytest.raises(KeyringError, match=r"days ahead of .*umschlag keys clock --accept"):
            room.keyring.current_content_key(room.now)
    assert "content" in engine.overdue()
    assert room.log.getvalue().count("clock_refused") == 1
    room.now = NOW + HOUR
    await engine.run_once()
    assert engine.overdue() == []
    assert room.keyring.current_content_key(room.now)[0] == NOW + HOUR


async def test_a_jump_forwards_that_is_accepted_is_followed(room: Room) -> None:
    """By a process that runs, too: what should be dead by it is."""
    await room.store.put([message()])
    engine = room.engine(room.guard())
    room.now += 3 * DAY
    await engine.run_once()
    room.keyring.note_used(room.now)
    await engine.run_once()
    assert (NOW in room.keyring.epochs(), engine.overdue()) == (False, [])


async def test_some_days_without_a_gateway_are_no_mistake(room: Room) -> None:
    """Where nothing waits that could be lost; a month is asked about all the same."""
    await room.guard().start(NOW + 3 * DAY)
    assert room.keyring.clock(0).last_used == NOW + 3 * DAY
    with pytest.raises(KeyringError, match="40 days ahead of"):
        await room.guard().start(NOW + 43 * DAY)


async def test_a_start_after_days_with_messages_is_refused(room: Room) -> None:
    """They would be lost if the clock is wrong: a person decides."""
    await room.store.put([message()])
    with pytest.raises(KeyringError, match="3 days ahead of"):
        await room.guard().start(NOW + 3 * DAY)
    await room.store.close()
    with pytest.raises(KeyringError, match="3 days ahead of"):
        await room.guard().start(NOW + 3 * DAY)


async def test_a_clock_that_is_behind_is_refused(room: Room) -> None:
    """At the start and while it runs: keys would live for longer than was promised."""
    with pytest.raises(KeyringError, match="2 hours behind"):
        await room.guard().start(NOW - 2 * HOUR)
    engine = room.engine(room.guard())
    room.now -= 2 * HOUR
    await engine.run_once()
    with pytest.raises(KeyringError, match="2 hours behind"):
        room.keyring.check(room.now)


async def test_rows_are_purged_while_the_keyring_is_away(room: Room, tmp_path: Path) -> None:
    """By the clock as it was known before."""
    guard = room.guard()
    assert await guard.may_purge(NOW + 60)
    (tmp_path / "keys" / "clock").write_text("S3NT", encoding="ascii")
    assert await guard.may_purge(NOW + 120)
    assert not await guard.may_purge(NOW + 40 * DAY)
    assert "S3NT" not in room.log.getvalue()


async def test_the_time_of_the_last_use_is_kept_up(room: Room) -> None:
    """Every half minute, and never to a time that is not believed."""
    guard = room.guard()
    for seconds, expected in ((10, 0), (30, 30), (45, 30), (90, 90), (-9000, 90), (100, 90)):
        await guard.may_purge(NOW + seconds)
        assert room.keyring.clock(0).last_used == NOW + expected
