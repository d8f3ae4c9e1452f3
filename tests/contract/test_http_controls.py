"""Delivery controls: when a message is sent, when it is over, and whether the answer waits."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.settings import HttpSection
from gateway.spool.store import AttemptEnd, MessageStatus
from tests.contract.http_api import JSON, SMS, Api, problem, serving_api
from tests.contract.http_wire import Reply

# The desk's now is 2027-01-15T08:00:00Z.
HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """Return the client API."""
    async with serving_api(tmp_path) as api:
        yield api


async def post(api: Api, *headers: tuple[str, str]) -> Reply:
    """Post a message with headers."""
    return await api.post("/v1/sms", SMS, JSON, *headers)


async def kept(api: Api, reply: Reply) -> MessageStatus:
    """Return what the spool knows of an accepted message."""
    assert reply.status == 202
    found = await api.desk.store.status(reply.members()["id"])
    assert isinstance(found, MessageStatus)
    return found


async def due(api: Api, now: int) -> int:
    """Return how many messages are due for anybody at a time."""
    return len(await api.desk.store.lease("me", now, 10, channels=list(Channel)))


async def test_a_message_may_be_sent_later(api: Api) -> None:
    """It waits in the spool until then; fractions of a second are not before the time."""
    await kept(api, await post(api, ("Send-At", "2027-01-15T10:30:00.2+01:00")))
    assert api.desk.delivery.passed == []
    at = api.desk.now + HOUR + HOUR // 2
    assert [await due(api, at), await due(api, at + 1)] == [0, 1]


async def test_what_is_to_be_sent_now_is(api: Api) -> None:
    """A clock may be minutes off."""
    await kept(api, await post(api, ("Send-At", "2027-01-15T07:55:00Z")))
    assert len(api.desk.delivery.passed) == 1


@pytest.mark.parametrize(
    "headers, seconds",
    [
        ((), DAY),
        ((("Send-At", "2027-01-15T10:00:00Z"),), DAY + 2 * HOUR),
        ((("Send-At", "2027-01-16T08:00:00Z"),), 47 * HOUR),
        ((("Expires-At", "2027-01-15T08:10:00.9Z"),), 600),
        ((("Expires-At", "2027-02-15T08:10:00Z"),), DAY),
        ((("Send-At", "2027-01-15T10:00:00Z"), ("Expires-At", "2027-01-15T10:00:01Z")), 2 * HOUR + 1),
    ],
)
async def test_a_message_is_over_in_time(api: Api, headers: tuple[tuple[str, str], ...], seconds: int) -> None:
    """When the client says, at the deadline, and before its content dies: whichever comes first."""
    found = await kept(api, await post(api, *headers))
    assert api.desk.now + seconds == found.expires_at


@pytest.mark.parametrize(
    "headers, errors",
    [
        ([("Send-At", "2027-01-15T07:54:59Z")], [("Send-At", "must be in the future")]),
        ([("Send-At", "2027-01-16T08:00:01Z")], [("Send-At", "is too far in the future")]),
        ([("Expires-At", "2027-01-15T08:00:00Z")], [("Expires-At", "must be in the future")]),
        (
            [("Send-At", "2027-01-15T09:00:00Z"), ("Expires-At", "2027-01-15T09:00:00Z")],
            [("Expires-At", "must be later than the time to send at")],
        ),
        (
            [("Send-At", "tomorrow"), ("Expires-At", "2027-01-15T09:00:00")],
            [
                ("Send-At", "must be a date and time as in RFC 3339, with an offset"),
                ("Expires-At", "must be a date and time as in RFC 3339, with an offset"),
            ],
        ),
        ([("Send-At", "2027-01-15T09:00:00Z")] * 2, [("Send-At", "must not appear twice")]),
    ],
)
async def test_times_that_cannot_be_are_refused(
    api: Api, headers: list[tuple[str, str]], errors: list[tuple[str, str]]
) -> None:
    """The header is named; nothing is kept, of a batch either."""
    assert problem(await post(api, *headers)) == (422, "invalid-header", errors)
    batch = await api.post("/v1/batch", {"messages": [{"channel": "sms", **SMS}]}, JSON, *headers)
    assert problem(batch) == (422, "invalid-header", errors)
    assert await api.desk.store.queue_depths() == []


async def test_a_batch_may_be_sent_later(api: Api) -> None:
    """All of it at the same time."""
    headers = (JSON, ("Send-At", "2027-01-15T09:00:00Z"))
    await api.post("/v1/batch", {"messages": [{"channel": "sms", **SMS}] * 3}, *headers)
    assert [await due(api, api.desk.now + HOUR - 1), await due(api, api.desk.now + HOUR)] == [0, 3]


def ends(api: Api, end: AttemptEnd) -> None:
    """Let the next message that somebody waits for end so."""

    async def settle(message_id: str) -> None:
        store, now = api.desk.store, api.desk.now
        await store.begin_attempt(message_id, api.desk.delivery.owner, "seven-main", now)
        await store.finish_attempt(message_id, api.desk.delivery.owner, end, now)

    api.desk.delivery.settle = settle


@pytest.mark.parametrize(
    "end, status",
    [
        (AttemptEnd(State.SENT, provider_ref="7"), 200),
        (AttemptEnd(State.FAILED, reason=Reason.NO_CREDIT), 200),
        (AttemptEnd(State.IN_DOUBT, reason=Reason.TIMEOUT), 202),
        (AttemptEnd(State.DEFERRED, reason=Reason.UNAVAILABLE, due_at=1_800_000_100), 202),
    ],
)
async def test_an_answer_may_wait_for_the_outcome(api: Api, end: AttemptEnd, status: int) -> None:
    """200 with what became of the message where that is known, else 202 as ever."""
    ends(api, end)
    reply = await post(api, ("Prefer", "wait=7"))
    assert (reply.status, reply.headers["preference-applied"]) == (status, "wait=7")
    assert reply.members()["status"] == (end.state.value if status == 200 else "queued")
    assert [(reply.members()["id"], 7)] == api.desk.delivery.waited


async def test_an_outcome_that_does_not_come_in_time_is_202(api: Api) -> None:
    """With where it can be asked for."""
    reply = await post(api, ("Prefer", "wait=1"))
    assert (reply.status, reply.headers["location"]) == (202, f"/v1/messages/{reply.members()['id']}")


@pytest.mark.parametrize(
    "values, applied",
    [
        (["wait=99999"], "wait=30"),
        (["respond-async, wait=5; a=b", "wait=9"], "wait=5"),
        (['return=minimal,  Wait = "4"'], "wait=4"),
        (["wait=0"], None),
        (["wait"], None),
        (["wait=-1"], None),
        (["wait=soon"], None),
        (["await=5"], None),
        (["wait=9999999999"], None),
    ],
)
async def test_preferences_are_read_as_in_rfc_7240(api: Api, values: list[str], applied: str | None) -> None:
    """The first wait counts, up to the operator's bound; what is not understood is ignored."""
    reply = await post(api, *(("Prefer", value) for value in values))
    assert (reply.status, reply.headers.get("preference-applied")) == (202, applied)


async def test_those_who_wait_leave_room_for_others(tmp_path: Path) -> None:
    """Where half of the room waits the next is answered at once, and told that it did not wait."""
    section = HttpSection(listen="127.0.0.1:0", max_requests=2)
    async with serving_api(tmp_path, section=section) as api:
        inner: list[Reply] = []

        async def ask_meanwhile(_message_id: str) -> None:
            inner.append(await post(api, ("Prefer", "wait=5")))

        api.desk.delivery.settle = ask_meanwhile
        outer = await post(api, ("Prefer", "wait=5"))
        applied = [reply.headers.get("preference-applied") for reply in (outer, *inner)]
        assert applied == ["wait=5", None]
