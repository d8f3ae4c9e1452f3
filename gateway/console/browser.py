"""What a browser is shown: the operator's page, and the ways into it and out."""

from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs

from gateway.console.access import Access
from gateway.console.gate import WWW_AUTHENTICATE
from gateway.console.page import Pages, Shown
from gateway.console.snapshot import LATEST, take_messages, take_outbox, take_status
from gateway.console.sources import Sources
from gateway.console.texts import LANGUAGES
from gateway.http_server import Answer, read_body
from gateway.http_server.pages import HTML, policy
from gateway.http_server.problem import METHOD_NOT_ALLOWED, problem_answer
from gateway.http_server.request import Request
from gateway.logs import Event, Log
from gateway.spool.store import Listing, StoreUnavailableError

HEADERS: Final = (
    *policy(style_src="'self'", script_src="'self'", connect_src="'self'", img_src="'self'", form_action="'self'"),
    # With no-referrer browsers hide the origin of our own forms too.
    ("Referrer-Policy", "same-origin"),
)

_MAX_FORM: Final = 4096  # bytes
_FORM_SECONDS: Final = 10.0


class Browser:
    """Answers with pages; who is not logged in gets the one that says how."""

    def __init__(self, sources: Sources, access: Access, log: Log, clock: Callable[[], int]) -> None:
        self._sources = sources
        self._access = access
        self._log = log
        self._clock = clock
        self._pages = Pages()

    async def page(self, request: Request) -> Answer:
        """Show the operator's page."""
        if not self._access.is_admin(request):
            return self._door(request)
        now = self._clock()
        outboxes = self._sources.outboxes()
        try:
            messages = await take_messages(self._sources, Listing(limit=LATEST))
        except StoreUnavailableError:
            messages = None
        status = await take_status(self._sources, now)
        shown = Shown(status, messages, take_outbox(outboxes), has_outbox=bool(outboxes))
        return Answer(200, self._pages.console(shown, _language_of(request), now), HTML, headers=HEADERS)

    async def follow_link(self, request: Request, link: str) -> Answer:
        """Begin a session by a link that works once."""
        if request.method != "GET":  # HEAD: something that looks at links before people do
            return problem_answer(METHOD_NOT_ALLOWED, headers=[("Allow", "GET")])
        if not self._access.redeem(link):
            return self._turn_away(request, "door_used")
        return self._let_in("/")

    async def log_in(self, request: Request) -> Answer:
        """Begin a session by the token, from the form."""
        body = await read_body(request, _MAX_FORM, _FORM_SECONDS)
        if not isinstance(body, bytes):
            return problem_answer(body)
        if not self._access.is_token(_token_in(body)):
            return self._turn_away(request, "door_wrong")
        return self._let_in(f"/?lang={_language_of(request)}")

    async def log_out(self, request: Request) -> Answer:
        """End the session."""
        return _redirect("/", self._access.end_session(request))

    def _let_in(self, path: str) -> Answer:
        self._log.info(Event.ADMIN_LOGIN, listener="admin")
        return _redirect(path, self._access.begin_session())

    def _turn_away(self, request: Request, remark: str) -> Answer:
        self._log.warning(Event.ADMIN_REFUSED, listener="admin", status=401)
        return self._door(request, remark)

    def _door(self, request: Request, remark: str | None = None) -> Answer:
        body = self._pages.door(_language_of(request), remark)
        return Answer(401, body, HTML, headers=[*HEADERS, WWW_AUTHENTICATE])


async def no_icon(_request: Request) -> Answer:
    """Answer the request that every browser makes by itself."""
    return Answer(204)


def _redirect(path: str, cookie: tuple[str, str]) -> Answer:
    return Answer(303, headers=[("Location", path), cookie, *HEADERS])


def _language_of(request: Request) -> str:
    asked = request.query.get("lang", "")
    return asked if asked in LANGUAGES else "en"


def _token_in(body: bytes) -> str:
    try:
        return parse_qs(body.decode("ascii"), max_num_fields=4).get("token", [""])[0].strip()
    except ValueError:  # no ASCII, or more fields than the form has
        return ""
