"""Providers' calls come in at `/callbacks/{provider}`: bounded, known to be the vendor's, and only then read."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from gateway.callback import Acknowledgement, Callback, Refused, Verified
from gateway.core.ids import now_seconds
from gateway.core.report import Report
from gateway.http_server.answer import Answer
from gateway.http_server.body import read_body
from gateway.http_server.problem import METHOD_NOT_ALLOWED, NOT_FOUND, ProblemType, problem_answer
from gateway.http_server.request import Request
from gateway.http_server.routes import Route
from gateway.intake.http.problems import FORGED_REPORT, MALFORMED_REPORT, STORAGE_UNAVAILABLE
from gateway.logs import Event, Log
from gateway.metrics import Metrics
from gateway.provider import Reports
from gateway.spool.store import StoreUnavailableError

MAX_CALL: Final = 64 * 1024  # bytes of a body; a hundred reports have some forty thousand

_MOST_NONCES: Final = 100_000  # remembered at the same time; each is some hundred bytes
_RETRY_STORE: Final = 5  # seconds

_METHODS: Final = ("GET", "POST")
# RFC 9110 §11.6.1 wants one; it is the only scheme of RFC 7235 that a vendor may use.
_CHALLENGE: Final = (("WWW-Authenticate", 'Basic realm="callbacks"'),)


class Taker(Protocol):
    """Writes down what providers told."""

    async def take(self, provider: str, reports: Sequence[Report]) -> None:
        """Take reports. Raises StoreUnavailableError."""


class Asker(Protocol):
    """Asks providers what became of messages."""

    async def hint(self, provider: str, reports: Sequence[Report]) -> None:
        """Ask soon for the messages that a call named. Raises StoreUnavailableError."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """What stands behind the path: who takes reports, who asks, and the configured providers' adapters by name."""

    taker: Taker
    asker: Asker
    adapters: Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Callbacks:
    """The calls of providers. `public_url` is where they reach this listener; without it what they say of it holds.

    `seconds` is what a body may take to arrive.
    """

    beyond: Beyond
    public_url: str | None
    seconds: float
    log: Log
    metrics: Metrics
    clock: Callable[[], int] = now_seconds
    _nonces: "Nonces" = field(default_factory=lambda: Nonces(_MOST_NONCES))

    def routes(self) -> Sequence[Route]:
        """Return the paths, with and without a secret at the end."""
        paths = "/callbacks/{provider}", "/callbacks/{provider}/{secret}"
        return [Route(method, path, self._call) for path in paths for method in _METHODS]

    async def _call(self, request: Request, name: str, secret: str | None = None) -> Answer:
        adapter = self.beyond.adapters().get(name)
        if not isinstance(adapter, Reports) or not adapter.takes_reports():
            return problem_answer(NOT_FOUND)
        if request.method not in _METHODS:  # HEAD, which is answered as GET elsewhere, must change nothing
            return problem_answer(METHOD_NOT_ALLOWED, headers=(("Allow", "GET, OPTIONS, POST"),))
        body = await read_body(request, MAX_CALL, self.seconds)
        if isinstance(body, ProblemType):
            return problem_answer(body)
        callback = Callback(request.method, self._url(request), _headers(request), body, self.clock(), secret)
        verified = adapter.verify(callback)
        if isinstance(verified, Refused):
            return self._refuse(name, verified.value)
        reports = adapter.reports(callback)
        if isinstance(reports, Refused):
            return self._refuse(name, reports.value)
        return await self._take(name, verified, reports, adapter.acknowledgement())

    async def _take(
        self, name: str, verified: Verified, reports: Sequence[Report], acknowledgement: Acknowledgement
    ) -> Answer:
        """Take what was read, once; a call that could not be taken may come again."""
        mark = self._nonces.note(name, verified, self.clock())
        if mark is None:
            return self._refuse(name, "replayed")
        take = self._hint if verified.is_hint else self.beyond.taker.take
        try:
            await take(name, reports)
        except StoreUnavailableError:
            self._nonces.forget(mark)
            return problem_answer(STORAGE_UNAVAILABLE, retry_after=_RETRY_STORE)
        self.log.debug(Event.REPORT_RECEIVED, provider=name, count=len(reports))
        return Answer(200, acknowledgement.body, acknowledgement.media_type)

    def _hint(self, name: str, reports: Sequence[Report]) -> Awaitable[None]:
        self.metrics.reported(name, "hint")
        return self.beyond.asker.hint(name, reports)

    def _refuse(self, name: str, why: Literal["forged", "malformed", "replayed"]) -> Answer:
        self.metrics.reported(name, why)
        problem = MALFORMED_REPORT if why == "malformed" else FORGED_REPORT
        self.log.info(Event.REPORT_REFUSED, provider=name, status=problem.status)
        return problem_answer(problem, headers=_CHALLENGE if problem is FORGED_REPORT else ())

    def _url(self, request: Request) -> str:
        """Return the URL that the vendor called, and has signed."""
        target = request.raw_path
        if not target.startswith("/"):
            target = request.rel_url.raw_path_qs  # an absolute form (RFC 9112 §3.2.2)
        if self.public_url is not None:
            return self.public_url + target
        return f"{request.scheme}://{request.headers.get('Host', '')}{target}"


class Nonces:
    """What was signed for one call and has been used, at most `most` of them, the oldest of which are let go of.

    Each process has its own: another one takes a replay for a repeat, by which nothing changes either.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._used: OrderedDict[bytes, int] = OrderedDict()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._used)

    def note(self, provider: str, verified: Verified, now: int) -> bytes | None:
        """Note a call; None where its nonce was used and has not had its time. The mark is for `forget`."""
        if verified.nonce is None:
            return b""
        mark = hashlib.sha256(f"{provider}\0{verified.nonce}".encode()).digest()[:16]
        if self._used.get(mark, 0) >= now:
            return None
        self._used[mark] = max(verified.good_until, now)
        self._used.move_to_end(mark)
        self._let_go(now)
        return mark

    def forget(self, mark: bytes) -> None:
        """Let a call come again."""
        self._used.pop(mark, None)

    def _let_go(self, now: int) -> None:
        """Drop the oldest whose time is over, a few at a time, and what is too much."""
        for _ in range(2):
            oldest = next(iter(self._used))
            if len(self._used) > self._most or self._used[oldest] < now:
                del self._used[oldest]


def _headers(request: Request) -> Mapping[str, str]:
    """Return the headers by their names in lower case; of one that is there twice the first."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        found.setdefault(name.lower(), value)
    return found
