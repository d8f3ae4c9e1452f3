"""What the retention engine tells of its classes: the last purge, the next key to die, and a log that cannot be cut."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.privacy.key_ends import KeyEnd
from gateway.privacy.retention import ClassState
from gateway.settings import RetentionSection, Settings
from tests.unit.retention_room import DAY, HOUR, MINUTE, NOW, Room

JANUARY, FEBRUARY = 1_798_761_600, 1_801_440_000


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Return an open, empty room that keeps what is scheduled for up to 30 days."""
    room = Room(tmp_path, Settings(retention=RetentionSection.model_validate({"scheduled": "30d"})))
    await room.open()
    yield room
    await room.store.close()


def told(room: Room, name: str) -> ClassState:
    """Return what is told of a class."""
    [found] = [state for state in room.engine.states() if state.name == name]
    return found


async def test_before_the_first_run_there_was_no_purge(room: Room) -> None:
    """Neither in this process nor in the spool."""
    assert {state.purged_at for state in room.engine.states()} == {None}
    assert await room.store.purged_at() == {}


async def test_the_last_purge_is_told_and_kept(room: Room) -> None:
    """In the spool, for other processes; what has no end is never purged."""
    await room.engine.run_once()
    purged_at = {state.name: state.purged_at for state in room.engine.states()}
    assert purged_at.pop("standings") is None
    assert set(purged_at.values()) == {NOW}
    assert await room.store.purged_at() == purged_at


async def test_it_is_kept_once_a_minute(room: Room) -> None:
    """Runs can follow each other within seconds; a clock that was set back is no reason to keep nothing."""
    kept = []
    for at in (NOW, NOW + 59, NOW + 60, NOW + 10):
        room.now = at
        await room.engine.run_once()
        kept.append((await room.store.purged_at())["content"])
    assert kept == [NOW, NOW, NOW + 60, NOW + 10]


async def test_a_run_that_fails_is_no_purge(room: Room) -> None:
    """Nor is one that leaves what is due: a key that cannot be destroyed, for example."""
    await room.engine.run_once()
    held = room.folder / "keys" / "content" / f"{NOW}.key"
    held.unlink()
    held.mkdir()
    with closing(sqlite3.connect(room.folder / "spool" / "spool.db")) as database:
        database.execute("DROP TABLE usage")
    room.now = NOW + 49 * HOUR
    await room.engine.run_once()
    assert [told(room, name).purged_at for name in ("content", "usage", "metadata")] == [NOW, NOW, room.now]


async def test_the_next_keys_to_die_are_told(room: Room) -> None:
    """An hour's dies with its content; a month's when the last rows of its month are gone; others have none."""
    room.keyring.tag_key(JANUARY)
    room.keyring.tag_key(FEBRUARY)
    await room.put(at=NOW + 10 * DAY)
    await room.engine.run_once()
    keys = {state.name: state.next_key for state in room.engine.states() if state.next_key}
    assert keys == {
        "content": KeyEnd(NOW, NOW + 2 * DAY),
        "scheduled": KeyEnd(NOW + 10 * DAY, NOW + 12 * DAY),
        "metadata": KeyEnd(JANUARY, FEBRUARY + 90 * DAY),
    }


async def test_what_is_told_of_a_key_is_when_it_dies(room: Room) -> None:
    """A second before it is there, then the next one is told."""
    room.keyring.tag_key(JANUARY)
    await room.engine.run_once()
    ends = [told(room, name).next_key for name in ("content", "metadata")]
    for end, count in zip(ends, (room.keyring.epochs, room.keyring.tag_months), strict=True):
        assert end is not None
        room.now = end.destroyed_at - 1
        await room.engine.run_once()
        assert end.began_at in count()
        room.now += 1
        await room.engine.run_once()
        assert end.began_at not in count()


async def test_what_is_scheduled_is_told_where_it_is_declared(room: Room) -> None:
    """As old as its acceptance; without the setting there is no such class."""
    await room.put(at=NOW + 10 * DAY)
    room.now = NOW + 10 * DAY - HOUR
    await room.engine.run_once()
    assert told(room, "scheduled").keeps.days == 32
    assert told(room, "scheduled").oldest_seconds == 0
    room.engine.configure(Settings())
    assert "scheduled" not in [state.name for state in room.engine.states()]


async def test_a_log_that_cannot_be_cut_is_told(room: Room) -> None:
    """At once as a metric and an event, after five runs by readiness; until the reader has gone."""
    await room.put()
    with closing(sqlite3.connect(room.folder / "spool" / "spool.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM messages").fetchone()
        await room.put(at=NOW + 1)
        await room.engine.run_once()
        assert (blocked(room), room.engine.cannot_cut()) == (1, False)
        assert [event for event, *_ in room.events()] == ["checkpoint_blocked"]
        room.now += 5 * MINUTE - 1
        assert not room.engine.cannot_cut()
        room.now += 1
        assert room.engine.cannot_cut()
        reader.execute("COMMIT")
    await room.engine.run_once()
    assert (blocked(room), room.engine.cannot_cut()) == (0, False)


async def test_a_cut_that_fails_is_told(room: Room) -> None:
    """As one that was blocked, and as a failure."""
    await room.store.close()
    await room.engine.run_once()
    assert (blocked(room), room.events()[-1]) == (1, ("retention_failed", "content", None))


def blocked(room: Room) -> float | None:
    """Return the metric."""
    return room.metrics.registry.get_sample_value("umschlag_checkpoint_blocked")
