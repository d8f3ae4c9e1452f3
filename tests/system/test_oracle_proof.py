"""The oracle's proof: a gateway that leaks on purpose is caught in every place with every mark."""

import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.capture_http import HttpCapture
from tests.fakes.configuration import Tables
from tests.fakes.gateway import Gateway
from tests.oracle import sinks
from tests.oracle.marks import AT_PROVIDER, IN_RECORDS, Kind
from tests.oracle.room import Room
from tests.oracle.searcher import Finding, search
from tests.oracle.sinks import CONSOLE_PATHS, PUBLIC_PATHS

LEAKY = (sys.executable, "-m", "tests.oracle.leaky", "serve")
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def vendor() -> AsyncIterator[HttpCapture]:
    """A provider that accepts."""
    async with HttpCapture() as capture:
        yield capture


@pytest.fixture
async def room(vendor: HttpCapture, tmp_path: Path) -> AsyncIterator[Room]:
    """The gateway that leaks."""
    seven = {"type": "seven", "base_url": vendor.url, "api_key": "made-up", "allow_private_network": True}
    tables: Tables = {"providers": {"seven": seven}, "routes": {"sms": ["seven"]}}
    gateway = Gateway(tmp_path, tables, command=LEAKY, environment={"PYTHONPATH": str(ROOT)})
    yield await Room.open(gateway, seed=23)
    await gateway.kill()


def _by_sink(findings: list[Finding]) -> dict[str, set[str]]:
    found = defaultdict(set)
    for finding in findings:
        found[finding.sink].add(finding.where)
    return found


async def test_every_mark_is_caught_in_every_place(room: Room, vendor: HttpCapture) -> None:
    """Each mark of a message is found in each place that it was leaked into, in whatever form."""
    message = await room.sms(room.mint.phone("number"))
    await room.gateway.settled(message, room.client.key, at=["sent"])
    found = _by_sink(search(await sinks.of(room.gateway, [vendor]), room.mint.marks))
    said = {mark.where for mark in room.mint.marks if mark.kind is not Kind.CLIENT}
    granted = {mark.where for mark in room.mint.marks if mark.kind in AT_PROVIDER & IN_RECORDS}
    everywhere = {"file stdout", "file stderr", "file home/gateway.log", "file home/keys/leak", "file tmp/leak"}
    everywhere |= {"process deleted file", "answer 0 (202)", *(f"admin {path}" for path in PUBLIC_PATHS)}
    assert {place: missing for place in everywhere if (missing := said - found[place])} == {}
    records = {f"admin {path}" for path in CONSOLE_PATHS}
    assert {place: missing for place in records if (missing := said - granted - found[place])} == {}
    assert said - granted == found["file home/data/spool.db"] | found["file home/data/spool.db-wal"]
    ambient = {mark.where for mark in room.mint.marks if mark.kind is Kind.AMBIENT}
    assert ambient == found[f"provider at {vendor.port}"]
