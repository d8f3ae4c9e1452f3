"""Answers with every published version of the notice, for programs and for people, without a key."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from gateway.core.ids import now_seconds
from gateway.http_server import Answer, Route
from gateway.http_server.answer import JSON
from gateway.http_server.negotiation import preferred
from gateway.http_server.pages import HTML, templates
from gateway.http_server.problem import BUSY, NOT_FOUND, problem_answer
from gateway.http_server.request import Request
from gateway.intake.languages import asked, tagged
from gateway.privacy.classes import Language
from gateway.privacy.editions import editions_of
from gateway.privacy.notice import Edition
from gateway.privacy.past import Past, find, past_members, past_notice, summary_members, versions
from gateway.privacy.words import WORDS
from gateway.spool.disclosures import DisclosureStore
from gateway.spool.store import StoreUnavailableError

_FOLDER: Final = Path(__file__).parent
# Seconds for which the versions are not read again: anyone may ask.
_FRESH: Final = 2
_RETRY: Final = 5  # seconds


class Archive:
    """The versions in the spool. `clock` gives seconds since 1970 UTC."""

    def __init__(self, store: DisclosureStore, *, clock: Callable[[], int] = now_seconds) -> None:
        self._store = store
        self._page = templates(_FOLDER).get_template("notice.html")
        self._clock = clock
        self._editions: Sequence[Edition] = ()
        self._read_at: int | None = None

    def routes(self) -> Sequence[Route]:
        """Return the paths."""
        return (
            Route("GET", "/v1/privacy/versions", self._answer_list),
            Route("GET", "/v1/privacy/versions/{version}", self._answer_program),
            Route("GET", "/privacy/versions/{version}", self._answer_person),
        )

    async def _answer_list(self, request: Request) -> Answer:
        language = asked(request) or Language.EN
        try:
            found = versions(await self._read())
        except StoreUnavailableError:
            return problem_answer(BUSY, retry_after=_RETRY)
        body = msgspec.json.encode({"versions": [summary_members(past, language) for past in found]})
        tag = f'"{len(found)}-{_stamp(found[0]) if found else 0}-{language}"'
        return tagged(request, body, tag, language, JSON)

    async def _answer_program(self, request: Request, version: str) -> Answer:
        language = asked(request) or Language.EN
        return await self._answer_version(request, version, language, JSON)

    async def _answer_person(self, request: Request, version: str) -> Answer:
        language = asked(request) or Language(preferred(request.headers, list(Language)))
        return await self._answer_version(request, version, language, HTML)

    async def _answer_version(self, request: Request, version: str, language: Language, media_type: str) -> Answer:
        try:
            past = find(await self._read(), version)
        except StoreUnavailableError:
            return problem_answer(BUSY, retry_after=_RETRY)
        if past is None:
            return problem_answer(NOT_FOUND)
        write = self._write_page if media_type == HTML else _write_members
        return tagged(request, write(past, language), f'"{_stamp(past)}-{language}"', language, media_type)

    async def _read(self) -> Sequence[Edition]:
        now = self._clock()
        if self._read_at is None or not 0 <= now - self._read_at < _FRESH:
            self._editions = editions_of(await self._store.disclosures())
            self._read_at = now
        return self._editions

    def _write_page(self, past: Past, language: Language) -> bytes:
        words, disclosure = WORDS[language], past.edition.disclosure
        name = disclosure.controller.name if disclosure is not None else None
        return self._page.render(
            paper=past_notice(past, language),
            language=language,
            languages={},  # the page's own links lead to the version in force
            name=name or words["title"],
            skip=words["skip"],
            language_label=words["language"],
        ).encode()


def _write_members(past: Past, language: Language) -> bytes:
    return msgspec.json.encode(past_members(past, language))


def _stamp(past: Past) -> str:
    """Return what changes when the answer does: a version's text never, its end once, and what it replaced."""
    before = past.before.version if past.before else ""
    return f"{past.edition.version}-{past.edition.since or 0:x}-{past.until or 0:x}-{before}"
