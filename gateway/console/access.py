"""Who may see the console: the admin token, sessions in a cookie, and links that work once."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

from gateway.core.ids import now_seconds
from gateway.core.secret import Secret
from gateway.http_server.request import Request

LIFETIME: Final = 12 * 3600  # seconds, of a session and of a link that nobody followed
_MOST: Final = 32  # sessions and links at the same time: the oldest give way
_RANDOM_BYTES: Final = 32

LOGIN_PATH: Final = "/login/"


class Access:
    """Lets in whoever has the admin token, or a session that was begun with it or with a one-time link.

    In memory only, as digests: a restart ends all sessions and links. `is_tls` decides the cookie's name and form.
    """

    def __init__(self, token: Secret, *, is_tls: bool, clock: Callable[[], int] = now_seconds) -> None:
        self._token = _digest(token.reveal())
        self._clock = clock
        self._links = _Tickets(clock)
        self._sessions = _Tickets(clock)
        self._is_tls = is_tls
        # The prefix binds a cookie to this host and to TLS (RFC 6265bis §4.1.3.2); without TLS no browser takes it.
        self._cookie = "__Host-umschlag" if is_tls else "umschlag"

    def is_admin(self, request: Request) -> bool:
        """Whether a request carries the token or a session."""
        return self.has_token(request) or self._sessions.holds(self._session_of(request))

    def has_token(self, request: Request) -> bool:
        """Whether a request carries the token itself, which no browser adds by itself."""
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self.is_token(credentials.strip())

    def way_in(self, request: Request) -> str:
        """Return how an admin's request came in, as the audit names it."""
        return "admin:token" if self.has_token(request) else "admin:session"

    def is_token(self, given: str) -> bool:
        """Whether a text is the admin token; takes the same time whatever it is."""
        return hmac.compare_digest(_digest(given), self._token)

    def make_link(self) -> str:
        """Return a path that begins one session, within LIFETIME."""
        return LOGIN_PATH + self._links.issue()

    def redeem(self, link: str) -> bool:
        """Use up a link by its last part; whether it was still good."""
        return self._links.end(link)

    def begin_session(self) -> tuple[str, str]:
        """Begin a session and return the header that gives it to the browser."""
        return "Set-Cookie", self._cookie_header(self._sessions.issue())

    def end_session(self, request: Request) -> tuple[str, str]:
        """End a request's session and return the header that takes it from the browser."""
        self._sessions.end(self._session_of(request))
        return "Set-Cookie", self._cookie_header("") + "; Max-Age=0"

    def _session_of(self, request: Request) -> str:
        # By hand: http.cookies raises for names that other programs on this host may have given their cookies.
        for pair in request.headers.get("Cookie", "").split(";"):
            name, _, value = pair.strip().partition("=")
            if name == self._cookie:
                return value
        return ""

    def _cookie_header(self, value: str) -> str:
        secure = "; Secure" if self._is_tls else ""
        return f"{self._cookie}={value}; Path=/; HttpOnly; SameSite=Strict{secure}"


class _Tickets:
    """Random texts that are good for LIFETIME; only their digests are kept."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._until: dict[bytes, int] = {}

    def issue(self) -> str:
        """Return a new one."""
        while len(self._until) >= _MOST:
            del self._until[next(iter(self._until))]
        ticket = secrets.token_urlsafe(_RANDOM_BYTES)
        self._until[_digest(ticket)] = self._clock() + LIFETIME
        return ticket

    def holds(self, ticket: str) -> bool:
        """Whether a ticket is good."""
        return self._until.get(_digest(ticket), 0) > self._clock()

    def end(self, ticket: str) -> bool:
        """Make a ticket bad; whether it was good."""
        return self._until.pop(_digest(ticket), 0) > self._clock()


def _digest(text: str) -> bytes:
    # surrogateescape: aiohttp reads headers that way, and a digest is wanted of anything
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
