"""The retention engine: what is due is destroyed, what is not stays, and what could not be destroyed is overdue."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from gateway.core.state import State
from gateway.logs import open_log
from gateway.privacy.retention import Retention
from gateway.privacy.steps import LARGEST
from gateway.settings import LogSection, RetentionSection, Settings
from gateway.spool.store import Listing
from tests.unit.retention_room import DAY, HOUR, MINUTE, NOW, Room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Return an open, empty room."""
    room = Room(tmp_path)
    await room.open()
    yield room
    await room.engine.stop()
    await room.store.close()


async def states_of(room: Room) -> list[State]:
    """Return the states of all messages, newest first."""
    return [status.state for status in await room.store.listing(Listing(limit=100))]


async def test_content_lives_two_days(room: Room) -> None:
    """At the start of its epoch plus 48 hours key and content are destroyed, a second before they are not."""
    await room.put(3, at=NOW + 10)
    room.now = NOW + 48 * HOUR - 1
    await room.engine.run_once()
    assert await states_of(room) == [State.QUEUED] * 3
    assert NOW in room.keyring.epochs()
    room.now += 1
    await room.engine.run_once()
    assert await states_of(room) == [State.EXPIRED] * 3
    assert NOW not in room.keyring.epochs()
    assert room.state("content") == (None, 3, False)
    assert room.events() == [("keys_destroyed", "content", 1), ("purged", "content", 3)]
    expired = {"channel": "sms", "status": "expired"}
    assert room.metrics.registry.get_sample_value("umschlag_messages_finished_total", expired) == 3.0


async def test_keys_are_made_ahead(room: Room) -> None:
    """After a run those of this epoch and the next are there."""
    await room.engine.run_once()
    assert room.keyring.epochs() == [NOW, NOW + HOUR]


async def test_a_large_purge_goes_in_steps(room: Room) -> None:
    """More than one transaction's rows are all purged in one run."""
    await room.put(2 * LARGEST + 1)
    room.now = NOW + 48 * HOUR
    await room.engine.run_once()
    assert 2 * LARGEST + 1 == room.state("content")[1]  # noqa: SIM300 (expected first)


async def test_rows_live_ninety_days(room: Room) -> None:
    """From acceptance on; then the message is not known any more."""
    await room.send()
    room.now = NOW + 90 * DAY
    await room.engine.run_once()
    assert room.state("metadata") == (90 * DAY, 0, False)
    room.now += 1
    await room.engine.run_once()
    assert (await states_of(room), room.state("metadata")) == ([], (None, 1, False))


async def test_counts_live_ten_years(room: Room) -> None:
    """From the end of their month on; their age until then is nothing."""
    await room.send()
    await room.engine.run_once()
    assert room.state("usage") == (0, 0, False)
    ten_years = int(3652.5 * DAY)
    room.now = 1_801_440_000 + ten_years - 1
    await room.engine.run_once()
    assert room.state("usage") == (ten_years - 1, 0, False)
    room.now += 1
    await room.engine.run_once()
    assert (room.state("usage"), await room.store.usage("2027-01")) == ((None, 1, False), [])


async def test_keys_of_tags_live_as_long_as_the_rows(room: Room) -> None:
    """A month's key goes when rows of its last second have gone."""
    january, february = 1_798_761_600, 1_801_440_000
    key = room.keyring.tag_key(january)
    room.now = february + 90 * DAY - 1
    await room.engine.run_once()
    assert key == room.keyring.tag_key(january)
    room.now += 1
    await room.engine.run_once()
    assert key != room.keyring.tag_key(january)


@pytest.mark.parametrize("retention", [{"logs": "10d"}, {"logs": "90d", "metadata": "10d"}])
async def test_log_files_are_deleted_by_age(tmp_path: Path, retention: dict[str, str]) -> None:
    """Files older than `logs`, and than `metadata`, go; the one in use is turned over and stays, as others' do."""
    path = tmp_path / "log" / "umschlag.log"
    settings = Settings(log=LogSection(path=path), retention=RetentionSection.model_validate(retention))
    room = Room(tmp_path, settings)
    await room.open()
    log = open_log(settings.log, clock=lambda: room.now)
    engine = Retention(
        settings, room.store, room.keyring, metrics=room.metrics, log=log, clock=lambda: room.now
    )  # fmt: skip
    days = ["2027-01-04", "2027-01-05", "2027-01-06"]  # NOW is on the 15th, at 8 o'clock
    for day in days:
        path.with_name(f"umschlag.log.{day}").touch()
    path.with_name("umschlag.log.old").touch()
    await engine.run_once()
    left = sorted(file.name for file in path.parent.iterdir())
    assert left == ["umschlag.log", "umschlag.log.2027-01-06", "umschlag.log.old"]
    [state] = [state for state in engine.states() if state.name == "logs"]
    assert (state.oldest_seconds, state.purged) == (9 * DAY + 8 * HOUR, 2)
    await room.store.close()


