"""The console in a real browser: logging in by link, reading the outbox, nothing from elsewhere, readable by all."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from gateway.console import ListenerView, ProviderView, RetentionView
from gateway.core.message import Channel, Email, Mailbox
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.settings import AdminSection
from gateway.spool.store import AttemptEnd
from tests.browser.audit import faults, faults_on_paper
from tests.fakes.admin import LETTER, NOTE, NOW, SENT, TOKEN, Admin, serving

HTML = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>&amp;"

Scheme = Literal["light", "dark"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Reader:
    """A page, what its console said, and which addresses it asked."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Listen."""
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error.message}"))
        self.page.on("request", lambda request: self.asked.add(request.url))

    async def refresh(self) -> None:
        """Do what the page does by itself every few seconds."""
        await self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest_asyncio.fixture(loop_scope="module")
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    """Return a running admin listener with something of everything."""
    async with serving(tmp_path) as admin:
        client = await admin.add_client("praxis")
        ends = [SENT, AttemptEnd(State.FAILED, Reason.INVALID_RECIPIENT), AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT)]
        for end in [*ends, AttemptEnd(State.DEFERRED, Reason.RATE_LIMITED, due_at=NOW + 9), None]:
            await admin.put(client, at=NOW - 60, end=end)
        admin.providers = [
            ProviderView("sandbox", "sandbox", (Channel.EMAIL, Channel.SMS)),
            ProviderView("a-provider-with-quite-a-long-name", "seven", (Channel.SMS,), "seven GmbH", "DE", True),
        ]
        admin.retention = [RetentionView("content", "48h", 60), RetentionView("logs", "90d", 9, overdue=True)]
        admin.listeners = [ListenerView("http", "127.0.0.1:8025"), ListenerView("admin", "127.0.0.1:8026", tls=True)]
        await admin.take(NOTE, reference="ab" * 16)
        yield admin


@asynccontextmanager
async def reading(
    chromium: Browser, *, width: int = 1280, scheme: Scheme = "light", scripts: bool = True
) -> AsyncIterator[Reader]:
    """Open a window of a reader of one's own."""
    size = {"width": width, "height": 900}
    context = await chromium.new_context(
        viewport={"width": size["width"], "height": size["height"]}, color_scheme=scheme, java_script_enabled=scripts
    )
    yield Reader(await context.new_page())
    await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def reader(chromium: Browser) -> AsyncIterator[Reader]:
    """Return a window."""
    async with reading(chromium) as reader:
        yield reader


async def test_a_link_leads_to_the_outbox(admin: Admin, reader: Reader) -> None:
    """The link of `serve` logs in, once, and its token does not stay in the address."""
    link = admin.url + admin.server.one_time_path()
    await reader.page.goto(link)
    assert reader.page.url == f"{admin.url}/"
    await expect(reader.page.get_by_role("heading", level=1)).to_have_text("Everything is in order")
    await expect(reader.page.get_by_text("Ihr Termin ist um 10 Uhr.")).to_be_visible()
    answer = await reader.page.goto(link)
    assert (answer and answer.status) == 401
    await expect(reader.page.get_by_role("alert")).to_contain_text("used already")


async def test_html_in_a_message_is_text(admin: Admin, reader: Reader) -> None:
    """Nothing in a message runs, is fetched or becomes an element, when the page is made anew by its script too."""
    await reader.page.goto(admin.url + admin.server.one_time_path())
    letter = Email(Mailbox("a@b.example", HTML), LETTER.recipient, HTML, HTML)
    await admin.take(letter, reference="evil")
    await reader.refresh()
    card = reader.page.locator("article.letter").first
    await expect(card.locator(".text")).to_have_text(HTML)
    await expect(card.get_by_role("heading")).to_have_text(HTML)
    await reader.page.reload()
    await expect(card.locator(".text")).to_have_text(HTML)
    assert await reader.page.title() == "Umschlag console"
    assert await reader.page.locator("img, main script").count() == 0
    assert {url for url in reader.asked if not url.startswith(admin.url)} == set()


