"""The operator's page as HTML: what it shows, in which words, and that every value is escaped."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gateway.console import ListenerView, ProviderView, RetentionView
from gateway.console.page import CARDS, LONGEST_TEXT
from gateway.console.texts import ENGLISH, GERMAN
from gateway.core.message import Channel, Email, Mailbox, Sms
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.logs.field import RetentionClass
from gateway.spool.store import AttemptEnd
from tests.fakes.admin import BEARER, LETTER, NOTE, NOW, SENT, Admin, serving

EVIL = "<img src=x onerror=alert(1)>\"'&"


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    """Return a running admin listener."""
    async with serving(tmp_path) as admin:
        yield admin


@pytest.fixture
async def client(admin: Admin) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a program with the token: the page is shown to it too."""
    async with aiohttp.ClientSession(admin.url, headers=BEARER) as session:
        yield session


async def page(client: aiohttp.ClientSession, path: str = "/") -> str:
    """Return the page's source."""
    async with client.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        return await answer.text()


def words(source: str) -> str:
    """Return what a reader sees of the source."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", source)).split())


@pytest.mark.parametrize("path", ["/", "/console.css", "/console.js"])
async def test_nothing_of_others_may_run(client: aiohttp.ClientSession, path: str) -> None:
    """The policy allows this origin alone, and no page of another may frame or read this one."""
    async with client.get(path) as answer:
        headers = answer.headers
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert {name: headers[name] for name in headers if name not in {"Content-Type", "Content-Length", "Date"}} == {
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Server": "umschlag",
    }


async def test_the_page_has_no_inline_code_and_no_other_host(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Scripts and styles are files of ours."""
    await admin.take(LETTER)
    source = await page(client)
    assert re.findall(r"<style|<script(?! src=\"/)|style=| on\w+=|https?://|//\w", source) == []


async def test_an_empty_gateway_has_a_calm_page(client: aiohttp.ClientSession) -> None:
    """Nothing waits, no message yet, and no outbox where there is no sandbox."""
    shown = words(await page(client))
    for text in ("Everything is in order", "As of 16:00:00 UTC", "Mail 0 Nothing waits", "No message yet."):
        assert text in shown
    assert "Sandbox" not in shown


async def test_a_sandbox_without_messages_has_an_empty_outbox(admin: Admin, client: aiohttp.ClientSession) -> None:
    """The reader learns what would appear there."""
    await admin.take(NOTE)
    await admin.boxes["sandbox"].close()
    assert "Messages that are routed to the sandbox appear here." in words(await page(client))


async def test_what_does_not_hold_is_said(admin: Admin, client: aiohttp.ClientSession) -> None:
    """The heading tells, and the check says why."""
    admin.faults["disk"] = "less than 64MB is free"
    shown = words(await page(client))
    assert "Not ready" in shown
    assert "Spool in order Disk space less than 64MB is free Keys in order" in shown


