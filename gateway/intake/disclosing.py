"""Tells everybody what is done with data: the disclosure in force, for programs and for people, with its versions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from gateway.config import Configuration
from gateway.core.ids import now_seconds
from gateway.delivery.built import Built
from gateway.delivery.recipients import recipients
from gateway.http_server import Answer, Route
from gateway.http_server.answer import JSON
from gateway.http_server.negotiation import preferred
from gateway.http_server.pages import CSS, HTML, asset, templates
from gateway.http_server.request import Request
from gateway.intake.languages import HEADERS, asked, tagged
from gateway.privacy.classes import Language
from gateway.privacy.disclosure import Disclosure, disclose
from gateway.privacy.editions import editions_of
from gateway.privacy.members import disclosure_members
from gateway.privacy.notice import Edition, notice
from gateway.privacy.words import LANGUAGE_NAMES, WORDS
from gateway.spool.disclosures import DisclosureStore

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class _Text:
    body: bytes
    tag: str


@dataclass(frozen=True, slots=True)
class _Told:
    members: Mapping[Language, _Text]
    pages: Mapping[Language, _Text]


class Disclosing:
    """Publishes what holds, and answers with it; the texts are made once a version, not once a request."""

    def __init__(self, store: DisclosureStore, *, clock: Callable[[], int] = now_seconds) -> None:
        self._store = store
        self._clock = clock
        self._templates = templates(_FOLDER)
        self._told = _Told({}, {})

    async def publish(self, configuration: Configuration, built: Built) -> None:
        """Tell of a configuration from now on; where it says something else than the last, as a new version.

        To be called before the configuration comes into force: nobody's data go where the notice does not say.
        Raises StoreUnavailableError; the last version is told then as before.
        """
        disclosure = disclose(configuration.settings, recipients(built))
        since = await self._store.publish_disclosure(disclosure.version, disclosure.stored(), self._clock())
        editions = editions_of(await self._store.disclosures())
        self._told = _Told(
            {language: _members(disclosure, since, language) for language in Language},
            {language: self._page(disclosure, since, editions, language) for language in Language},
        )

    def routes(self) -> Sequence[Route]:
        """Return the paths, which need no key."""
        return (
            Route("GET", "/v1/privacy", self._answer_program),
            Route("GET", "/privacy", self._answer_person),
            Route("GET", "/privacy.css", asset(_FOLDER / "notice.css", CSS, HEADERS)),
        )

    async def _answer_program(self, request: Request) -> Answer:
        language = asked(request) or Language.EN
        text = self._told.members[language]
        return tagged(request, text.body, text.tag, language, JSON)

    async def _answer_person(self, request: Request) -> Answer:
        language = asked(request) or Language(preferred(request.headers, list(Language)))
        text = self._told.pages[language]
        return tagged(request, text.body, text.tag, language, HTML)

    def _page(self, disclosure: Disclosure, since: int, editions: Sequence[Edition], language: Language) -> _Text:
        paper, words = notice(disclosure, editions, language, since=since), WORDS[language]
        name = disclosure.controller.name or words["title"]
        page = self._templates.get_template("notice.html").render(
            paper=paper,
            language=language,
            languages=LANGUAGE_NAMES,
            name=name,
            skip=words["skip"],
            language_label=words["language"],
        )
        return _Text(page.encode(), _tag(disclosure, since, language))


def _members(disclosure: Disclosure, since: int, language: Language) -> _Text:
    body = msgspec.json.encode(disclosure_members(disclosure, language, since=since))
    return _Text(body, _tag(disclosure, since, language))


def _tag(disclosure: Disclosure, since: int, language: Language) -> str:
    # A version that comes back is told with another `since`.
    return f'"{disclosure.version}-{since:x}-{language}"'
