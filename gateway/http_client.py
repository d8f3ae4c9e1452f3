"""Outbound HTTP for adapters: limits, TLS floor, private-network guard, and the judgement whether the bytes left."""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, Protocol

import aiohttp
from yarl import URL

from gateway.core.outcome import Reason
from gateway.guard import socket_factory, tls_context

MAX_ANSWER: Final = 256 * 1024  # bytes of a body; vendors' answers have a few hundred
MAX_WAIT: Final = timedelta(days=1)  # a longer `Retry-After` outlives any message

# Seconds that an idle connection is kept. Shorter than the 5 that common servers keep it: whoever writes into a
# connection that is just being closed cannot know whether the request was read.
KEPT: Final = 4

# All that goes out besides Host, Content-Length and what the adapter says: the same for every client and machine.
EGRESS: Final = {"User-Agent": "Umschlag", "Accept": "*/*", "Accept-Encoding": "identity"}

# What aiohttp sends a second time by itself is what is idempotent (RFC 9110 §9.2.2), and these are not.
_SENT_ONCE: Final = frozenset({"POST", "PATCH"})

_FIELD_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)  # RFC 9110 §5.6.2
_FIELD_VALUE: Final = re.compile(r"[\t\x20-\x7e]*", re.ASCII)  # RFC 9110 §5.5, without the obsolete bytes


@dataclass(frozen=True, slots=True, repr=False)
class HttpRequest:
    """A vendor's request; `url` is percent-encoded, `headers` hold credentials, so it has no repr."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, repr=False)
class HttpResponse:
    """A vendor's answer: header names in lower case, body within the limit of the client."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> timedelta | None:
        """What `Retry-After` asks for (RFC 9110 §10.2.3), at most a day; None where there is nothing readable.

        A date is read against the answer's own `Date`, so that two clocks need not agree.
        """
        written = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"\d{1,9}", written, re.ASCII):
            return min(timedelta(seconds=int(written)), MAX_WAIT)
        try:
            wait = parsedate_to_datetime(written) - parsedate_to_datetime(self.headers.get("date", ""))
        except (ValueError, TypeError):  # no date, or one with an offset and one without
            return None
        return min(max(wait, timedelta()), MAX_WAIT)


@dataclass(frozen=True, slots=True)
class Unsent:
    """The request certainly did not reach the vendor's program: no byte of it left, or none could be read."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Lost:
    """The request left, wholly or in part, and no whole answer came."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Connection:
    """What a client needs to know of one provider."""

    base_url: str
    timeout: timedelta
    max_concurrency: int
    allow_private_network: bool = False
    ca_file: Path | None = None


class HttpClient(Protocol):
    """Sends requests to one provider."""

    async def open(self) -> None:
        """Make ready."""

    async def exchange(self, request: HttpRequest) -> HttpResponse | Unsent | Lost:
        """Send one request and return the answer, or how it was lost; raises nothing but cancellation."""

    async def close(self) -> None:
        """Close the kept connections."""


class AiohttpClient:
    """An HttpClient on kept connections, at most `max_concurrency` of them, to the origin of `base_url` alone.

    No redirects, no cookies, no proxies or other hints from the environment, no second try: one exchange is at most
    one request on the wire. `open` raises OSError where `ca_file` cannot be read.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._origin = URL(connection.base_url).origin()
        self._beginning = f"{self._origin}/"
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the session; connections are made when they are needed."""
        guarded = socket_factory(
            allow_private_network=self._connection.allow_private_network,
            # What is not encrypted stays in the operator's own network.
            allow_public_network=self._origin.scheme == "https",
        )
        connector = aiohttp.TCPConnector(
            limit=self._connection.max_concurrency,
            ssl=tls_context(self._connection.ca_file),
            keepalive_timeout=KEPT,
            socket_factory=guarded,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=self._connection.timeout.total_seconds()),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Content-Type", "User-Agent"),
            headers=EGRESS,
            auto_decompress=False,
            trust_env=False,
            request_class=_Request,
        )

    async def exchange(self, request: HttpRequest) -> HttpResponse | Unsent | Lost:
        """Send one request and return the answer, or how it was lost; raises nothing but cancellation."""
        session = self._session
        assert session is not None, "the client is not open"  # noqa: S101 (a bug, not an outcome)
        url = self._allowed(request)
        if url is None:
            return Unsent(Reason.UNAVAILABLE)
        journey = _Journey()
        _JOURNEY.set(journey)
        try:
            answer = await _send(session, request, url)
        except TimeoutError:
            reason = Reason.TIMEOUT
        except (aiohttp.ClientResponseError, _TooLongError):
            reason = Reason.UNCLEAR_ANSWER
        except Exception:  # noqa: BLE001 (aiohttp's own, OSError, uvloop's RuntimeError; any would hold the URL)
            reason = Reason.CONNECTION_LOST if journey.has_begun else Reason.UNAVAILABLE
        else:
            return answer
        return Lost(reason) if journey.has_begun else Unsent(reason)

    async def close(self) -> None:
        """Close the kept connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _allowed(self, request: HttpRequest) -> URL | None:
        """Return the URL where the request can be written and may be sent."""
        try:
            url = URL(request.url, encoded=True)
            # As it is written nearly always, and quicker to see.
            is_ours = request.url.startswith(self._beginning) or url.origin() == self._origin
        except ValueError:
            return None
        is_secure = url.scheme == "https" or self._connection.allow_private_network
        is_writable = all(
            _FIELD_NAME.fullmatch(name) and _FIELD_VALUE.fullmatch(value) for name, value in request.headers.items()
        )
        return url if is_ours and is_secure and is_writable else None


async def _send(session: aiohttp.ClientSession, request: HttpRequest, url: URL) -> HttpResponse:
    async with session.request(
        request.method,
        url,
        headers=request.headers,
        data=aiohttp.BytesPayload(request.body) if request.body else None,
        allow_redirects=False,
        middlewares=() if request.method in _SENT_ONCE else (_send_once,),
    ) as response:
        body = bytearray()
        while chunk := await response.content.readany():
            body += chunk
            if len(body) > MAX_ANSWER:
                raise _TooLongError
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpResponse(response.status, headers, bytes(body))


class _Journey:
    """Whether the first byte of a request may have left."""

    __slots__ = ("has_begun",)

    def __init__(self) -> None:
        self.has_begun = False


# Of the exchange that is at work in this task: aiohttp makes the request out of its sight.
_JOURNEY: Final[ContextVar[_Journey]] = ContextVar("_JOURNEY")


class _Request(aiohttp.ClientRequest):
    """A request that tells when it has a connection to be written to."""

    async def send(self, conn: Any) -> aiohttp.ClientResponse:  # noqa: ANN401 (a class that aiohttp does not export)
        _JOURNEY.get().has_begun = True
        return await super().send(conn)


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Let a request be tried once, as a client middleware: a broken connection is an error that is not tried again.

    aiohttp sends GET, PUT and DELETE a second time when a connection breaks: here that could be a second message.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        raise _BrokenError from None


class _BrokenError(aiohttp.ClientError):
    """The connection was not made, or broke."""


class _TooLongError(Exception):
    """The answer is longer than any real one."""