async def test_queue_providers_retention_and_listeners_are_shown(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Each with its figures."""
    admin.providers = [
        ProviderView("sandbox", "sandbox", (Channel.EMAIL, Channel.SMS)),
        ProviderView("seven", "seven", (Channel.SMS,), "seven GmbH", "DE", True, Reason.NO_CREDIT),
    ]
    admin.retention = [RetentionView("content", "48h", 7200), RetentionView("logs", "90d", None, overdue=True)]
    admin.retention += [RetentionView("usage", "10y", 40_000_000), RetentionView("standings", "until_withdrawn", 7200)]
    admin.listeners = [ListenerView("http", "127.0.0.1:8025", tls=True), ListenerView("admin", "127.0.0.1:8026")]
    await admin.put(1, at=NOW - 59)
    await admin.put(1, at=NOW - 150, end=AttemptEnd(State.DEFERRED, Reason.UNAVAILABLE, due_at=NOW + 60))
    shown = words(await page(client))
    for text in (
        "SMS 2 queued 1 deferred 1 oldest for 2 min",
        "sandbox sandbox · Mail · SMS in use",
        "seven seven · SMS seven GmbH, DE left alone no credit",
        "Content 48h 2 h",
        "Log files overdue 90d –",
        "Usage counts 10y 462 d",
        "Objections, restrictions until withdrawn 2 h",
        "http 127.0.0.1:8025 TLS admin 127.0.0.1:8026",
    ):
        assert text in shown


async def test_messages_are_shown_without_content(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Status with reason, provider, client, attempts and the end of the id."""
    known = await admin.add_client("praxis")
    sent = await admin.put(known, Channel.EMAIL, at=NOW - 300, end=SENT)
    failed = await admin.put(77, at=NOW - 20, end=AttemptEnd(State.FAILED, Reason.INVALID_RECIPIENT))
    shown = words(await page(client))
    assert f"failed invalid recipient SMS smarthost SMS – 1 …{failed[-8:]} 20 s ago" in shown
    assert f"sent Mail smarthost Mail praxis 1 …{sent[-8:]} 5 min ago" in shown


async def test_without_the_spool_the_page_says_so(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Queue and messages are not known; everything else is shown."""
    await admin.store.close()
    assert words(await page(client)).count("The spool cannot be read now.") == 2


async def test_the_outbox_is_readable(admin: Admin, client: aiohttp.ClientSession) -> None:
    """A letter has sender, recipient, subject and text; an SMS its number, and a sender where there is one."""
    await admin.take(LETTER, at=NOW - 7200)
    await admin.take(Email(LETTER.sender, LETTER.recipient, "", "x"), at=NOW - 10, reference="02")
    await admin.take(NOTE, at=NOW - 5, reference="03")
    await admin.take(Sms("+491761234567", "y"), reference="04")
    shown = words(await page(client))
    for text in (
        "Mail sandbox · 2 h ago From Praxis <praxis@praxis.example> To anna@kunde.example Ihr Termin Guten Tag, bis",
        "To anna@kunde.example (no subject) x Reference 02",
        "From Praxis To +491761234567 Ihr Termin ist um 10 Uhr. Reference 03",
        "SMS sandbox · 0 s ago To +491761234567 y Reference 04",
    ):
        assert text in shown


async def test_every_value_is_escaped(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Whatever a message holds is text on the page."""
    await admin.take(Email(Mailbox("a@b.example", EVIL), Mailbox("c@d.example", EVIL), EVIL, EVIL), box=EVIL)
    await admin.take(Sms("+491761234567", EVIL, EVIL), reference=EVIL)
    admin.providers = [ProviderView(EVIL, EVIL, (), EVIL, EVIL)]
    source = await page(client)
    assert "<img" not in source
    assert source.count(html.escape(EVIL).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")) >= 8


async def test_long_texts_and_many_letters_are_cut(admin: Admin, client: aiohttp.ClientSession) -> None:
    """The page stays small; it says how much more there is."""
    await admin.take(Sms("+491761234567", "x" * (LONGEST_TEXT + 1234)), reference="long")
    for number in range(CARDS - 1):
        await admin.take(NOTE, at=NOW - 60, reference=str(number))
    shown = words(await page(client))
    assert "1 234 more characters" in shown
    assert "older ones" not in shown
    await admin.take(NOTE, at=NOW - 90, reference="last")
    assert "1 older ones: the JSON has them all." in words(await page(client))


async def test_the_page_speaks_german(admin: Admin, client: aiohttp.ClientSession) -> None:
    """`lang=de` changes words and language; anything else is English."""
    admin.retention = [RetentionView("logs", "90d", 86_400 * 91)]
    source = await page(client, "/?lang=de")
    assert '<html lang="de">' in source
    assert "Protokolldateien 90d 91 Tg." in words(source)
    assert '<html lang="en">' in await page(client, "/?lang=fr")


def test_both_languages_have_the_same_texts() -> None:
    """No text is missing in one of them, and each has as many gaps to fill."""
    assert {key: text.count("{}") for key, text in ENGLISH.items()} == {
        key: text.count("{}") for key, text in GERMAN.items()
    }


def test_each_word_of_the_gateway_has_its_text() -> None:
    """Channels, states and retention classes are named in both languages."""
    keys = {*Channel, *(f"state.{state}" for state in State), *(f"class.{name}" for name in RetentionClass)}
    assert keys - ENGLISH.keys() == set()
