"""What programs are told: health, readiness, metrics, and the console's JSON."""

from collections.abc import Callable

import msgspec

from gateway.console.access import Access
from gateway.console.api import (
    Json,
    checks_json,
    circuits_json,
    messages_json,
    outbox_json,
    providers_json,
    status_json,
)
from gateway.console.health import run_checks
from gateway.console.problems import BAD_QUERY, CONSOLE_PROBLEMS, SPOOL_UNAVAILABLE
from gateway.console.snapshot import LATEST, take_depths, take_messages, take_outbox, take_status
from gateway.console.sources import Sources
from gateway.core.ids import is_message_id
from gateway.core.message import Channel
from gateway.core.state import State
from gateway.http_server import Answer
from gateway.http_server.answer import JSON
from gateway.http_server.problem import NOT_FOUND, SERVER_PROBLEMS, problem_answer, problem_page
from gateway.http_server.request import Request
from gateway.metrics import CONTENT_TYPE
from gateway.spool.store import MAX_PAGE, Listing, StoreUnavailableError

_HEADERS = (("Cross-Origin-Resource-Policy", "same-origin"),)


class Programs:
    """Answers with JSON, and with Prometheus's text."""

    def __init__(self, sources: Sources, access: Access, clock: Callable[[], int]) -> None:
        self._sources = sources
        self._access = access
        self._clock = clock
        self._problems = {problem.slug: problem for problem in (*SERVER_PROBLEMS, *CONSOLE_PROBLEMS)}

    async def healthz(self, _request: Request) -> Answer:
        """Say that the process serves."""
        return _json({"status": "serving"})

    async def readyz(self, _request: Request) -> Answer:
        """Say whether messages should be sent here: 200 or 503, with every check, and how the circuits stand.

        An open circuit is no reason not to send here: messages wait, or go to the next provider.
        """
        checks = await run_checks(self._sources.checks)
        found = checks_json(checks) | circuits_json(self._sources.providers())
        return _json(found, 200 if all(check.holds for check in checks) else 503)

    async def metrics(self, _request: Request) -> Answer:
        """Give all metrics; the queue's are counted now."""
        depths = await take_depths(self._sources, self._clock())
        if depths is not None:
            self._sources.metrics.queue(depths)
        return Answer(200, self._sources.metrics.render(), CONTENT_TYPE)

    async def status(self, _request: Request) -> Answer:
        """Give version, health, queue, providers, retention and listeners."""
        return _json(status_json(await take_status(self._sources, self._clock())))

    async def providers(self, _request: Request) -> Answer:
        """Give the configured providers and their circuits."""
        return _json(providers_json(self._sources.providers()))

    async def messages(self, request: Request) -> Answer:
        """Give one page of messages' metadata, newest first."""
        wanted = _listing_of(request)
        if wanted is None:
            return problem_answer(BAD_QUERY)
        try:
            return _json(messages_json(await take_messages(self._sources, wanted), wanted.limit))
        except StoreUnavailableError:
            return problem_answer(SPOOL_UNAVAILABLE, retry_after=5)

    async def sandbox(self, _request: Request) -> Answer:
        """Give what the outboxes hold."""
        return _json(outbox_json(take_outbox(self._sources.outboxes())))

    async def make_link(self, _request: Request) -> Answer:
        """Make a one-time link, as `{"path"}`."""
        return _json({"path": self._access.make_link()}, 201)

    async def problem(self, _request: Request, slug: str) -> Answer:
        """Show what a problem's type means."""
        found = self._problems.get(slug)
        return problem_answer(NOT_FOUND) if found is None else problem_page(found)


def _json(value: Json, status: int = 200) -> Answer:
    return Answer(status, msgspec.json.encode(value), JSON, headers=_HEADERS)


def _listing_of(request: Request) -> Listing | None:
    """Read `status`, `channel`, `before` and `limit`; None where one is not of its form. Other members are ignored."""
    query = request.query
    state, channel, before, limit = (query.get(name) for name in ("status", "channel", "before", "limit"))
    if before is not None and not is_message_id(before):
        return None
    try:
        return Listing(
            state=None if state is None else State(state),
            channel=None if channel is None else Channel(channel),
            before=before,
            limit=LATEST if limit is None else _page_size(limit),
        )
    except ValueError:
        return None


def _page_size(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_PAGE)) and 1 <= int(text) <= MAX_PAGE):
        message = "a number from 1 to MAX_PAGE is expected"
        raise ValueError(message)
    return int(text)
