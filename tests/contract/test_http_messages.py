"""The client API: messages are taken, looked at, listed and withdrawn."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.store import AttemptEnd
from tests.contract.http_api import JSON, MAIL, SMS, Api, basic, problem, serving_api
from tests.contract.http_wire import call
from tests.contract.spool_rooms import ended, leased_ids

AT = "2027-01-15T08:00:00Z"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """Return the client API."""
    async with serving_api(tmp_path) as api:
        yield api


async def test_a_text_message_is_taken(api: Api) -> None:
    """202, where its status is, and the status itself; what is not known yet is left out."""
    reply = await api.post("/v1/sms", SMS)
    status = reply.members()
    expected = {
        "id": status["id"], "channel": "sms", "status": "queued", "attempts": 0, "segments": 1,
        "created_at": AT, "updated_at": AT, "stripped": 0,
    }  # fmt: skip
    assert (reply.status, reply.headers["location"]) == (202, f"/v1/messages/{status['id']}")
    assert reply.headers["content-type"] == "application/json"
    assert expected == status
    assert re.fullmatch(r"[0-9a-f]{32}", status["id"])


async def test_a_mail_is_taken(api: Api) -> None:
    """It has no segments."""
    status = await api.accepted(MAIL, "/v1/email")
    expected = {
        "id": status["id"], "channel": "email", "status": "queued", "attempts": 0,
        "created_at": AT, "updated_at": AT, "stripped": 0,
    }  # fmt: skip
    assert expected == status


async def test_what_was_answered_is_what_the_spool_has(api: Api) -> None:
    """Looking at it before anybody takes it up shows the same."""
    api.desk.delivery.room = set()
    taken = await api.accepted()
    found = await api.get(f"/v1/messages/{taken['id']}")
    assert (found.status, taken) == (200, found.members())


async def test_undocumented_members_are_dropped_and_counted(api: Api) -> None:
    """At any depth and of any name they reach nothing; only their number is told, and counted."""
    mark = "S3NT-member-4711"
    extra = {"user": mark, "meta": {mark: [mark]}, mark: 1, "sender": mark, "__proto__": {}, "Recipient": mark}
    reply = await api.post("/v1/sms", SMS | extra)
    assert (reply.status, reply.members()["stripped"]) == (202, 6)
    [work] = api.desk.delivery.passed
    assert (work.message.text, mark in repr(work)) == (SMS["text"], False)
    assert mark.encode() not in reply.raw + (api.desk.folder / "spool.db-wal").read_bytes()
    rendered = api.metrics.render().decode()
    assert 'umschlag_stripped_fields_total{intake="http"} 6.0' in rendered
    assert 'umschlag_messages_accepted_total{channel="sms"} 1.0' in rendered


async def test_null_stands_for_no_sender_id(api: Api) -> None:
    """A client that always sends the member need not leave it out."""
    assert (await api.accepted(SMS | {"sender_id": None}))["stripped"] == 0


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "Application/JSON ;  Charset = utf-8",
        "application/json;",
    ],
)
async def test_json_in_utf_8_is_taken_however_it_is_named(api: Api, media_type: str) -> None:
    """Case and spaces do not matter (RFC 9110 §8.3.1)."""
    assert (await api.post("/v1/sms", SMS, ("Content-Type", media_type))).status == 202


async def test_both_schemes_open_the_same_door(api: Api) -> None:
    """Basic is for programs that hold a name and a licence number."""
    body = json.dumps(SMS).encode()
    reply = await call(api.port, "POST", "/v1/sms", [basic("praxis", api.key), JSON], body)
    assert reply.status == 202
    assert (await api.get(reply.headers["location"])).status == 200


async def test_a_status_tells_what_became_of_a_message(api: Api) -> None:
    """Provider, attempts and reason are there as soon as there are any."""
    api.desk.delivery.room = set()
    first, second = [(await api.accepted())["id"] for _ in range(2)]
    store = api.desk.store
    await store.lease("me", api.desk.now, 10, channels=list(Channel))
    for message_id in (first, second):
        await store.begin_attempt(message_id, "me", "seven-main", api.desk.now)
    await store.finish_attempt(first, "me", AttemptEnd(State.SENT, provider_ref="77", segments=2), api.desk.now + 61)
    failed = AttemptEnd(State.FAILED, reason=Reason.INVALID_RECIPIENT)
    await store.finish_attempt(second, "me", failed, api.desk.now + 61)
    statuses = [(await api.get(f"/v1/messages/{each}")).members() for each in (first, second)]
    known = {
        "channel": "sms", "provider": "seven-main", "attempts": 1,
        "created_at": AT, "updated_at": "2027-01-15T08:01:01Z", "stripped": 0,
    }  # fmt: skip
    assert statuses == [
        known | {"id": first, "status": "sent", "segments": 2},
        known | {"id": second, "status": "failed", "segments": 1, "reason": "invalid_recipient"},
    ]


async def test_a_withdrawn_message_is_gone(api: Api) -> None:
    """The answer is its last status; nobody finds it after that, and nobody sends it."""
    api.desk.delivery.room = set()
    taken = await api.accepted()
    path = f"/v1/messages/{taken['id']}"
    reply = await api.get(path, "DELETE")
    assert (reply.status, reply.members()["status"], reply.members()["id"]) == (200, "cancelled", taken["id"])
    assert [problem(await api.get(path, method)) for method in ("GET", "DELETE")] == [(404, "not-found", [])] * 2
    assert await api.desk.store.lease("me", api.desk.now, 10, channels=list(Channel)) == []


async def test_what_a_provider_has_is_ordered_to_be_erased(api: Api) -> None:
    """Where it erases; the client is answered as ever."""
    api.desk.erasing = {"texts": 0}
    api.desk.delivery.room = set()
    for provider, ref in (("texts", "ref-1"), ("others", "ref-2")):
        message_id = (await api.post("/v1/sms", SMS)).members()["id"]
        await leased_ids(api.desk.store, now=api.desk.now)
        assert await ended(api.desk.store, message_id, AttemptEnd(State.SENT, provider_ref=ref), provider)
        reply = await api.get(f"/v1/messages/{message_id}", "DELETE")
        assert (reply.status, reply.members()["status"]) == (200, "sent")
    order = await api.desk.store.take_erasure("texts", api.desk.now, api.desk.now)
    assert (order.provider_ref, await api.desk.store.waiting_erasures()) == ("ref-1", 1)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_the_messages_of_others_are_not_there(api: Api, method: str) -> None:
    """Another's message is answered as one that never was, and stays."""
    _, other = await api.desk.client("other")
    path = f"/v1/messages/{(await api.accepted())['id']}"
    answers = [
        await api.get(each, method, other)
        for each in (path, "/v1/messages/" + "0" * 32, "/v1/messages/x", "/v1/messages/%00", path + "%20")
    ]
    assert {(answer.status, answer.body) for answer in answers} == {(404, answers[0].body)}
    assert (await api.get(path)).status == 200


