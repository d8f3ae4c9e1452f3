"""What everybody is told without a key: `/v1/privacy` for programs, `/privacy` for people, version by version."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import StoreUnavailableError
from tests.contract.http_wire import Reply, call
from tests.fakes.configuration import merged
from tests.fakes.notice import NOW, TABLES, NoticeBoard, telling

DAY = 86_400
OTHER = merged(TABLES, {"retention": {"content": "36h"}, "routes": {"sms": ["box"]}})


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[NoticeBoard]:
    """Return a port on which TABLES is told."""
    async with telling(tmp_path) as board:
        yield board


async def get(board: NoticeBoard, path: str, *headers: tuple[str, str], method: str = "GET") -> Reply:
    """Ask without a key."""
    return await call(board.port, method, path, headers)


async def test_programs_are_told(board: NoticeBoard) -> None:
    """The processors are those that the routes use and that receive something, with what is known of each."""
    reply = await get(board, "/v1/privacy")
    told = reply.members()
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert told["since"] == "2027-01-15T08:00:00Z"
    assert told["controller"]["name"] == "Praxis Dr. Müller"
    assert [(each["name"], each["company"], each["fields"]) for each in told["processors"]] == [
        ("seven-main", "seven communications GmbH & Co. KG", ["recipient", "text", "sender_id"]),
        ("smarthost", None, ["sender", "recipient", "subject", "text"]),
    ]
    assert {each["class"]: each["keeps"] for each in told["retention"]}["content"] == "48h"


async def test_texts_come_in_the_language_that_is_asked_for(board: NoticeBoard) -> None:
    """Programs get English unless they ask; people what their browser asks for, and German where it says nothing."""
    english, german = "Access to what is stored about you", "Auskunft über das, was über Sie gespeichert ist"
    for path, text in (("", english), ("?lang=en", english), ("?lang=de", german), ("?lang=fr", english)):
        assert (await get(board, f"/v1/privacy{path}")).members()["rights"][0]["text"] == text
    pages = {
        ("", "en-GB,en;q=0.8"): "en", ("", "de-CH"): "de", ("", "fr"): "de", ("?lang=en", "de"): "en",
        ("?lang=fr", "en"): "en", ("?lang=de&lang=en", "en"): "de",
    }  # fmt: skip
    for (query, wanted), language in pages.items():
        reply = await get(board, f"/privacy{query}", ("Accept-Language", wanted))
        assert f'<html lang="{language}">'.encode() in reply.body
        assert (reply.headers["content-language"], reply.headers["vary"]) == (language, "Accept-Language")


async def test_the_page_loads_nothing_from_elsewhere(board: NoticeBoard) -> None:
    """Its policy allows its own styles alone, and nobody is told where the reader came from."""
    reply = await get(board, "/privacy")
    policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    assert reply.headers["content-security-policy"] == policy
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.body.count(b"<link ") == 1
    assert b"<script" not in reply.body
    styles = await get(board, "/privacy.css")
    assert (styles.status, styles.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert b"http" not in styles.body


@pytest.mark.parametrize("path", ["/v1/privacy", "/privacy"])
async def test_who_has_the_answer_is_told_so(board: NoticeBoard, path: str) -> None:
    """An entity tag that still holds gets 304 without a body; after a change the new text, with another tag."""
    first = await get(board, path)
    tag = ("If-None-Match", first.headers["etag"])
    again = await get(board, path, tag)
    # A program may keep it, and asks each time: with `no-store` there would be nothing to hold a tag for.
    assert [reply.headers["cache-control"] for reply in (first, again)] == ["no-cache", "no-cache"]
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag[1])
    assert (await get(board, f"{path}?lang={'de' if path == '/v1/privacy' else 'en'}", tag)).status == 200
    await board.publish(OTHER)
    changed = await get(board, path, tag)
    assert (changed.status, changed.headers["etag"] == tag[1]) == (200, False)


async def test_a_change_is_a_new_dated_version(board: NoticeBoard) -> None:
    """The version says since when it holds and what it changed; the old one stays in the list."""
    first = (await get(board, "/v1/privacy")).members()
    board.now = NOW + DAY
    await board.publish(TABLES)
    assert (await get(board, "/v1/privacy")).members() == first
    board.now = NOW + 2 * DAY
    await board.publish(OTHER)
    second = (await get(board, "/v1/privacy")).members()
    assert (second["since"], second["version"] == first["version"]) == ("2027-01-17T08:00:00Z", False)
    page = (await get(board, "/privacy?lang=en")).body.decode()
    for words in (first["version"], second["version"], "2027-01-15", "2027-01-17", "48 hours → 36 hours"):
        assert words in page
    assert "No longer a recipient: seven-main" in page


async def test_a_version_that_comes_back_is_of_another_day(board: NoticeBoard) -> None:
    """Its number is the old one, its date and its entity tag are not."""
    first = await get(board, "/v1/privacy")
    for days, tables in enumerate([OTHER, TABLES], 1):
        board.now = NOW + days * DAY
        await board.publish(tables)
    last = await get(board, "/v1/privacy")
    assert last.members()["version"] == first.members()["version"]
    assert last.members()["since"] == "2027-01-17T08:00:00Z"
    assert last.headers["etag"] != first.headers["etag"]


async def test_what_is_configured_is_text(tmp_path: Path) -> None:
    """Markup in the configuration is shown as it was typed, and no address but the web's becomes a link."""
    wild = {
        "controller": {"name": "<script>alert(1)</script>"},
        "providers": {"seven-main": {"company": "A & <b>B</b>", "privacy_url": "javascript:alert(1)"}},
    }
    async with telling(tmp_path, merged(TABLES, wild)) as board:
        page = (await get(board, "/privacy")).body
    assert b"<script" not in page
    assert b"A &amp; &lt;b&gt;B&lt;/b&gt;" in page
    assert b'href="javascript' not in page


async def test_a_spool_that_is_away_leaves_the_last_version(tmp_path: Path) -> None:
    """What cannot be recorded is not told: the caller hears of it, and the old text stands."""
    async with telling(tmp_path) as board:
        first = (await get(board, "/v1/privacy")).body
        store = board.disclosing._store  # noqa: SLF001 (its disk is what fails)
        assert isinstance(store, SqliteStore)
        await store.close()
        with pytest.raises(StoreUnavailableError):
            await board.publish(OTHER)
        assert (await get(board, "/v1/privacy")).body == first


async def test_other_methods_are_refused(board: NoticeBoard) -> None:
    """HEAD is GET without a body; nothing can be written here."""
    assert (await get(board, "/privacy", method="HEAD")).status == 200
    assert (await get(board, "/v1/privacy", method="DELETE")).status == 405
