"""Limits as clients meet them: quotas, headers that tell of them, requests at the same time, wrong keys."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.message import Channel
from gateway.core.rate import Rate
from gateway.settings import LimitsSection
from tests.contract.http_api import MAIL, SMS, Api, problem, serving_api
from tests.contract.http_wire import call

# The desk's now is 2027-01-15T08:00:00Z: 16 hours to midnight.
TO_MIDNIGHT = 57_600
TO_FEBRUARY = TO_MIDNIGHT + 16 * 86_400


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """Return the client API."""
    async with serving_api(tmp_path) as api:
        yield api


async def test_headers_tell_the_limits_and_what_is_left(tmp_path: Path) -> None:
    """By the names of the draft (draft-ietf-httpapi-ratelimit-headers), accepted or not."""
    limits = LimitsSection(rate=Rate(2, 10), daily=50, monthly=500, monthly_segments=80)
    async with serving_api(tmp_path, limits=limits) as api:
        replies = [await api.post("/v1/sms", SMS | {"text": "x" * 200}) for _ in range(3)]
    policy = (
        '"rate";q=2;w=10;qu="messages", "daily";q=50;w=86400;qu="messages", '
        '"monthly";q=500;w=2592000;qu="messages", "monthly-segments";q=80;w=2592000;qu="segments"'
    )
    assert [reply.status for reply in replies] == [202, 202, 429]
    assert [policy] * 3 == [reply.headers["ratelimit-policy"] for reply in replies]
    assert [reply.headers["ratelimit"] for reply in replies] == [
        f'"rate";r={rate};t={wait}, "daily";r={50 - sent};t={TO_MIDNIGHT}, "monthly";r={500 - sent};t={TO_FEBRUARY}, '
        f'"monthly-segments";r={80 - 2 * sent};t={TO_FEBRUARY}'
        for rate, wait, sent in ((1, 5, 1), (0, 10, 2), (0, 10, 2))
    ]


async def test_a_month_has_a_quota(tmp_path: Path) -> None:
    """A client's own holds over the default; both processes' messages count; the next month begins anew."""
    async with serving_api(tmp_path, limits=LimitsSection(monthly=1)) as api:
        _, api.key = await api.desk.client("own", monthly=2)
        for _ in range(2):
            await api.accepted()
        over = await api.post("/v1/sms", SMS)
        assert (problem(over), over.headers["retry-after"]) == ((429, "monthly-quota", []), str(TO_FEBRUARY))
        api.desk.now += TO_FEBRUARY
        await api.accepted()


async def test_segments_are_counted_for_text_messages_alone(tmp_path: Path) -> None:
    """Mail has none."""
    async with serving_api(tmp_path) as api:
        _, api.key = await api.desk.client("own", daily_segments=3)
        await api.accepted(SMS | {"text": "x" * 161})
        assert problem(await api.post("/v1/sms", SMS | {"text": "x" * 161})) == (429, "daily-quota", [])
        await api.accepted(MAIL, "/v1/email")
        await api.accepted()
        assert problem(await api.post("/v1/sms", SMS)) == (429, "daily-quota", [])


async def test_two_processes_share_a_quota(tmp_path: Path) -> None:
    """What the other one accepted counts, near the end of the quota at once."""
    async with serving_api(tmp_path) as one, serving_api(tmp_path, beside=one) as other:
        _, one.key = await one.desk.client("shared", daily=3)
        other.key = one.key
        await one.accepted()
        await other.accepted()
        await one.accepted()
        assert problem(await other.post("/v1/sms", SMS)) == (429, "daily-quota", [])
        assert problem(await one.post("/v1/sms", SMS)) == (429, "daily-quota", [])


async def test_requests_at_the_same_time_are_bounded(api: Api) -> None:
    """One more is told to wait; another client is not in its way."""
    _, narrow = await api.desk.client("narrow", concurrent=1)
    _, wide = await api.desk.client("wide")
    heard: list[tuple[int, str, list[tuple[str, str]]]] = []

    async def ask_meanwhile(_message_id: str) -> None:
        heard.append(problem(await api.get("/v1/messages", key=narrow)))
        assert (await api.get("/v1/messages", key=wide)).status == 200

    api.key, api.desk.delivery.settle = narrow, ask_meanwhile
    reply = await api.post("/v1/sms", SMS, ("Content-Type", "application/json"), ("Prefer", "wait=1"))
    assert (reply.status, heard) == (202, [(429, "too-many-requests", [])])
    assert (await api.get("/v1/messages", key=narrow)).status == 200


async def test_a_client_is_shown_what_is_stored_of_it(tmp_path: Path) -> None:
    """All of it but the key, with its limits and what it had accepted."""
    async with serving_api(tmp_path, limits=LimitsSection(daily_segments=9)) as api:
        _, api.key = await api.desk.client(
            "own", channels=frozenset({Channel.SMS}), sender_ids=("Praxis",), countries=frozenset({"DE", "AT"}),
            rate=Rate(7, 60), monthly=100, concurrent=4, on_attachment="reject",
        )  # fmt: skip
        await api.accepted(SMS | {"text": "x" * 161})
        reply = await api.get("/v1/me")
        assert (reply.status, api.key in reply.raw.decode()) == (200, False)
        expected = {
            "name": "own", "channels": ["sms"], "senders": [], "sender_ids": ["Praxis"], "countries": ["AT", "DE"],
            "sender_disclosure": "full", "on_attachment": "reject",
            "limits": {"rate": "7/m", "daily": 100_000, "monthly": 100, "daily_segments": 9, "concurrent": 4},
            "created_at": "2027-01-15T08:00:00Z",
            "accepted": [
                {"period": "2027-01-15", "messages": 1, "segments": 2},
                {"period": "2027-01", "messages": 1, "segments": 2},
            ],
        }  # fmt: skip
        told = reply.members()
        assert expected == {name: told[name] for name in expected}


async def test_a_webhook_is_shown_without_its_secret(api: Api) -> None:
    """Where events go is stored about a client, too; without one there is null."""
    before = (await api.get("/v1/me")).members()["webhook"]
    store = api.desk.store.store
    client = await store.client_named("praxis")
    await store.set_webhook(client.id, "https://praxis.example/events", b"sealed secret")
    after = await api.get("/v1/me")
    assert (before, after.members()["webhook"]) == (None, {"url": "https://praxis.example/events", "waiting": 0})
    assert b"secret" not in after.body


async def test_who_is_no_client_is_shown_nothing(api: Api) -> None:
    """As everywhere."""
    assert (await call(api.port, "GET", "/v1/me")).status == 401


async def test_many_wrong_keys_do_not_keep_a_right_one_waiting(api: Api) -> None:
    """Wrong ones are answered later and later refused for being too many; who shows none is answered at once."""
    wrong = [("Authorization", "Bearer wrong")]
    guesses = [asyncio.create_task(call(api.port, "GET", "/v1/me", wrong)) for _ in range(40)]
    assert (await api.get("/v1/me")).status == 200
    assert (await call(api.port, "GET", "/v1/me")).status == 401
    assert {401} == {reply.status for reply in await asyncio.gather(*guesses)}
