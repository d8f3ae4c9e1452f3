"""The privacy notice in a real browser: readable by all, on a telephone and on paper, nothing from elsewhere."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.audit import faults, faults_on_paper
from tests.fakes.configuration import merged
from tests.fakes.notice import NOW, TABLES, NoticeBoard, telling

Scheme = Literal["light", "dark"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def board(tmp_path: Path) -> AsyncIterator[NoticeBoard]:
    """Return the notice of a configuration with a history, long names and everything unknown."""
    async with telling(tmp_path) as board:
        board.now = NOW + 86_400
        company = {
            "company": "A" * 60,
            "country": "US",
            "transfer_basis": "SCC",
            "privacy_url": "https://a.example/" * 9,
        }
        await board.publish(merged(TABLES, {"providers": {"seven-main": company}, "retention": {"scheduled": "7d"}}))
        yield board


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("language", ["de", "en"])
async def test_everyone_can_read_it(
    board: NoticeBoard, chromium: Browser, width: int, scheme: Scheme, language: str
) -> None:
    """It has names, headings, contrast, and fits a telephone, by day and by night."""
    context = await chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = await context.new_page()
    await page.goto(f"{board.url}/privacy?lang={language}")
    assert await faults(page) == []
    await context.close()


async def test_the_browser_has_nothing_to_complain_of(board: NoticeBoard, chromium: Browser) -> None:
    """No violation of the policy, no other host, no script; the language is one click away."""
    context = await chromium.new_context(locale="en-GB", java_script_enabled=True)
    page, said, asked = await context.new_page(), [], set()
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.add(request.url.removeprefix(board.url)))
    await page.goto(f"{board.url}/privacy")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Privacy notice")
    await page.get_by_role("link", name="Deutsch").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Datenschutzhinweise")
    await expect(page.get_by_text("48 Stunden")).to_be_visible()
    assert said == []
    assert asked <= {"/privacy", "/privacy?lang=de", "/privacy.css", "/favicon.ico"}
    await context.close()


@pytest.mark.parametrize("language", ["de", "en"])
async def test_it_can_be_printed(board: NoticeBoard, chromium: Browser, language: str) -> None:
    """On paper nothing is cut off, the ink is black on white at night too, and what only a screen needs is gone."""
    context = await chromium.new_context(color_scheme="dark")
    page = await context.new_page()
    await page.goto(f"{board.url}/privacy?lang={language}")
    assert await faults_on_paper(page) == []
    await expect(page.get_by_role("navigation")).to_be_hidden()
    assert (await page.pdf(format="A4")).startswith(b"%PDF")
    await context.close()
