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


async def two_versions(board: NoticeBoard) -> tuple[str, str]:
    """Put another version into force two days later, and return both, the old one first."""
    first = (await get(board, "/v1/privacy")).members()["version"]
    board.now = NOW + 2 * DAY
    await board.publish(OTHER)
    return first, (await get(board, "/v1/privacy")).members()["version"]


async def test_all_versions_are_listed(board: NoticeBoard) -> None:
    """Newest first, each with when it was in force and what it changed against the one before."""
    first, second = await two_versions(board)
    listed = (await get(board, "/v1/privacy/versions")).members()["versions"]
    assert [(each["version"], each["since"], each["until"]) for each in listed] == [
        (second, "2027-01-17T08:00:00Z", None),
        (first, "2027-01-15T08:00:00Z", "2027-01-17T08:00:00Z"),
    ]
    assert "Content, Kept for: 48 hours → 36 hours" in listed[0]["changes"]
    assert listed[1]["changes"] == ["The oldest version that is kept"]
    german = (await get(board, "/v1/privacy/versions?lang=de")).members()["versions"]
    assert german[1]["changes"] == ["Älteste Fassung, die noch da ist"]


async def test_an_old_version_is_told_to_programs(board: NoticeBoard) -> None:
    """As it was told then, with until when it was in force; the one in force is found in the same way."""
    told = (await get(board, "/v1/privacy")).members()
    first, second = await two_versions(board)
    old = (await get(board, f"/v1/privacy/versions/{first}")).members()
    assert old == told | {"until": "2027-01-17T08:00:00Z", "changes": ["The oldest version that is kept"]}
    now = (await get(board, f"/v1/privacy/versions/{second}")).members()
    assert (now["until"], now["since"]) == (None, "2027-01-17T08:00:00Z")


async def test_an_old_version_is_told_to_people(board: NoticeBoard) -> None:
    """The notice in force leads to it; it says that it is old, and leads to the other language and to what holds."""
    first, _ = await two_versions(board)
    path = f"/privacy/versions/{first}?lang=en"
    assert f'href="{path}"'.encode() in (await get(board, "/privacy?lang=en")).body
    page = (await get(board, path)).body.decode()
    for words in ("In force until", "2027-01-17", "48 hours", f'href="/privacy/versions/{first}?lang=de"'):
        assert words in page
    assert 'href="/privacy?lang=en"' in page
    assert (
        '<html lang="de">' in (await get(board, f"/privacy/versions/{first}", ("Accept-Language", "de"))).body.decode()
    )


@pytest.mark.parametrize("path", ["/v1/privacy/versions", "/v1/privacy/versions/{}", "/privacy/versions/{}"])
async def test_versions_can_be_kept_while_they_hold(board: NoticeBoard, path: str) -> None:
    """Each has an entity tag, which changes when the version comes to its end."""
    version = (await get(board, "/v1/privacy")).members()["version"]
    first = await get(board, path.format(version))
    tag = ("If-None-Match", first.headers["etag"])
    again = await get(board, path.format(version), tag)
    assert (first.status, first.headers["cache-control"], again.status, again.body) == (200, "no-cache", 304, b"")
    await two_versions(board)
    assert (await get(board, path.format(version), tag)).status == 200


async def test_what_is_no_version_is_not_found(board: NoticeBoard) -> None:
    """Whatever it is; it is not repeated."""
    for path in ("/v1/privacy/versions/S3NT", "/privacy/versions/S3NT", "/privacy/versions/", "/privacy/versions"):
        reply = await get(board, path)
        assert (reply.status, b"S3NT" in reply.body) == (404, False)


async def test_a_version_that_cannot_be_read_is_told_without_its_text(board: NoticeBoard) -> None:
    """Another version of the program published it: when it was in force is known all the same."""
    store = board.disclosing._store  # noqa: SLF001 (what another program wrote into it)
    await store.publish_disclosure("0123456789abcdef", "{}", NOW + 1)
    board.now = NOW + 2
    page = (await get(board, "/privacy/versions/0123456789abcdef?lang=en")).body.decode()
    assert "Published by another version of the program" in page
    assert (await get(board, "/v1/privacy/versions/0123456789abcdef")).members() == {
        "version": "0123456789abcdef",
        "since": "2027-01-15T08:00:01Z",
        "until": None,
        "changes": ["Published by another version of the program: differences cannot be shown"],
    }


async def test_versions_of_a_spool_that_is_away_are_for_later(tmp_path: Path) -> None:
    """Whoever asks may ask again."""
    async with telling(tmp_path) as board:
        store = board.disclosing._store  # noqa: SLF001 (its disk is what fails)
        assert isinstance(store, SqliteStore)
        await store.close()
        for path in ("/v1/privacy/versions", "/privacy/versions/0123456789abcdef"):
            reply = await get(board, path)
            assert (reply.status, reply.headers["retry-after"]) == (503, "5")
