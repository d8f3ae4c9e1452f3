"""The retention engine takes orders to erase whose time is over, should nobody else have done so."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.privacy.classes import ERASURES
from gateway.settings import RetentionSection
from tests.unit.retention_room import DAY, NOW, Room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Return an open, empty room."""
    room = Room(tmp_path)
    await room.open()
    yield room
    await room.engine.stop()
    await room.store.close()


async def test_orders_live_fifteen_days(room: Room) -> None:
    """A second before they are still there; afterwards their age is that of the oldest that is left."""
    await room.store.order_erasure("texts", "ref-1", NOW, NOW)
    await room.store.order_erasure("texts", "ref-2", NOW + 9, NOW)
    room.now = NOW + 15 * DAY - 1
    await room.engine.run_once()
    assert (await room.store.waiting_erasures(), room.state("erasures")[0]) == (2, 15 * DAY - 1)
    room.now += 1
    await room.engine.run_once()
    assert (await room.store.waiting_erasures(), room.state("erasures")) == (1, (15 * DAY - 9, 1, False))
    assert ("purged", "erasures", 1) in room.events()


def test_orders_do_not_outlive_what_is_known_of_messages() -> None:
    """Where metadata lives shorter, so do they."""
    assert ERASURES.lifetime(RetentionSection()) == timedelta(days=15)
    assert ERASURES.lifetime(RetentionSection(metadata=timedelta(days=3))) == timedelta(days=3)
