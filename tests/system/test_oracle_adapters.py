"""The leak oracle over adapters of each kind of request: JSON, a form, a query, one that is signed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.capture_http import Cut, HttpCapture, Taken, reply
from tests.fakes.configuration import merged
from tests.fakes.gateway import Gateway
from tests.oracle import sinks
from tests.oracle.marks import AT_PROVIDER
from tests.oracle.room import LOUD, Room
from tests.oracle.searcher import present, search
from tests.oracle.vendors import Vendor

# Type: its settings, and an answer with which it takes a message.
KINDS: Mapping[str, tuple[Mapping[str, Any], tuple[int, bytes]]] = {
    "infobip": (
        {"api_key": "made-up"},
        (200, b'{"messages":[{"messageId":"m","status":{"groupName":"PENDING","id":26}}]}'),
    ),
    "twilio": ({"account_sid": "AC1", "key_sid": "SK1", "secret": "made-up"}, (201, b'{"sid":"SM1"}')),
    "kannel": ({"username": "u", "password": "made-up"}, (202, b"0: Accepted for delivery")),
    "ovh": (
        {"service_name": "s", "application_key": "a", "application_secret": "made-up", "consumer_key": "c"},
        (200, b'{"ids":[1],"invalidReceivers":[]}'),
    ),
}


def _accepts(status: int, body: bytes) -> Any:  # noqa: ANN401 (an answer, or a function of the request)
    return reply(status, body)


def _echoes(taken: Taken) -> Any:  # noqa: ANN401 (an answer)
    return reply(400, taken.raw)


@pytest.fixture
async def matrix() -> AsyncIterator[list[Vendor]]:
    """Of each type one that takes, one that refuses with all that it was told, and one that breaks off."""
    found: list[Vendor] = []
    async with AsyncExitStack() as stack:
        for kind, (_, taking) in KINDS.items():
            for state, answer in (("sent", _accepts(*taking)), ("failed", _echoes), ("in_doubt", Cut())):
                capture = await stack.enter_async_context(HttpCapture(answer))
                beginning = f"+4915{1 + len(found) // 10}{len(found) % 10}"
                found.append(Vendor(f"{kind}-{state}", capture, beginning, frozenset({state})))
        yield found


@pytest.fixture
async def room(matrix: list[Vendor], tmp_path: Path) -> AsyncIterator[Room]:
    """A gateway in front of all of them, with the log at its most talkative."""
    providers = {
        vendor.name: {
            "type": vendor.name.partition("-")[0],
            "base_url": f"http://127.0.0.1:{vendor.capture.port}",
            "allow_private_network": True,
            **KINDS[vendor.name.partition("-")[0]][0],
        }
        for vendor in matrix
    }
    rules = [{"channel": "sms", "prefix": [vendor.selector], "use": [vendor.name]} for vendor in matrix]
    routes = {"sms": [matrix[0].name], "email": [], "rules": rules}
    delivery = {"drain": "1s"}
    gateway = Gateway(tmp_path, merged(LOUD, {"providers": providers, "routes": routes, "delivery": delivery}))
    yield await Room.open(gateway, seed=41)
    await gateway.kill()


async def test_no_kind_of_adapter_leaks(room: Room, matrix: list[Vendor]) -> None:
    """Taken, refused or broken off: providers get the documented fields, and nobody else gets anything."""
    states = await asyncio.gather(*(room.outcome(vendor) for vendor in matrix))
    assert {vendor.name: state for vendor, state in zip(matrix, states, strict=True)} == {
        vendor.name: next(iter(vendor.states)) for vendor in matrix
    }
    captures = [vendor.capture for vendor in matrix]
    assert search(await sinks.of(room.gateway, captures), room.mint.marks) == []
    arrived = {where for sink in sinks.capture_sinks(captures) for where in present(sink, room.mint.marks)}
    assert {mark.where for mark in room.mint.marks if mark.kind in AT_PROVIDER} == arrived
    assert await room.gateway.terminate() == 0
    assert search(sinks.at_rest(room.gateway), room.mint.marks) == []
