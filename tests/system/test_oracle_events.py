"""The leak oracle over events: what a client's program is told, and what it answers."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.fakes.capture_http import HttpCapture, Raw, Taken, reply
from tests.fakes.configuration import Tables, merged
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import request
from tests.oracle import sinks
from tests.oracle.marks import Kind
from tests.oracle.room import LOUD, Room
from tests.oracle.searcher import Sink, search


@pytest.fixture
async def captures() -> AsyncIterator[tuple[HttpCapture, HttpCapture]]:
    """A provider that accepts, and a client's program that takes events."""
    async with HttpCapture() as vendor, HttpCapture(reply(204)) as program:
        yield vendor, program


@pytest.fixture
async def room(captures: tuple[HttpCapture, HttpCapture], tmp_path: Path) -> AsyncIterator[Room]:
    """A gateway between both, with the log at its most talkative."""
    seven = {"type": "seven", "base_url": captures[0].url, "api_key": "made-up", "allow_private_network": True}
    tables: Tables = {
        "providers": {"seven": seven},
        "routes": {"sms": ["seven"]},
        "events": {"allow_private_network": True},
    }
    gateway = Gateway(tmp_path, merged(LOUD, tables))
    yield await Room.open(gateway, seed=43)
    await gateway.kill()


async def webhook(room: Room, program: HttpCapture) -> str:
    """Set the client's webhook, whose path is a mark of the operator's records, and return its secret."""
    url = f"{program.url}/{room.mint.client('webhook-path')}"
    done = await room.gateway.call("clients", "webhook", "set", room.client.name, url, "--json")
    secret = str(json.loads(done.stdout)["secret"])
    room.mint.known("webhook-secret", secret.removeprefix("whsec_"), Kind.AMBIENT)
    return secret


def told(program: HttpCapture) -> list[Sink]:
    """Return all that came to the client's program, which knows its own path."""
    return [Sink("client's program", taken.raw, frozenset({Kind.CLIENT})) for taken in program.taken]


def answering(room: Room, status: int) -> Raw:
    """Return an answer that is full of marks."""
    headers = {
        "X-Told": room.mint.ambient(f"told-header-{status}"),
        "Retry-After": room.mint.ambient(f"after-{status}"),
    }
    return reply(status, room.mint.ambient(f"told-body-{status}").encode(), headers=headers)


async def another_notice(room: Room) -> str:
    """Let a reload bring another notice into force, and return its version."""
    path = room.gateway.configuration
    assert path is not None
    path.write_text(path.read_text(encoding="utf-8") + '\n[controller]\nname = "Praxis"\n', encoding="utf-8")
    await room.gateway.logged("reloaded")
    told = (await room.gateway.ask(request("GET", "/v1/privacy"))).json()
    return str(told["version"])


async def heard(program: HttpCapture, kind: str) -> Taken:
    """Return the first event of a type; others may come before it, in any order."""
    for count in range(1, 20):
        taken = (await program.wait_for(count))[count - 1]
        if json.loads(taken.body)["type"] == kind:
            return taken
    raise AssertionError("never told")


def fields(taken: Taken) -> dict[str, str]:
    """Return the header fields of a request."""
    lines = (line.partition(":") for line in taken.head.decode("ascii").split("\r\n")[1:] if line)
    return {name.lower(): value.strip() for name, _, value in lines}


async def test_events_tell_nothing_of_the_message(room: Room, captures: tuple[HttpCapture, HttpCapture]) -> None:
    """Neither its fields nor what came along nor its client's name are in an event; its answers are nowhere.

    Nor is anything of anybody in what is told of another notice.
    """
    vendor, program = captures
    secret = await webhook(room, program)
    program.answer = answering(room, 200)
    number = await room.sms(room.mint.phone("number-one", "+491521"))
    [first] = await program.wait_for(1)
    event = Webhook(secret).verify(first.body, fields(first))
    assert (event["type"], event["data"]["id"]) == ("message.sent", number)
    program.answer = answering(room, 500)
    await room.sms(room.mint.phone("number-two", "+491522"))
    await program.wait_for(2)
    await room.gateway.logged("event_failed")
    await room.gateway.call("clients", "webhook", "test", room.client.name)
    await program.wait_for(3)
    program.answer = answering(room, 200)
    # Taken: what was wrong before is over, and the next event is told at once.
    await room.gateway.call("clients", "webhook", "test", room.client.name)
    version = await another_notice(room)
    last = await heard(program, "privacy.changed")
    notice = Webhook(secret).verify(last.body, fields(last))
    assert notice["data"]["version"] == version
    assert set(notice["data"]) == {"version", "since", "path"}
    found = [*await sinks.of(room.gateway, [vendor]), *told(program), *await sinks.command_sinks(room.gateway)]
    assert search(found, room.mint.marks) == []
    assert await room.gateway.terminate() == 0
    assert search(sinks.at_rest(room.gateway), room.mint.marks) == []