async def test_messages_are_listed_newest_first_in_pages(api: Api) -> None:
    """The cursor leads through all of them, and only one's own."""
    _, other = await api.desk.client("other")
    taken = [(await api.accepted())["id"] for _ in range(5)]
    pages, cursor = [], ""
    for _ in range(3):
        page = (await api.get(f"/v1/messages?limit=2{cursor}")).members()
        pages.append([message["id"] for message in page["messages"]])
        cursor = f"&cursor={page.get('next_cursor')}"
    newest = taken[::-1]
    assert pages == [newest[:2], newest[2:4], newest[4:]]
    assert cursor == "&cursor=None"
    assert (await api.get("/v1/messages", key=other)).members() == {"messages": []}


async def test_a_listing_can_be_narrowed(api: Api) -> None:
    """By status and channel; what nobody documented is ignored; of a parameter that comes twice the last holds."""
    api.desk.delivery.room = set()
    await api.accepted()
    mail = await api.accepted(MAIL, "/v1/email")
    lists = [
        [message["channel"] for message in (await api.get(f"/v1/messages?{query}")).members()["messages"]]
        for query in ("channel=email", "channel=email&status=queued", "status=sent", "x=y&channel=&channel=sms", "%ff")
    ]
    assert lists == [["email"], ["email"], [], ["sms"], ["email", "sms"]]
    assert (await api.get("/v1/messages?channel=email")).members()["messages"] == [mail]


@pytest.mark.parametrize(
    "path, fields",
    [
        ("/v1/messages?status=S3NT", ["status"]),
        ("/v1/messages?status=QUEUED", ["status"]),
        ("/v1/messages?channel=fax&cursor=S3NT&limit=0", ["channel", "cursor", "limit"]),
        ("/v1/messages?limit=101", ["limit"]),
        ("/v1/messages?limit=-1", ["limit"]),
        ("/v1/messages?limit=1.0", ["limit"]),
        ("/v1/messages?limit=", ["limit"]),
        ("/v1/messages?limit=%D9%A1", ["limit"]),
        ("/v1/messages?cursor=%00", ["cursor"]),
        ("/v1/messages?status=%FF", ["status"]),
        ("/v1/usage?month=S3NT", ["month"]),
        ("/v1/usage?month=2027-13", ["month"]),
        ("/v1/usage?month=2027-1", ["month"]),
        ("/v1/usage?month=", ["month"]),
    ],
)
async def test_a_parameter_with_an_impossible_value_is_told(api: Api, path: str, fields: list[str]) -> None:
    """By its name; the value is not repeated."""
    reply = await api.get(path)
    expected = (422, "invalid-parameter", [(field, "is not one of the possible values") for field in fields])
    assert expected == problem(reply)
    assert b"S3NT" not in reply.raw


async def test_usage_is_told_a_month(api: Api) -> None:
    """The present month where none is asked for; counts only, and one's own."""
    _, other = await api.desk.client("other")
    api.desk.delivery.room = set()
    taken = (await api.accepted())["id"]
    store, now = api.desk.store, api.desk.now
    await store.lease("me", now, 10, channels=list(Channel))
    await store.begin_attempt(taken, "me", "seven-main", now)
    await store.finish_attempt(taken, "me", AttemptEnd(State.SENT, segments=3), now)
    line = {"channel": "sms", "provider": "seven-main", "messages": 1, "segments": 3}
    assert (await api.get("/v1/usage")).members() == {"month": "2027-01", "usage": [line]}
    assert (await api.get("/v1/usage?month=2026-12")).members() == {"month": "2026-12", "usage": []}
    assert (await api.get("/v1/usage", key=other)).members() == {"month": "2027-01", "usage": []}


async def test_health_needs_no_key(api: Api) -> None:
    """200 while the process serves, by GET and by HEAD."""
    reply = await call(api.port, "GET", "/healthz")
    assert (reply.status, reply.members()) == (200, {"status": "ok"})
    assert (await call(api.port, "HEAD", "/healthz")).status == 200
