"""The admin listener: its table of routes, and who may go through each."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from gateway.console.access import LOGIN_PATH, Access
from gateway.console.browser import HEADERS, Browser, no_icon
from gateway.console.gate import Gate
from gateway.console.hosts import OwnHosts
from gateway.console.page import FOLDER
from gateway.console.people import People
from gateway.console.programs import Programs
from gateway.console.sources import Sources, SubjectDesk
from gateway.core.ids import now_seconds
from gateway.core.secret import Secret
from gateway.http_server import Answer, Certificate, Handler, HttpLimits, Listener, Route, Routes, TlsError
from gateway.http_server.pages import CSS, asset
from gateway.http_server.request import Request
from gateway.http_server.routes import path_of
from gateway.logs import Log
from gateway.logs.field import Listener as ListenerName
from gateway.settings import AdminSection

HEALTH_PATH: Final = "/healthz"
JAVASCRIPT: Final = "text/javascript; charset=utf-8"

# An operator's browser and a few machines that look; what they ask is small.
_LIMITS: Final = HttpLimits(max_requests=64, read_timeout=timedelta(seconds=15))
_GRACE: Final = timedelta(seconds=2)


class AdminServer:
    """Health, metrics, the operator's page and its JSON, on the address of `[admin]`.

    Health, readiness and metrics are open, by any name; everything else wants our own name, and but for the ways in
    the admin's token or session too. `refresh` brings the sources up to date before each answer but that of health.
    """

    def __init__(
        self,
        sources: Sources,
        section: AdminSection,
        token: Secret,
        log: Log,
        *,
        refresh: Callable[[], Awaitable[None]] | None = None,
        clock: Callable[[], int] = now_seconds,
    ) -> None:
        self._section = section
        self._access = Access(token, is_tls=section.tls_cert is not None, clock=clock)
        gate = Gate(OwnHosts(section.listen, section.allowed_hosts), self._access, log)
        programs = Programs(sources, self._access, clock)
        browser = Browser(sources, self._access, log, clock)
        routes = Routes([
            *_open_routes(programs),
            *_program_routes(gate, programs),
            *_subject_routes(gate, self._access, sources.subjects),
            *_browser_routes(gate, browser),
        ])
        answer = routes.answer if refresh is None else _after(refresh, routes.answer)
        self._listener = Listener(ListenerName.ADMIN, answer, log, _LIMITS)

    def one_time_path(self) -> str:
        """Return a path that logs a browser in, once and within twelve hours."""
        return self._access.make_link()

    async def start(self) -> int:
        """Bind and listen; returns the port. Raises ListenError, TlsError."""
        port = await self.bind()
        await self.listen()
        return port

    async def bind(self) -> int:
        """Take the address; returns the port. Raises ListenError, TlsError."""
        return await self._listener.bind(self._section.listen, _certificate(self._section))

    async def listen(self) -> None:
        """Answer from now on. Raises ListenError."""
        await self._listener.listen()

    async def stop(self) -> None:
        """Stop listening."""
        await self._listener.stop(_GRACE)


def _after(refresh: Callable[[], Awaitable[None]], answer: Handler) -> Handler:
    async def handle(request: Request) -> Answer:
        if path_of(request) != HEALTH_PATH:
            await refresh()
        return await answer(request)

    return handle


def _certificate(section: AdminSection) -> Certificate | None:
    if section.tls_cert is None and section.tls_key is None:
        return None
    if section.tls_cert is None or section.tls_key is None:
        raise TlsError("admin.tls_cert and admin.tls_key belong together")
    return Certificate(section.tls_cert, section.tls_key)


def _open_routes(programs: Programs) -> list[Route]:
    return [
        Route("GET", HEALTH_PATH, programs.healthz),
        Route("GET", "/readyz", programs.readyz),
        Route("GET", "/metrics", programs.metrics),
        Route("GET", "/problems/{slug}", programs.problem),
    ]


def _program_routes(gate: Gate, programs: Programs) -> list[Route]:
    return [
        Route("GET", "/api/status", gate.admins(programs.status)),
        Route("GET", "/api/providers", gate.admins(programs.providers)),
        Route("GET", "/api/messages", gate.admins(programs.messages)),
        Route("GET", "/api/sandbox/messages", gate.admins(programs.sandbox)),
        Route("POST", "/api/login-links", gate.admins(programs.make_link)),
    ]


def _subject_routes(gate: Gate, access: Access, desk: SubjectDesk | None) -> list[Route]:
    if desk is None:
        return []
    return [Route("POST", "/api/subjects/{action}", gate.admins(People(desk, access.way_in).answer))]


def _browser_routes(gate: Gate, browser: Browser) -> list[Route]:
    return [
        Route("GET", "/", gate.ours(browser.page)),
        Route("GET", LOGIN_PATH + "{link}", gate.ours(browser.follow_link)),
        Route("POST", "/login", gate.ours(browser.log_in)),
        Route("POST", "/logout", gate.ours(browser.log_out)),
        Route("GET", "/console.css", gate.ours(asset(FOLDER / "console.css", CSS, HEADERS))),
        Route("GET", "/console.js", gate.ours(asset(FOLDER / "console.js", JAVASCRIPT, HEADERS))),
        Route("GET", "/favicon.ico", gate.ours(no_icon)),
    ]