async def test_what_cannot_be_destroyed_is_overdue(room: Room) -> None:
    """Five runs after it was due, and from then on until it is destroyed; each turn is told once."""
    await room.put()
    await room.engine.run_once()
    room.now = NOW + 48 * HOUR
    held = room.folder / "keys" / "content" / f"{NOW}.key"
    held.unlink()
    held.mkdir()
    await room.engine.run_once()
    assert room.engine.overdue() == []
    room.now += 5 * MINUTE
    assert room.engine.overdue() == ["content"]
    await room.engine.run_once()
    await room.engine.run_once()
    assert room.state("content")[2]
    held.rmdir()
    await room.engine.run_once()
    assert room.engine.overdue() == []
    told = [event for event, *_ in room.events()]
    assert [told.count(event) for event in ("retention_overdue", "retention_kept")] == [1, 1]
    assert ("retention_failed", "content", None) in room.events()


async def test_a_class_that_fails_does_not_keep_the_others(room: Room) -> None:
    """Where the spool is damaged log files and keys still die, and the failure is told by its type alone."""
    await room.put()
    with closing(sqlite3.connect(room.folder / "spool" / "spool.db")) as database:
        database.execute("DROP TABLE usage")
    room.now = NOW + 90 * DAY + 1
    await room.engine.run_once()
    assert ("retention_failed", "usage", None) in room.events()
    assert (await states_of(room), room.state("metadata")[1]) == ([], 1)


async def test_an_engine_that_does_not_run_becomes_overdue(room: Room) -> None:
    """What came in since cannot be known, so a class is overdue a lifetime after the last run."""
    await room.engine.run_once()
    room.now = NOW + 24 * HOUR + 5 * MINUTE - 1
    assert room.engine.overdue() == []
    room.now = NOW + 48 * HOUR + 5 * MINUTE
    assert room.engine.overdue() == ["content", "answers"]
    room.now = NOW + 90 * DAY + 5 * MINUTE
    assert room.engine.overdue() == ["content", "metadata", "answers", "audit", "logs", "erasures"]


async def test_an_engine_that_never_ran_becomes_overdue(room: Room) -> None:
    """Counted from its start."""
    room.now = NOW + 48 * HOUR + 5 * MINUTE
    assert room.engine.overdue() == ["content", "answers"]


async def test_metrics_tell_age_and_delay(room: Room) -> None:
    """A series a class; nothing kept is of no age."""
    await room.put()
    room.now = NOW + 48 * HOUR - 1
    await room.engine.run_once()
    ages = {name: value_of(room.metrics.registry, "oldest_seconds", name) for name in ("content", "metadata")}
    assert ages == {"content": 48 * HOUR - 1, "metadata": 0}
    assert value_of(room.metrics.registry, "overdue", "content") == 0


def value_of(registry: CollectorRegistry, name: str, retention_class: str) -> float | None:
    """Return the value of one series."""
    return registry.get_sample_value(f"umschlag_retention_{name}", {"class": retention_class})


async def test_it_follows_new_lifetimes(room: Room) -> None:
    """From the next run on."""
    await room.send()
    room.now = NOW + 11 * DAY
    room.engine.configure(Settings(retention=RetentionSection.model_validate({"metadata": "10d"})))
    await room.engine.run_once()
    assert await states_of(room) == []


async def test_it_runs_again_and_again(tmp_path: Path) -> None:
    """Faster where a class lives for seconds; what dies after the start is purged without being asked for."""
    room = Room(tmp_path, Settings(retention=RetentionSection.model_validate({"content": "10s"})))
    await room.open()
    await room.put()
    await room.engine.start()
    assert await states_of(room) == [State.QUEUED]
    room.now = NOW + 10
    assert await becomes_expired(room)
    await room.engine.stop()
    await room.engine.stop()
    await room.store.close()


async def becomes_expired(room: Room) -> bool:
    """Wait until the message has expired, twenty seconds at most."""
    for _ in range(1000):
        if await states_of(room) == [State.EXPIRED]:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_keys_are_dead_when_it_has_started(room: Room) -> None:
    """Before anything else can open what a long stop has kept."""
    await room.put()
    room.now = NOW + 48 * HOUR
    await room.engine.start()
    assert NOW not in room.keyring.epochs()


async def test_scheduled_content_lives_as_long_after_its_own_time(room: Room) -> None:
    """Sealed with the key of a later epoch, it dies with that one; until then the spool has nothing old."""
    await room.put(at=NOW + 10 * DAY)
    room.now = NOW + 12 * DAY - 1
    await room.engine.run_once()
    assert await states_of(room) == [State.QUEUED]
    room.now += 1
    await room.engine.run_once()
    assert await states_of(room) == [State.EXPIRED]
