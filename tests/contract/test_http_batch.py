"""Batches: each message for itself, in order, in one commit."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.message import Channel
from gateway.core.rate import Rate
from gateway.settings import HttpSection, LimitsSection
from gateway.spool.store import Listing
from tests.contract.http_api import MAIL, SMS, Api, problem, serving_api

AN_SMS = {"channel": "sms", **SMS}
A_MAIL = {"channel": "email", **MAIL}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """Return the client API."""
    async with serving_api(tmp_path) as api:
        yield api


async def results(api: Api, messages: object, *headers: tuple[str, str]) -> list[tuple[int, str]]:
    """Post a batch that must be answered; returns each item's status with its id, or with its problem's slug."""
    reply = await api.post("/v1/batch", {"messages": messages}, ("Content-Type", "application/json"), *headers)
    assert reply.status == 200
    return [
        (item["status"], item.get("id") or item["problem"]["type"].removeprefix("/problems/"))
        for item in reply.members()["results"]
    ]


async def ids(api: Api) -> list[str]:
    """Return the ids in the spool, oldest first."""
    return [status.id for status in await api.desk.store.listing(Listing())][::-1]


async def test_a_batch_is_answered_in_order(api: Api) -> None:
    """Both channels; what is wrong with one does not touch the others."""
    wrong = {"channel": "sms", "recipient": "nobody", "text": ""}
    answers = await results(api, [AN_SMS, wrong, A_MAIL, {**AN_SMS, "channel": "fax"}, 7, SMS, AN_SMS])
    first, second, third = await ids(api)
    invalid = (422, "invalid-message")
    assert answers == [(202, first), invalid, (202, second), invalid, invalid, invalid, (202, third)]
    assert [work.id for work in api.desk.delivery.passed] == [first, second, third]


async def test_an_item_has_the_problem_that_it_would_have_by_itself(api: Api) -> None:
    """The whole problem as of a single call, field by field."""
    _, key = await api.desk.client("mail-only", channels=frozenset({Channel.EMAIL}))
    api.key = key
    body = {"messages": [AN_SMS, {"channel": "email", "sender": 1}, {}, [], {"channel": None}]}
    items = (await api.post("/v1/batch", body)).members()["results"]
    alone = [(await api.post("/v1/sms", SMS)).members(), (await api.post("/v1/email", {"sender": 1})).members()]
    assert [items[0]["problem"], items[1]["problem"]] == alone
    assert [item["problem"]["errors"] for item in items[2:]] == [
        [{"field": "channel", "reason": "is required"}],
        [{"field": "messages", "reason": "must be an object"}],
        [{"field": "channel", "reason": "is not one of the possible values"}],
    ]


@pytest.mark.parametrize(
    "body, reason",
    [
        ({}, "is required"),
        ({"messages": None}, "must be a list"),
        ({"messages": {"0": AN_SMS}}, "must be a list"),
        ({"messages": []}, "must not be empty"),
    ],
)
async def test_what_is_no_batch_is_refused(api: Api, body: object, reason: str) -> None:
    """As a whole."""
    assert problem(await api.post("/v1/batch", body)) == (422, "invalid-batch", [("messages", reason)])


async def test_a_thousand_messages_are_a_batch(tmp_path: Path) -> None:
    """One more is none; every one is stored once, in order."""
    generous = LimitsSection(rate=Rate(5000, 1))
    async with serving_api(tmp_path, limits=generous, section=HttpSection(listen="127.0.0.1:0")) as api:
        answers = await results(api, [AN_SMS] * 1000)
        found = [status.id for page in [await _all(api)] for status in page]
        assert answers == [(202, each) for each in found]
        many = await api.post("/v1/batch", {"messages": [AN_SMS] * 1001})
        assert problem(many) == (422, "invalid-batch", [("messages", "has too many items")])


async def _all(api: Api) -> list:  # type: ignore[type-arg] # statuses, oldest first
    found: list = []  # type: ignore[type-arg]
    while page := await api.desk.store.listing(Listing(before=found[-1].id if found else None, limit=100)):
        found += page
    return found[::-1]


async def test_a_batch_has_a_body_limit_of_its_own(tmp_path: Path) -> None:
    """It may be larger than a single message, and not without end."""
    section = HttpSection(listen="127.0.0.1:0", max_body=500, max_batch_body=2000)
    async with serving_api(tmp_path, section=section) as api:
        assert len(await results(api, [AN_SMS] * 10)) == 10
        assert problem(await api.post("/v1/batch", {"messages": [AN_SMS] * 30})) == (413, "too-large", [])
        assert problem(await api.post("/v1/sms", {**SMS, "text": "x" * 500})) == (413, "too-large", [])


async def test_undocumented_members_of_a_batch_are_counted(api: Api) -> None:
    """Beside the list for the metric; in an item for its message; the channel is none."""
    await api.post("/v1/batch", {"messages": [{**AN_SMS, "a": 1, "b": [2]}, AN_SMS], "user": "S3NT-batch"})
    found = await api.desk.store.listing(Listing())
    assert sorted(status.stripped for status in found) == [0, 2]
    rendered = api.metrics.render().decode()
    assert 'umschlag_stripped_fields_total{intake="http"} 3.0' in rendered
    assert 'umschlag_messages_accepted_total{channel="sms"} 2.0' in rendered


async def test_what_is_over_the_quota_is_refused_item_by_item(tmp_path: Path) -> None:
    """As far as there is room it is accepted; the rate is asked for the whole."""
    async with serving_api(tmp_path, limits=LimitsSection(rate=Rate(5, 1), daily=3)) as api:
        answers = await results(api, [AN_SMS, {"channel": "sms"}, AN_SMS, AN_SMS, AN_SMS])
        statuses = [(202, each) for each in await ids(api)]
        over = (429, "daily-quota")
        assert answers == [statuses[0], (422, "invalid-message"), *statuses[1:], over]
        assert problem(await api.post("/v1/batch", {"messages": [AN_SMS] * 5})) == (429, "rate-limited", [])


async def test_segments_have_a_quota_of_their_own(tmp_path: Path) -> None:
    """A long text that has no room does not keep those before it out; what comes after it waits too."""
    async with serving_api(tmp_path, limits=LimitsSection(daily_segments=4)) as api:
        long = {**AN_SMS, "text": "x" * 400}
        assert [status for status, _ in await results(api, [AN_SMS, long, A_MAIL])] == [202, 202, 202]
        assert [status for status, _ in await results(api, [A_MAIL, AN_SMS, A_MAIL])] == [202, 429, 429]


async def test_a_full_spool_refuses_a_batch_as_a_whole(api: Api) -> None:
    """Nothing is half accepted, and nothing of it counts."""
    api.desk.store.is_full = True
    assert problem(await api.post("/v1/batch", {"messages": [AN_SMS] * 3})) == (503, "storage-full", [])
    api.desk.store.is_full = False
    assert await ids(api) == []
    assert (await api.desk.store.accepted_in("2027-01-15", api.client.id)).messages == 0


async def test_delivery_gets_as_many_as_it_has_room_for(api: Api) -> None:
    """The rest of the batch waits in the spool for anybody."""
    api.desk.delivery.most = 2
    await results(api, [AN_SMS] * 5)
    leased = await api.desk.store.lease("another", api.desk.now, 10, channels=list(Channel))
    assert [work.id for work in api.desk.delivery.passed] + [each.id for each in leased] == await ids(api)
    assert len(leased) == 3
