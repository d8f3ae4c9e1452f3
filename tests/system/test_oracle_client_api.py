"""The leak oracle over batches, repeated requests, dry runs and delivery controls of the real process."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.capture_http import HttpCapture
from tests.fakes.configuration import Tables, merged
from tests.fakes.gateway import PROGRAM, Gateway
from tests.fakes.http_wire import Reply
from tests.oracle import ambient, malformed, sinks
from tests.oracle.marks import Kind
from tests.oracle.room import LOUD, Room
from tests.oracle.searcher import present, search


@pytest.fixture
async def vendor() -> AsyncIterator[HttpCapture]:
    """A provider that accepts."""
    async with HttpCapture() as capture:
        yield capture


@pytest.fixture(params=[1, 2])
async def room(vendor: HttpCapture, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    """A gateway in front of it, with the log at its most talkative: one process, and two on one spool."""
    seven = {"type": "seven", "base_url": vendor.url, "api_key": "made-up", "allow_private_network": True}
    tables: Tables = {"providers": {"seven": seven}, "routes": {"sms": ["seven"]}}
    command = (str(PROGRAM), "serve", "--workers", str(request.param))
    gateway = Gateway(tmp_path, merged(LOUD, tables), command=command)
    yield await Room.open(gateway, seed=41)
    await gateway.kill()


def item(room: Room, number: str) -> dict[str, object]:
    """Return one message of a batch with all that a talkative client adds to it."""
    return {"channel": "sms", **room.client.members, **ambient.sms(room.mint, number)}


async def test_a_batch_and_its_repetition_leak_nothing(room: Room, vendor: HttpCapture) -> None:
    """Marks of documented fields are at the provider alone, whether the request came once or twice."""
    mint, client, gateway = room.mint, room.client, room.gateway
    numbers = [mint.phone("number-one", "+491521"), mint.phone("number-two", "+491522")]
    wrong = {"channel": "sms", "recipient": mint.ambient("wrong-number"), "text": mint.ambient("wrong-text")}
    unknown = {"channel": mint.ambient("wrong-channel"), "text": mint.ambient("no-channel-text")}
    items = [item(room, numbers[0]), wrong, item(room, numbers[1]), unknown, mint.ambient("wrong-item")]
    said = client.post(f"/v1/batch?{client.query}", {"messages": items, mint.ambient("batch-member"): 1})
    first, again = [await gateway.ask(said) for _ in range(2)]
    assert (first.status, first.body) == (200, again.body)
    assert [each["status"] for each in first.json()["results"]] == [202, 422, 202, 422, 422]
    for result in first.json()["results"]:
        if "id" in result:
            await gateway.settled(result["id"], client.key, at=["sent"])
    await gateway.ask(client.post("/v1/batch", {"messages": mint.ambient("no-batch")}))
    assert search(await sinks.of(gateway, [vendor]), mint.marks) == []
    arrived = {where for sink in sinks.capture_sinks([vendor]) for where in present(sink, mint.marks)}
    assert {"number-one", "number-two"} <= arrived
    assert await gateway.terminate() == 0
    assert search(sinks.at_rest(gateway), mint.marks) == []


async def test_a_dry_run_reaches_nobody(room: Room, vendor: HttpCapture) -> None:
    """Not even the provider gets a mark of it: for this once all that was said has to be nowhere."""
    mint, client, gateway = room.mint, room.client, room.gateway
    number = mint.known("dry-number", "+4915112999123", Kind.AMBIENT)
    fields = {"recipient": number, "text": mint.ambient("dry-text"), "sender_id": ambient.SENDER_ID}
    reply = await gateway.ask(client.post("/v1/sms?dry_run=true", {**client.members, **fields}))
    assert (reply.status, reply.json()["country"]) == (200, "DE")
    for path in ("/v1/sms?dry_run=true", "/v1/email?dry_run=true", f"/v1/sms?dry_run={mint.ambient('dry-value')}"):
        refused = await gateway.ask(client.post(path, {"text": mint.ambient(f"dry-{path}"), "recipient": 1}))
        assert refused.status == 422
    assert search(await sinks.of(gateway, [vendor]), mint.marks) == []
    assert vendor.taken == []
    assert await gateway.terminate() == 0
    assert search(sinks.at_rest(gateway), mint.marks) == []


async def test_delivery_controls_stay_here(room: Room, vendor: HttpCapture) -> None:
    """Times, keys and preferences, right or wrong, are told to nobody and repeated nowhere."""
    mint, client, gateway = room.mint, room.client, room.gateway
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    later = await _send(room, Send_At=soon, Expires_At=(datetime.now(UTC) + timedelta(hours=2)).isoformat())
    waited = await _send(room, Prefer=f"wait=20; {mint.ambient('preference')}")
    assert [later.status, waited.status] == [202, 200]
    for name in ("Send_At", "Expires_At", "Idempotency_Key"):
        mark = mint.ambient(f"wrong-{name}")
        reply = await gateway.ask(client.post("/v1/sms", malformed.SMS, **{name: mark + " x"}))
        assert reply.status == 422
    assert search(await sinks.of(gateway, [vendor]), mint.marks) == []
    assert await gateway.terminate() == 0
    assert search(sinks.at_rest(gateway), mint.marks) == []


async def _send(room: Room, **headers: str) -> Reply:
    fields = ambient.sms(room.mint, room.mint.phone(f"number-{next(iter(headers))}", f"+49152{len(headers)}"))
    return await room.gateway.ask(room.client.request("sms", fields, **headers))