async def test_the_browser_has_nothing_to_complain_of(admin: Admin, reader: Reader) -> None:
    """No violation of the content policy, no error, no other host, on every page and in its script."""
    await reader.page.add_init_script(
        "document.addEventListener('securitypolicyviolation', event => console.error(event.violatedDirective))"
    )
    await reader.page.goto(admin.url + admin.server.one_time_path())
    await reader.page.get_by_role("link", name="Deutsch").click()
    await reader.refresh()
    await expect(reader.page.get_by_role("heading", level=1)).to_have_text("Alles in Ordnung")
    assert reader.said == []
    assert {re.sub(r"/login/.*", "/login/…", url.removeprefix(admin.url)) for url in reader.asked} == {
        "/login/…",
        "/",
        "/?lang=de",
        "/console.css",
        "/console.js",
    }


async def test_a_foreign_name_is_refused(admin: Admin, reader: Reader) -> None:
    """A site whose name was rebound to this machine gets a problem, not the page."""
    answer = await reader.page.goto(f"http://foreign.example:{admin.port}/")
    assert (answer and answer.status) == 403
    await expect(reader.page.locator("body")).to_contain_text("foreign-host")


async def test_a_page_on_another_port_cannot_use_the_session(admin: Admin, reader: Reader, tmp_path: Path) -> None:
    """It shares the cookies of this machine, and still may neither read nor change anything."""
    (tmp_path / "other").mkdir()
    async with serving(tmp_path / "other", AdminSection(listen="127.0.0.1:0")) as other:
        await reader.page.goto(admin.url + admin.server.one_time_path())
        await reader.page.goto(f"{other.url}/healthz")
        asks = "([url, method]) => fetch(url, {method, credentials: 'include'}).then(a => a.status, e => e.name)"
        urls = [[f"{admin.url}/api/status", "GET"], [f"{admin.url}/api/login-links", "POST"]]
        assert [await reader.page.evaluate(asks, url) for url in urls] == ["TypeError", "TypeError"]
    assert [event.get("status") for event in admin.events()] == [None, 403, 403]


async def test_the_form_logs_in_and_out(admin: Admin, reader: Reader) -> None:
    """By the token, in the reader's language; the way out ends at the door."""
    await reader.page.goto(f"{admin.url}/?lang=de")
    await reader.page.get_by_label("Admin-Token").fill("falsch")
    await reader.page.get_by_role("button", name="Anmelden").click()
    await expect(reader.page.get_by_role("alert")).to_have_text("Das ist nicht das Admin-Token.")
    await reader.page.get_by_label("Admin-Token").fill(TOKEN)
    await reader.page.get_by_role("button", name="Anmelden").click()
    await expect(reader.page.get_by_role("heading", level=1)).to_have_text("Alles in Ordnung")
    await reader.page.get_by_role("button", name="Abmelden").click()
    await expect(reader.page.get_by_label("Admin token")).to_be_visible()


async def test_the_page_keeps_itself_fresh(admin: Admin, reader: Reader) -> None:
    """New messages appear, unless the reader has paused it; who is logged out comes to the door."""
    await reader.page.goto(admin.url + admin.server.one_time_path())
    letters = reader.page.locator("article.letter")
    await admin.take(NOTE, reference="2")
    await reader.refresh()
    await expect(letters).to_have_count(2)
    await reader.page.get_by_role("button", name="Pause updates").click()
    await admin.take(NOTE, reference="3")
    await reader.refresh()
    await expect(letters).to_have_count(2)
    await reader.page.get_by_role("button", name="Resume updates").click()
    await expect(letters).to_have_count(3)
    await reader.page.context.clear_cookies()
    await reader.refresh()
    await expect(reader.page.get_by_label("Admin token")).to_be_visible()


