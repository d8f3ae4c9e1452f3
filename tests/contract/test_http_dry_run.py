"""A dry run says what would become of a message, refuses what would be refused, and keeps nothing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.message import Channel
from gateway.core.rate import Rate
from gateway.provider import Processor
from gateway.settings import LimitsSection
from tests.contract.http_api import JSON, MAIL, SMS, Api, problem, serving_api
from tests.fakes.desk import Company

SEVEN = Processor(
    "seven communications GmbH & Co. KG",
    "DE",
    {Channel.SMS: ("recipient", "text"), Channel.EMAIL: ("recipient",)},
    privacy_url="https://seven.example",
)
SHOWN = {
    "provider": "seven-main",
    "company": "seven communications GmbH & Co. KG",
    "country": "DE",
    "fields": ["recipient", "text"],
    "privacy_url": "https://seven.example",
}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """Return the client API with two providers, of which one is gone from the configuration."""
    async with serving_api(tmp_path) as api:
        api.desk.providers["seven-main"] = Company(SEVEN)
        api.desk.routes["anybody"] = ("seven-main", "gone")
        yield api


async def looked(api: Api, members: object, path: str = "/v1/sms") -> dict[str, Any]:
    """Make a dry run that says what would become of a message."""
    reply = await api.post(f"{path}?dry_run=true", members)
    assert reply.status == 200
    return reply.members()


async def nothing_is_kept(api: Api) -> bool:
    """Whether neither spool nor delivery nor counters have anything."""
    counted = await api.desk.store.accepted_in("2027-01-15", api.client.id)
    return (await api.desk.store.queue_depths(), api.desk.delivery.passed, counted.messages) == ([], [], 0)


async def test_a_text_message_is_explained(api: Api) -> None:
    """Country, alphabet, segments, and the companies behind its providers in order; no address, no content."""
    expected = {
        "channel": "sms", "country": "DE", "encoding": "gsm7", "units": 15, "segments": 1, "stripped": 1,
        "processors": [SHOWN, {"provider": "gone"}],
    }  # fmt: skip
    assert expected == await looked(api, SMS | {"user": 1})
    assert await nothing_is_kept(api)
    long = await looked(api, SMS | {"text": "ł" * 71, "recipient": "+43 664 1234567"})
    assert (long["country"], long["encoding"], long["units"], long["segments"]) == ("AT", "ucs2", 71, 2)


async def test_a_mail_is_explained(api: Api) -> None:
    """Its providers are all there is to say."""
    shown = SHOWN | {"fields": ["recipient"]}
    expected = {"channel": "email", "stripped": 0, "processors": [shown, {"provider": "gone"}]}
    assert expected == await looked(api, MAIL, "/v1/email")
    assert await nothing_is_kept(api)


async def test_it_is_refused_as_the_message_would_be(api: Api) -> None:
    """The same problems, word for word; a key for the first answer is neither used nor taken."""
    _, api.key = await api.desk.client("narrow", channels=frozenset({Channel.SMS}), countries=frozenset({"AT"}))
    api.desk.routes["narrow"] = ()
    headers = (JSON, ("Idempotency-Key", "dry"))
    for path, members in (
        ("/v1/sms", SMS),
        ("/v1/sms", SMS | {"text": "", "sender_id": "way too long for one"}),
        ("/v1/sms", SMS | {"recipient": "+436641234567"}),
        ("/v1/sms", b"{"),
        ("/v1/email", MAIL),
        ("/v1/sms", SMS | {"text": "x" * 2000, "recipient": "+436641234567"}),
    ):
        dry = await api.post(f"{path}?dry_run=true", members, *headers)
        wet = await api.post(path, members, *headers)
        assert problem(dry) == problem(wet)
        assert dry.status >= 400
    assert await nothing_is_kept(api)


async def test_times_are_looked_at_too(api: Api) -> None:
    """A time that cannot be is told."""
    reply = await api.post("/v1/sms?dry_run=true", SMS, JSON, ("Send-At", "2029-01-01T00:00:00Z"))
    assert problem(reply) == (422, "invalid-header", [("Send-At", "is too far in the future")])


async def test_it_takes_nothing_of_the_limits_and_is_told_of_them(tmp_path: Path) -> None:
    """A client that is over its rate or quota hears so."""
    async with serving_api(tmp_path, limits=LimitsSection(rate=Rate(1, 60), daily=1)) as api:
        await looked(api, SMS)
        await looked(api, SMS)
        await api.accepted()
        assert problem(await api.post("/v1/sms?dry_run=true", SMS)) == (429, "rate-limited", [])
        api.desk.now += 60
        assert problem(await api.post("/v1/sms?dry_run=true", SMS)) == (429, "daily-quota", [])


async def test_a_gateway_that_drains_says_so(api: Api) -> None:
    """As for any message."""
    api.desk.door.close()
    assert problem(await api.post("/v1/sms?dry_run=true", SMS)) == (503, "draining", [])


@pytest.mark.parametrize("value", ["", "1", "yes", "TRUE"])
async def test_a_dry_run_that_is_not_clear_is_refused(api: Api, value: str) -> None:
    """Nobody must send for real who did not mean it."""
    reply = await api.post(f"/v1/sms?dry_run={value}", SMS)
    assert problem(reply) == (422, "invalid-parameter", [("dry_run", "is not one of the possible values")])
    assert await nothing_is_kept(api)


async def test_without_it_the_message_is_sent(api: Api) -> None:
    """Whatever else is asked for."""
    replies = [await api.post(f"/v1/sms{query}", SMS) for query in ("?dry_run=false", "?", "?a=b")]
    assert [reply.status for reply in replies] == [202, 202, 202]


async def test_smart_encoding_is_declared(tmp_path: Path) -> None:
    """The plain text goes to the provider, and the answers say how much was replaced."""
    text = "„Guten Tag“ – bis morgen…"
    async with serving_api(tmp_path, smart_encoding=True) as api:
        found = await looked(api, SMS | {"text": text})
        assert (found["encoding"], found["segments"], found["replaced"]) == ("gsm7", 1, 4)
        assert (await api.accepted(SMS | {"text": text}))["replaced"] == 4
        assert "replaced" not in await api.accepted()
        assert '"Guten Tag" - bis morgen...' == api.desk.delivery.passed[0].message.text  # noqa: SIM300 (expected first)


async def test_without_smart_encoding_a_text_is_left_alone(api: Api) -> None:
    """It is off unless the operator wants it."""
    text = "„Guten Tag“"
    assert (await looked(api, SMS | {"text": text}))["encoding"] == "ucs2"
    await api.accepted(SMS | {"text": text})
    assert text == api.desk.delivery.passed[0].message.text
