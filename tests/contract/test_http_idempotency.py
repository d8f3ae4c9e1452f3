"""Idempotency keys: a request that comes again gets its first answer again, whoever is asked."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.store import AttemptEnd, Listing, MessageStatus
from tests.contract.http_api import JSON, MAIL, SMS, Api, problem, serving_api
from tests.contract.http_wire import Reply

KEY = ("Idempotency-Key", "8e03978e-40d5-43dd-bc93-6894a57f9324")
DAY = 86_400


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """Return the client API."""
    async with serving_api(tmp_path) as api:
        yield api


async def post(api: Api, members: object = None, path: str = "/v1/sms", *headers: tuple[str, str]) -> Reply:
    """Post a message with the key, or other headers."""
    return await api.post(path, SMS if members is None else members, JSON, *(headers or (KEY,)))


async def stored(api: Api) -> list[MessageStatus]:
    """Return what is in the spool."""
    return list(await api.desk.store.listing(Listing()))


def told(reply: Reply) -> tuple[int, str | None, dict[str, Any]]:
    """Return what a reply tells of a message."""
    return reply.status, reply.headers.get("location"), reply.members()


async def test_the_same_request_gets_the_same_answer(api: Api) -> None:
    """One message is stored and passed on, and counts once; it is answered as first, whatever has become of it."""
    first = await post(api)
    api.desk.now += 3600
    await api.desk.store.erase("0" * 32, 1, api.desk.now)
    again = await post(api)
    assert told(first) == told(again)
    assert (first.status, len(await stored(api)), len(api.desk.delivery.passed)) == (202, 1, 1)
    assert (await api.desk.store.accepted_in("2027-01-15", api.client.id)).messages == 1
    assert 'accepted_total{channel="sms"} 1.0' in api.metrics.render().decode()


@pytest.mark.parametrize(
    "members, path, headers",
    [
        (SMS | {"text": "Dienstag"}, "/v1/sms", (KEY,)),
        (json.dumps(SMS, indent=1).encode(), "/v1/sms", (KEY,)),
        (SMS, "/v1/email", (KEY,)),
        ({"messages": [SMS | {"channel": "sms"}]}, "/v1/batch", (KEY,)),
        (SMS, "/v1/sms", (KEY, ("Send-At", "2027-01-15T09:00:00Z"))),
        (SMS, "/v1/sms", (KEY, ("Expires-At", "2027-01-15T09:00:00Z"))),
    ],
)
async def test_another_request_is_told_so(api: Api, members: object, path: str, headers: Any) -> None:  # noqa: ANN401 (pairs)
    """Another body, path or time makes it another one; nothing is stored."""
    await post(api)
    assert problem(await post(api, members, path, *headers)) == (422, "idempotency-key-reused", [])
    assert len(await stored(api)) == 1


async def test_the_same_time_may_be_written_otherwise(api: Api) -> None:
    """And once it is over the answer is there still; waiting is no part of a request."""
    first = await post(api, None, "/v1/sms", KEY, ("Send-At", "2027-01-15T09:00:00Z"))
    api.desk.now += 3 * 3600
    headers = (KEY, ("Send-At", "2027-01-15T10:00:00.0+01:00"), ("Prefer", "wait=1"))
    assert told(first) == told(await post(api, None, "/v1/sms", *headers))


async def test_a_key_is_good_for_a_day(api: Api) -> None:
    """Then it is a new one, whether or not retention has come by."""
    first = await post(api)
    api.desk.now += DAY - 1
    assert told(first) == told(await post(api))
    api.desk.now += 1
    later = await post(api, SMS | {"text": "Dienstag"})
    assert (later.status, len(await stored(api))) == (202, 2)
    assert told(later) == told(await post(api, SMS | {"text": "Dienstag"}))


async def test_each_client_has_its_own_keys(api: Api) -> None:
    """The same text is another key."""
    await post(api)
    _, api.key = await api.desk.client("other")
    assert (await post(api)).status == 202
    assert len(await stored(api)) == 2


async def test_what_was_refused_may_be_tried_again(api: Api) -> None:
    """Nothing is remembered of it."""
    assert (await post(api, SMS | {"recipient": "1"})).status == 422
    api.desk.store.is_full = True
    assert (await post(api)).status == 503
    api.desk.store.is_full = False
    assert (await post(api)).status == 202


async def test_a_request_at_work_keeps_its_key(api: Api) -> None:
    """The second hears 409 and when to ask again; another key is free."""
    entered, may_go = asyncio.Event(), asyncio.Event()
    real = api.desk.store.store.put_made

    async def put_made(*arguments: Any, weight: int) -> None:  # noqa: ANN401 (whatever it takes)
        entered.set()
        await may_go.wait()
        await real(*arguments, weight=weight)

    api.desk.store.put_made = put_made
    first = asyncio.create_task(post(api))
    await entered.wait()
    second = await post(api)
    third = asyncio.create_task(post(api, None, "/v1/sms", ("Idempotency-Key", "another")))
    may_go.set()
    assert (problem(second), second.headers["retry-after"]) == ((409, "in-progress", []), "1")
    assert [(await first).status, (await third).status] == [202, 202]
    assert told(await first) == told(await post(api))


async def test_two_processes_store_one_message(tmp_path: Path) -> None:
    """Both have found no answer and store at the same instant: the spool takes one, and both tell of it."""
    async with serving_api(tmp_path) as one, serving_api(tmp_path, beside=one) as other:
        for number in range(20):
            key = ("Idempotency-Key", f"key-{number}")
            replies = await asyncio.gather(*(post(api, None, "/v1/sms", key) for api in (one, other)))
            assert told(replies[0]) == told(replies[1])
            assert replies[0].status == 202
        assert len(await stored(one)) == 20
        assert len(one.desk.delivery.passed) + len(other.desk.delivery.passed) == 20
        counted = [await api.desk.store.accepted_in("2027-01-15", one.client.id) for api in (one, other)]
        assert [count.messages for count in counted] == [20, 20]


async def test_a_batch_is_answered_once(api: Api) -> None:
    """With its problems, item by item; one of which nothing was accepted is read again."""
    items = [{"channel": "sms", **SMS}, {"channel": "sms"}, {"channel": "email", **MAIL}]
    first = await post(api, {"messages": items}, "/v1/batch")
    again = await post(api, {"messages": items}, "/v1/batch")
    assert (first.status, first.body, len(await stored(api))) == (200, again.body, 2)
    other = await post(api, {"messages": items[:1]}, "/v1/batch")
    assert problem(other) == (422, "idempotency-key-reused", [])
    nothing = ("Idempotency-Key", "nothing")
    assert (await post(api, {"messages": items[1:2]}, "/v1/batch", nothing)).status == 200
    assert (await post(api, {"messages": items}, "/v1/batch", nothing)).status == 200


async def test_an_erased_message_is_not_told_of_and_not_sent_again(api: Api) -> None:
    """Its answer goes with it, and the key stays used; of a batch the id goes."""
    first = (await post(api)).members()["id"]
    batch = {"messages": [{"channel": "sms", **SMS}] * 2}
    of_batch = ("Idempotency-Key", "batch")
    items = (await post(api, batch, "/v1/batch", of_batch)).members()["results"]
    for message_id in (first, items[0]["id"]):
        assert (await api.get(f"/v1/messages/{message_id}", "DELETE")).status == 200
    assert problem(await post(api)) == (410, "message-erased", [])
    again = (await post(api, batch, "/v1/batch", of_batch)).members()["results"]
    assert [{"status": 202, "id": ""}, items[1]] == again
    assert first.encode() not in (await api.get("/v1/messages")).raw


@pytest.mark.parametrize("value", ["", "a b", "x" * 256, "ü", "a\tb"])
async def test_a_key_is_visible_ascii(api: Api, value: str) -> None:
    """1 to 255 characters; the header is named, never what it holds."""
    reply = await post(api, None, "/v1/sms", ("Idempotency-Key", value))
    reason = "must be 1 to 255 visible ASCII characters"
    assert problem(reply) == (422, "invalid-header", [("Idempotency-Key", reason)])
    assert (await post(api, None, "/v1/sms", ("Idempotency-Key", "x" * 255))).status == 202


async def test_a_header_that_comes_twice_is_refused(api: Api) -> None:
    """It is not clear what is meant."""
    reply = await post(api, None, "/v1/sms", KEY, KEY)
    assert problem(reply) == (422, "invalid-header", [("Idempotency-Key", "must not appear twice")])


async def test_neither_key_nor_request_is_on_the_disk(api: Api) -> None:
    """Only their keyed hashes."""
    mark = "S3NT-idempotency-4711"
    await post(api, SMS | {"text": mark}, "/v1/sms", ("Idempotency-Key", mark))
    written = (api.desk.folder / "spool.db-wal").read_bytes() + (api.desk.folder / "spool.db").read_bytes()
    assert mark.encode() not in written


async def test_a_repeated_request_may_wait_for_the_outcome(api: Api) -> None:
    """A client that lost the connection while it waited asks again and hears what became of the message."""
    api.desk.delivery.room = set()
    first = await post(api)
    await fail(api, first.members()["id"])
    again = await post(api, None, "/v1/sms", KEY, ("Prefer", "wait=5"))
    assert (again.status, again.headers["preference-applied"]) == (200, "wait=5")
    assert (first.members()["id"], "failed") == (again.members()["id"], again.members()["status"])


async def fail(api: Api, message_id: str) -> None:
    """Let a message fail."""
    store = api.desk.store
    await store.lease("me", api.desk.now, 10, channels=list(Channel))
    await store.begin_attempt(message_id, "me", "seven-main", api.desk.now)
    await store.finish_attempt(message_id, "me", AttemptEnd(State.FAILED, reason=Reason.NO_CREDIT), api.desk.now)
