"""Whether there is room: how often what waits is counted, over the real spool and a clock that a test turns."""

import io
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
