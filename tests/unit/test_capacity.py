"""Whether there is room: how often what waits is counted, over the real spool and a clock that a test turns."""

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.intake.capacity import Capacity
from gateway.logs import Log
from gateway.settings import SpoolSection
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import QueueDepth


class SlowCount:
    """The real spool, whose count takes `seconds` on the clock that it turns."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.seconds = 0.0
        self.now = 0.0
        self.counts = 0
        self.stalled = 0.0

    async def stalled_seconds(self) -> float:
        """Tell what a test wants told."""
        return self.stalled

    async def queue_depths(self) -> list[QueueDepth]:
        """Count."""
        self.counts += 1
        self.now += self.seconds
        return list(await self.store.queue_depths())


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[SlowCount]:
    """Return an empty spool."""
    store = SqliteStore(tmp_path / "spool.db")
    await store.open()
    yield SlowCount(store)
    await store.close()


def capacity_of(spool: SlowCount, most: int = 10) -> Capacity:
    """Return what watches a spool for so many messages."""
    bounds = SpoolSection(url="sqlite:///spool.db", max_messages=most)
    return Capacity(spool, bounds, None, Log(io.StringIO()), clock=lambda: spool.now)  # type: ignore[arg-type] # it asks no more


async def test_a_quick_count_is_made_each_time(spool: SlowCount) -> None:
    """What costs nothing is done at each look."""
    capacity = capacity_of(spool)
    for _ in range(3):
        spool.now += 1
        await capacity.glance()
    assert spool.counts == 3


async def test_a_slow_count_is_made_seldom(spool: SlowCount) -> None:
    """A count that took a tenth of a second is made again after ten."""
    spool.seconds = 0.1
    capacity = capacity_of(spool)
    await capacity.look()
    for _ in range(9):
        spool.now += 1
        await capacity.glance()
    assert spool.counts == 1
    spool.now += 1.1
    await capacity.glance()
    assert spool.counts == 2


async def test_who_seems_full_counts_sooner(spool: SlowCount) -> None:
    """What was put since may have left again: that is found out within a second or so."""
    spool.seconds = 0.1
    capacity = capacity_of(spool)
    await capacity.look()
    capacity.count_put(10)
    assert not capacity.has_room()
    spool.now += 1.1
    await capacity.glance()
    assert (spool.counts, capacity.has_room()) == (2, True)


async def test_a_disk_that_hangs_is_told_until_it_answers(spool: SlowCount) -> None:
    """A write that takes seconds keeps newcomers out; the next look after it lets them in."""
    log = io.StringIO()
    bounds = SpoolSection(url="sqlite:///spool.db")
    capacity = Capacity(spool, bounds, None, Log(log), clock=lambda: spool.now)  # type: ignore[arg-type] # as above
    seen = []
    for spool.stalled in (2.0, 4.0, 5.0, 0.0):
        await capacity.glance()
        seen.append(capacity.is_stalled)
    assert seen == [False, True, True, False]
    assert [json.loads(line)["event"] for line in log.getvalue().splitlines()] == ["spool_stalled", "spool_recovered"]
