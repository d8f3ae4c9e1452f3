"""Retention of what proves something: old notices and consents die long after their end; what persons ask for stays."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.message import Channel
from gateway.spool.clients import NewClient
from gateway.spool.consents import Consent
from gateway.spool.subjects import Standing, StoredStanding
from tests.unit.retention_room import DAY, NOW, Room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Return an open, empty room."""
    room = Room(tmp_path)
    await room.open()
    yield room
    await room.engine.stop()
    await room.store.close()


async def test_notices_and_consents_live_three_years(room: Room) -> None:
    """From when they were replaced and withdrawn; the one in force stays."""
    client = await room.store.add_client(NewClient("praxis", frozenset(Channel)), b"digest")
    await room.store.give_consent(client.id, Consent("seven", "b", NOW))
    await room.store.withdraw_consent(client.id, "seven", [], NOW)
    for day, version in enumerate(["a", "b"]):
        await room.store.publish_disclosure(version, "{}", NOW - DAY + day * DAY)
    room.now = NOW + int(3 * 365.25 * DAY)
    await room.engine.run_once()
    assert (room.state("notices")[1:], room.state("consents")[1:]) == ((0, False), (0, False))
    room.now += 1
    await room.engine.run_once()
    assert (room.state("notices"), room.state("consents")) == ((None, 1, False), (None, 1, False))
    assert [each.version for each in await room.store.disclosures()] == ["b"]


async def test_standings_stay(room: Room) -> None:
    """They are looked at and told of, whatever their age, and never overdue."""
    await room.store.put_standing(StoredStanding(b"t" * 16, Standing.OBJECTED, NOW))
    room.now = NOW + int(20 * 365.25 * DAY)
    await room.engine.run_once()
    assert room.state("standings") == (room.now - NOW, 0, False)
    assert len(await room.store.standings()) == 1
