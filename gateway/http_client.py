"""Outbound HTTP for adapters: limits, TLS floor, private-network guard, and the judgement whether the bytes left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from gateway.core.outcome import Reason


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
        """What `Retry-After` asks for (RFC 9110 §10.2.3), at most a day; None where there is nothing readable."""
        raise NotImplementedError


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