async def test_a_lost_gateway_is_said(admin: Admin, reader: Reader) -> None:
    """The old figures stay, with a remark that there are no new ones."""
    await reader.page.goto(admin.url + admin.server.one_time_path())
    await admin.stop()
    await reader.refresh()
    await expect(reader.page.get_by_role("status")).to_contain_text("No connection to the gateway")
    await expect(reader.page.locator("article.letter")).to_have_count(1)


async def test_the_page_needs_no_script(admin: Admin, chromium: Browser) -> None:
    """Without scripts everything is there, and no button that would do nothing."""
    async with reading(chromium, scripts=False) as reader:
        await reader.page.goto(admin.url + admin.server.one_time_path())
        await expect(reader.page.locator("article.letter")).to_have_count(1)
        await expect(reader.page.get_by_role("button")).to_have_text(["Log out"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("language", ["en", "de"])
async def test_everyone_can_read_it(admin: Admin, chromium: Browser, width: int, scheme: Scheme, language: str) -> None:
    """Both pages have names, headings, labels and contrast, and fit a telephone, by day and by night."""
    admin.faults["disk"] = "less than 64MB is free"
    await admin.take(LETTER, reference="2")
    async with reading(chromium, width=width, scheme=scheme) as reader:
        await reader.page.goto(f"{admin.url}/?lang={language}")
        assert await faults(reader.page) == []
        await reader.page.goto(admin.url + admin.server.one_time_path())
        await reader.page.goto(f"{admin.url}/?lang={language}")
        assert await faults(reader.page) == []


async def test_it_can_be_printed(admin: Admin, chromium: Browser) -> None:
    """On paper nothing is cut off, the ink is black on white at night too, and no button is left."""
    async with reading(chromium, scheme="dark") as reader:
        await reader.page.goto(admin.url + admin.server.one_time_path())
        assert await faults_on_paper(reader.page) == []
        await expect(reader.page.get_by_role("button")).to_have_count(0)


async def test_what_is_hard_to_read_is_found(reader: Reader) -> None:
    """The audit of the test above names each fault: without this a broken one would find none."""
    await reader.page.set_content(
        "<body bgcolor=white><h1>x</h1><h3>y</h3><input name=field><a href='/'></a><button>z</button><button>z</button>"
        "<p><font color='#888888'>pale</font></p><table><thead><tr><th></th></tr></thead></table>"
        "<p style='background:linear-gradient(#fff,#000)'>who knows</p>"
        "<pre>" + "wide " * 300 + "</pre><style>button{height:9px;width:9px;padding:0;margin:0}</style>"
    )
    named = {fault.partition(": ")[0] for fault in await faults(reader.page)}
    assert named >= {
        "document-title",
        "html-has-lang",
        "landmark-one-main",
        "heading-order",
        "label",
        "link-name",
        "empty-table-header",
        "target-size",
        "wider than the window",
        "color-contrast",
        "perhaps color-contrast",
    }


async def test_what_paper_would_lose_is_found(reader: Reader) -> None:
    """The audit of paper names each fault, too."""
    await reader.page.set_content(
        "<style>body{color:#eee}div{width:99px;height:9px;overflow:hidden;white-space:nowrap}</style>"
        "<div id=cut>one two three four five six seven</div><pre id=wide>" + "wide " * 300 + "</pre>"
        "<details><summary>more</summary><p id=folded>unseen</p></details>"
    )
    said = await faults_on_paper(reader.page)
    begun = ['cut off: <div id="cut">', "wider than the window: ", 'folded: <p id="folded">', "ink: "]
    assert [each[: len(words)] for each, words in zip(said, begun, strict=True)] == begun


async def test_the_keyboard_reaches_everything(admin: Admin, reader: Reader) -> None:
    """The first stop skips to the content, and what has the focus is seen."""
    await reader.page.goto(admin.url + admin.server.one_time_path())
    await reader.page.keyboard.press("Tab")
    skip = reader.page.get_by_role("link", name="Skip to content")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await reader.page.keyboard.press("Enter")
    await expect(reader.page.get_by_role("main")).to_be_focused()
