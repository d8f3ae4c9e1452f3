"""Subject rights beside a running gateway: a person is held, kept out and let in again, and nothing tells whom."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.capture_http import HttpCapture
from tests.fakes.configuration import merged
from tests.fakes.gateway import STEP_SECONDS, Gateway
from tests.fakes.http_wire import Reply, ask, request
from tests.fakes.provider_tables import seven
from tests.oracle import sinks
from tests.oracle.room import LOUD, Room
from tests.oracle.searcher import Sink, search


@pytest.fixture
async def room(web: HttpCapture, tmp_path: Path) -> AsyncIterator[Room]:
    """A gateway in front of a provider of SMS, with the log at its most talkative."""
    tables = merged(LOUD, {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}})
    opened = await Room.open(Gateway(tmp_path, tables), seed=41)
    yield opened
    await opened.gateway.kill()


async def command(gateway: Gateway, action: str, address: str) -> Mapping[str, Any]:
    """Run `umschlag subject` and return what it prints; that is searched for marks too."""
    options = () if action == "export" else ("--json",)
    done = await gateway.call("subject", action, *options, stdin=f"{address}\n".encode())
    assert done.code == 0, done
    gateway.answers.append(Reply(200, f"{done.stdout}{done.stderr}".replace("\n", " ").encode(), b""))
    printed: Mapping[str, Any] = json.loads(done.stdout)
    return printed


async def call(gateway: Gateway, action: str, address: str) -> Reply:
    """Ask the same of the admin listener."""
    body = json.dumps({"address": address}).encode()
    key = gateway.admin_token()
    reply = await ask(gateway.admin_port, request("POST", f"/api/subjects/{action}", body=body, key=key))
    gateway.answers.append(reply)
    return reply


async def later(room: Room, number: str) -> str:
    """Submit a message that is due in an hour, and return its id."""
    at = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    members = {"recipient": number, "text": room.mint.content(f"text-{len(room.mint.marks)}")}
    reply = await room.gateway.submit("sms", room.client.key, members, Send_At=at)
    assert reply.status == 202, reply
    return str(reply.json()["id"])


async def sent_now(room: Room, number: str) -> Reply:
    """Submit a message that is due now."""
    members = {"recipient": number, "text": room.mint.content(f"text-{len(room.mint.marks)}")}
    return await room.gateway.submit("sms", room.client.key, members)


async def answered(room: Room, number: str, status: int) -> Reply:
    """Submit messages until one is answered with this status: commands are followed within a second."""
    for _ in range(200):
        reply = await sent_now(room, number)
        if reply.status == status:
            return reply
        await asyncio.sleep(STEP_SECONDS)
    message = f"never answered {status}"
    raise AssertionError(message)


async def test_the_rights_of_a_person_beside_a_running_gateway(room: Room, web: HttpCapture) -> None:
    """By commands and by the admin's JSON; the address and all its forms are at the provider alone."""
    gateway, key = room.gateway, room.client.key
    number, other = room.mint.phone("number"), room.mint.phone("other", "+491513")
    waiting = await later(room, number)
    assert (await command(gateway, "restrict", number))["held"] == 1
    refused = await answered(room, number, 422)
    assert refused.json()["type"] == "/problems/opted-out"
    assert (await sent_now(room, other)).status == 202
    assert (await command(gateway, "withdraw", number))["released"] >= 1
    accepted = (await answered(room, number, 202)).json()["id"]
    await gateway.settled(accepted, key, at=["sent"])
    assert (await call(gateway, "object", number)).json()["ended"] == 1
    # The gateway that was asked itself follows at once.
    assert (await sent_now(room, number)).status == 422
    status = await gateway.status(waiting, key)
    assert (status["status"], status["reason"]) == ("failed", "opted_out")
    known = (await command(gateway, "export", number))["messages"]
    assert {waiting, accepted} <= {message["id"] for message in known}
    receipt = (await call(gateway, "erase", number)).json()
    assert receipt["messages"] == len(known)
    assert (await command(gateway, "report", number))["messages"] == []
    await gateway.kill()
    await gateway.start()
    assert (await sent_now(room, number)).status == 422
    await _nothing_leaks(room, web)


async def _nothing_leaks(room: Room, web: HttpCapture) -> None:
    gateway = room.gateway
    verdict = await gateway.call("audit", "verify", "--json")
    assert json.loads(verdict.stdout)["holds"] is True
    listed = await gateway.call("audit", "list", "--json")
    in_records = [Sink("umschlag audit list", listed.stdout.encode())]
    assert search([*await sinks.of(gateway, [web]), *in_records], marks_without_client(room)) == []
    assert await gateway.terminate() == 0
    assert search(sinks.at_rest(gateway), marks_without_client(room)) == []


def marks_without_client(room: Room) -> list[Any]:
    """Return all marks but the client's name, which a person is told."""
    return [mark for mark in room.mint.marks if mark.where != "client-name"]


WRONG = [
    ("/api/subjects/report", b'{"address":"S3NT"}', 422),
    ("/api/subjects/report", b'{"address":7}', 422),
    ("/api/subjects/report", b"S3NT", 422),
    ("/api/subjects/report", b'{"address":"' + b"S3NT" * 2000 + b'"}', 413),
    ("/api/subjects/S3NT", b'{"address":"a@example.net"}', 404),
]


async def test_what_cannot_be_done_is_a_problem(room: Room) -> None:
    """Nothing of what was sent is in the answer; without the token nobody is answered at all."""
    gateway = room.gateway
    for path, body, status in WRONG:
        reply = await ask(gateway.admin_port, request("POST", path, body=body, key=gateway.admin_token()))
        assert (reply.status, b"S3NT" in reply.raw) == (status, False)
        assert (await ask(gateway.admin_port, request("POST", path, body=body))).status == 403
