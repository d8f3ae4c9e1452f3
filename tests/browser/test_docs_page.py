"""The page of the client API in a real browser: readable by all, nothing from elsewhere, no script."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.audit import faults, faults_on_paper
from tests.contract.http_api import Api, serving_api

OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true; })"

Scheme = Literal["light", "dark"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """Return the client API."""
    async with serving_api(tmp_path) as api:
        yield api


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_everyone_can_read_it(api: Api, chromium: Browser, width: int, scheme: Scheme) -> None:
    """Folded and unfolded it has names, headings and contrast, and fits a telephone, by day and by night."""
    context = await chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{api.port}/docs")
    assert await faults(page) == []
    await page.evaluate(OPEN_ALL)
    assert await faults(page) == []
    await context.close()


async def test_it_can_be_printed(api: Api, chromium: Browser) -> None:
    """On paper nothing is cut off or folded away, and the ink is black on white at night too."""
    context = await chromium.new_context(color_scheme="dark")
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{api.port}/docs")
    assert await faults_on_paper(page) == []
    await context.close()


async def test_the_browser_has_nothing_to_complain_of(api: Api, chromium: Browser) -> None:
    """No violation of the policy and no other host; without scripts everything is there."""
    context = await chromium.new_context(java_script_enabled=False)
    page = await context.new_page()
    said: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.add(request.url.removeprefix(f"http://127.0.0.1:{api.port}")))
    await page.goto(f"http://127.0.0.1:{api.port}/docs")
    await page.get_by_role("link", name="POST /v1/sms").click()
    await expect(page.get_by_role("heading", name="Send a text message")).to_be_in_viewport()
    await page.get_by_text("Problems 400").nth(1).click()
    await expect(page.get_by_text("invalid-message").nth(1)).to_be_visible()
    assert said == []
    assert {path.partition("#")[0] for path in asked} - {"/favicon.ico"} == {"/docs", "/docs.css"}
    await context.close()


async def test_the_keyboard_reaches_everything(api: Api, chromium: Browser) -> None:
    """The first stop skips to the content; what is wide can be scrolled by keys."""
    context = await chromium.new_context()
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{api.port}/docs")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    assert await page.locator("pre:not([tabindex])").count() == 0
    await context.close()
