"""The leak oracle over the real process: every outcome, every malformed request; no mark comes out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.configuration import merged
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import request
from tests.oracle import malformed, sinks
from tests.oracle.marks import AT_PROVIDER
from tests.oracle.room import LOUD, Room, hear_out
from tests.oracle.searcher import present, search
from tests.oracle.vendors import Vendor, tables, vendors


@pytest.fixture
async def matrix() -> AsyncIterator[list[Vendor]]:
    """One provider for every way in which a hand-over can end."""
    async with vendors() as found:
        yield found


@pytest.fixture
async def room(matrix: list[Vendor], tmp_path: Path) -> AsyncIterator[Room]:
    """A gateway in front of all of them, with the log at its most talkative."""
    gateway = Gateway(tmp_path, merged(LOUD, tables(matrix)))
    yield await Room.open(gateway, seed=17)
    await gateway.kill()


async def test_no_outcome_leaks(room: Room, matrix: list[Vendor]) -> None:
    """Whatever a provider does, marks are in its requests alone, and only those of documented fields."""
    states = await asyncio.gather(*(room.outcome(vendor) for vendor in matrix))
    wrong = {vendor.name: state for vendor, state in zip(matrix, states, strict=True) if state not in vendor.states}
    assert wrong == {}
    captures = [vendor.capture for vendor in matrix]
    assert search(await sinks.of(room.gateway, captures), room.mint.marks) == []
    assert search(await sinks.command_sinks(room.gateway), room.mint.marks) == []
    assert await room.gateway.terminate() == 0
    assert search(sinks.at_rest(room.gateway), room.mint.marks) == []


async def test_the_documented_fields_do_arrive(room: Room, matrix: list[Vendor]) -> None:
    """The search is not clean because nothing was sent: every mark of a documented field is at the provider."""
    by_name = {vendor.name: vendor for vendor in matrix}
    chosen = [by_name[name] for name in ("web-accepts", "mail-accepts")]
    assert [await room.outcome(vendor) for vendor in chosen] == ["sent", "sent"]
    collected = sinks.capture_sinks(vendor.capture for vendor in chosen)
    arrived = {where for sink in collected for where in present(sink, room.mint.marks)}
    assert {mark.where for mark in room.mint.marks if mark.kind in AT_PROVIDER} == arrived


async def test_no_malformed_request_leaks(room: Room) -> None:
    """What is refused is refused without a word of it in the answer, the log, the spool or anywhere else."""
    key, mint, gateway = room.client.key, room.mint, room.gateway
    refused = [request("POST", "/v1/sms", body=body, key=key) for body in malformed.bodies(mint)]
    refused += [request("POST", "/v1/email", body=body, key=key) for body in malformed.mails(mint)]
    for said in [*refused, *malformed.heads(mint, key)]:
        reply = await gateway.ask(said)
        assert 400 <= reply.status < 500, (said[:300], reply)
    for said in malformed.not_http(mint, key):
        gateway.answers.append(await hear_out(gateway.http_port, said))
    for said in malformed.admin_requests(mint):
        gateway.answers.append(await hear_out(gateway.admin_port, said))
    assert search(await sinks.of(gateway, []), mint.marks) == []
