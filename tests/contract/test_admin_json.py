"""The console's JSON: what the sandbox took, the status, the providers, and messages without their content."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway import __version__
from gateway.console import ListenerView, ProviderView, RetentionView
from gateway.core.message import Channel, Sms
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.privacy.key_ends import KeyEnd
from gateway.spool.events import Pause, Told
from gateway.spool.store import AttemptEnd
from tests.fakes.admin import BEARER, LETTER, NOTE, NOW, SENT, Admin, serving


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    """Return a running admin listener."""
    async with serving(tmp_path) as admin:
        yield admin


@pytest.fixture
async def client(admin: Admin) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a program with the token."""
    async with aiohttp.ClientSession(admin.url, headers=BEARER) as session:
        yield session


async def get(client: aiohttp.ClientSession, path: str, status: int = 200) -> Any:  # noqa: ANN401 (JSON)
    """Return the JSON at a path."""
    async with client.get(path) as answer:
        assert answer.status == status
        assert answer.headers["Cross-Origin-Resource-Policy" if status == 200 else "Server"]
        return await answer.json()


async def test_the_outbox_shows_the_documented_fields(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Of mail and SMS each field as it would have left, newest first."""
    await admin.take(LETTER, at=NOW - 60, reference="aa" * 16)
    await admin.take(NOTE, at=NOW, reference="bb" * 16)
    sms = {
        "channel": "sms",
        "recipient": "+491761234567",
        "text": "Ihr Termin ist um 10 Uhr.",
        "sender_id": "Praxis",
        "provider": "sandbox",
        "reference": "bb" * 16,
        "taken_at": "2025-11-24T16:00:00Z",
    }
    mail = {
        "channel": "email",
        "sender": "Praxis <praxis@praxis.example>",
        "recipient": "anna@kunde.example",
        "subject": "Ihr Termin",
        "text": "Guten Tag,\nbis Donnerstag.",
        "provider": "sandbox",
        "reference": "aa" * 16,
        "taken_at": "2025-11-24T15:59:00Z",
    }
    assert await get(client, "/api/sandbox/messages") == {"messages": [sms, mail]}


async def test_an_sms_without_a_sender_has_none(admin: Admin, client: aiohttp.ClientSession) -> None:
    """A member that was not given is not there."""
    await admin.take(Sms("+491761234567", "x"))
    found = (await get(client, "/api/sandbox/messages"))["messages"][0]
    assert set(found) == {"channel", "recipient", "text", "provider", "reference", "taken_at"}


async def test_all_outboxes_are_shown_as_one(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Newest first over all of them; within one second each keeps its own order."""
    for number, (box, at) in enumerate([("one", NOW - 9), ("two", NOW - 5), ("one", NOW - 1), ("one", NOW - 1)]):
        await admin.take(Sms("+491761234567", str(number)), at=at, box=box, reference=str(number))
    found = [(each["text"], each["provider"]) for each in (await get(client, "/api/sandbox/messages"))["messages"]]
    assert found == [("3", "one"), ("2", "one"), ("1", "two"), ("0", "one")]


async def test_without_an_outbox_there_is_nothing(client: aiohttp.ClientSession) -> None:
    """A gateway without a sandbox answers with an empty list."""
    assert await get(client, "/api/sandbox/messages") == {"messages": []}


async def test_the_status_is_everything_at_once(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Version, checks, queue, providers and listeners; how old a doubt is does not count as waiting."""
    admin.faults["draining"] = "draining"
    admin.providers = [ProviderView("smarthost", "smtp", (Channel.EMAIL,))]
    admin.listeners = [ListenerView("http", "127.0.0.1:8025", tls=True)]
    await admin.put(1, at=NOW - 30)
    await admin.put(1, at=NOW - 90, end=AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT))
    found = await get(client, "/api/status")
    checks = {name: {"ok": True} for name in ("spool", "disk", "keyring", "retention")}
    waits = {"queued": 0, "sending": 0, "deferred": 0, "in_doubt": 0}
    assert found == {
        "version": __version__,
        "status": "not_ready",
        "checks": {**checks, "draining": {"ok": False, "detail": "draining"}},
        "queue": [
            {"channel": "email", "messages": waits, "oldest_seconds": None},
            {"channel": "sms", "messages": {**waits, "queued": 1, "in_doubt": 1}, "oldest_seconds": 30},
        ],
        "providers": [
            {
                "name": "smarthost",
                "type": "smtp",
                "channels": ["email"],
                "company": None,
                "country": None,
                "circuit": "closed",
                "reason": None,
            }
        ],
        "retention": [],
        "listeners": [{"name": "http", "address": "127.0.0.1:8025", "tls": True}],
        "webhooks": [],
    }


async def test_retention_is_told_by_class(admin: Admin, client: aiohttp.ClientSession) -> None:
    """How long it is kept, how old the oldest is, when it was last purged, and which of its keys dies next."""
    key = KeyEnd(NOW - 7200, NOW + 165_600)
    admin.retention = [
        RetentionView("content", "48h", 7200, purged_at=NOW - 60, next_key=key),
        RetentionView("logs", "90d", None, overdue=True),
    ]
    assert (await get(client, "/api/status"))["retention"] == [
        {
            "class": "content",
            "keeps": "48h",
            "oldest_seconds": 7200,
            "overdue": False,
            "purged_at": "2025-11-24T15:59:00Z",
            "next_key": {"began_at": "2025-11-24T14:00:00Z", "destroyed_at": "2025-11-26T14:00:00Z"},
        },
        {
            "class": "logs",
            "keeps": "90d",
            "oldest_seconds": None,
            "overdue": True,
            "purged_at": None,
            "next_key": None,
        },
    ]


async def test_who_is_not_told_comes_first(admin: Admin, client: aiohttp.ClientSession) -> None:
    """A client's webhook is shown by how it is; where it leads is not, and the page has the same."""
    known, other = await admin.add_client("praxis"), await admin.add_client("apotheke")
    url = "https://client.example/S3NT"
    for number in (known, other):
        await admin.store.set_webhook(number, url, b"sealed")
    await admin.store.note_told(Told(known, url, NOW, retry_at=NOW + 9, pause=Pause.FAILING))
    well = {"client": "apotheke", "state": "told", "reason": None, "failing_since": None, "waiting": 0, "dropped": 0}
    paused = {"client": "praxis", "state": "paused", "reason": "failing", "failing_since": "2025-11-24T16:00:00Z"}
    assert (await get(client, "/api/status"))["webhooks"] == [{**well, **paused}, well]
    async with client.get("/") as answer:
        page = await answer.text()
    assert [page.count(word) for word in ("Events to clients", ">paused<", "S3NT")] == [1, 1, 0]


async def test_an_open_circuit_has_its_reason(admin: Admin, client: aiohttp.ClientSession) -> None:
    """A provider is listed with its company, and why it is left alone."""
    admin.providers = [ProviderView("seven", "seven", (Channel.SMS,), "seven GmbH", "DE", True, Reason.NO_CREDIT)]
    assert await get(client, "/api/providers") == {
        "providers": [
            {
                "name": "seven",
                "type": "seven",
                "channels": ["sms"],
                "company": "seven GmbH",
                "country": "DE",
                "circuit": "open",
                "reason": "no_credit",
            }
        ]
    }


async def test_messages_are_listed_without_content(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Metadata with the client's name, newest first; a client that is gone has none."""
    known = await admin.add_client("praxis")
    first = await admin.put(known, Channel.EMAIL, at=NOW - 5, end=SENT)
    second = await admin.put(77, at=NOW)
    found = await get(client, "/api/messages")
    assert [(each["id"], each["client"]) for each in found["messages"]] == [(second, None), (first, "praxis")]
    assert found["next"] is None
    assert found["messages"][1] == {
        "id": first,
        "client": "praxis",
        "channel": "email",
        "status": "sent",
        "reason": None,
        "provider": "smarthost",
        "provider_ref": "vendor-1",
        "attempts": 1,
        "segments": 1,
        "stripped": 2,
        "created_at": "2025-11-24T15:59:55Z",
        "updated_at": "2025-11-24T15:59:55Z",
        "expires_at": "2025-11-25T15:59:55Z",
    }


async def test_messages_are_filtered_and_paged(admin: Admin, client: aiohttp.ClientSession) -> None:
    """By status and channel; `next` of a full page leads on, and what is not known is ignored."""
    sent = await admin.put(1, Channel.EMAIL, end=SENT)
    waiting = [await admin.put(1) for _ in range(3)]
    for query, expected in {
        "status=sent": [sent],
        "channel=sms&utm=x": waiting[::-1],
        "channel=email&status=queued": [],
        "limit=2": waiting[:0:-1],
        f"limit=2&before={waiting[1]}": [waiting[0], sent],
    }.items():
        found = await get(client, f"/api/messages?{query}")
        assert [each["id"] for each in found["messages"]] == expected
    assert (await get(client, "/api/messages?limit=2"))["next"] == waiting[1]


@pytest.mark.parametrize(
    "query",
    ["status=lost", "status=", "channel=fax", "before=x", "before=", "limit=0", "limit=101", "limit=1000", "limit=x"],
)
async def test_a_bad_query_is_a_problem(client: aiohttp.ClientSession, query: str) -> None:
    """What is no status, channel, id or page size is refused, and not repeated."""
    assert (await get(client, f"/api/messages?{query}", 400))["type"] == "/problems/bad-query"


async def test_without_the_spool_messages_are_a_problem(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Listing answers 503; the status says that the queue is not known, and the rest."""
    await admin.store.close()
    assert (await get(client, "/api/messages", 503))["type"] == "/problems/spool-unavailable"
    assert (await get(client, "/api/status"))["queue"] is None
