"""One event on the wire, as Standard Webhooks has it, and what the answer means.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

import msgspec

from gateway.core.outcome import Reason
from gateway.core.secret import Secret
from gateway.delivery.event_secrets import key_of
from gateway.http_client import AiohttpClient, Connection, HttpClient, HttpRequest, HttpResponse, Lost, Unsent
from gateway.settings import EventsSection
from gateway.spool.events import NoticeChange, WaitingEvent

# Requests to one client at the same time.
CONCURRENCY: Final = 4


@dataclass(frozen=True, slots=True)
class Taken:
    """The client's program has it (2xx)."""

    status: int


@dataclass(frozen=True, slots=True)
class Missed:
    """It has not, or nobody knows: an answer's status, or why there is none.

    `is_gone` (410): it wants no more of them. `retry_after`: when it wants to be told again, at the earliest.
    """

    status: int | None = None
    reason: Reason | None = None
    is_gone: bool = False
    retry_after: timedelta | None = None


class _Data(msgspec.Struct, omit_defaults=True):
    id: str
    status: str
    attempts: int
    updated_at: str
    reason: str | None = None
    provider: str | None = None


class _Notice(msgspec.Struct):
    version: str
    since: str
    path: str = "/v1/privacy"


class _Event(msgspec.Struct):
    type: str
    timestamp: str
    data: _Data | _Notice | dict[str, str]


def body_of(event: WaitingEvent) -> bytes:
    """Return what is told: of a message no address and no content, of the notice where it can be read."""
    tells, at = event.tells, _written(event.at)
    if isinstance(tells, NoticeChange):
        return msgspec.json.encode(_Event("privacy.changed", at, _Notice(tells.version, at)))
    data = _Data(tells.message_id, tells.state, tells.attempts, at, tells.reason, tells.provider)
    return msgspec.json.encode(_Event(f"message.{tells.state}", at, data))


def body_of_test(now: int) -> bytes:
    """Return an event that tells nothing."""
    return msgspec.json.encode(_Event("test", _written(now), {}))


def request_of(url: str, secrets: Sequence[Secret], event_id: str, body: bytes, now: int) -> HttpRequest:
    """Return a request that is signed with each secret; its id is the same at each try."""
    said = f"evt_{event_id}.{now}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(key_of(secret), said, "sha256")).decode() for secret in secrets]
    headers = {
        "Content-Type": "application/json",
        "webhook-id": f"evt_{event_id}",
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
    return HttpRequest("POST", url, headers, body)


def client_of(url: str, settings: EventsSection) -> HttpClient:
    """Return what sends to one client: to this origin alone, no redirects, public addresses unless they are allowed."""
    return AiohttpClient(
        Connection(
            url,
            settings.timeout,
            CONCURRENCY,
            allow_private_network=settings.allow_private_network,
            ca_file=settings.ca_file,
        )
    )


async def send(client: HttpClient, request: HttpRequest) -> Taken | Missed:
    """Send one event; what is in the answer besides its status is not looked at."""
    answer = await client.exchange(request)
    if isinstance(answer, HttpResponse):
        return _verdict(answer)
    assert isinstance(answer, Unsent | Lost)  # noqa: S101 (all there are)
    return Missed(reason=answer.reason)


def _verdict(answer: HttpResponse) -> Taken | Missed:
    if HTTPStatus(200) <= answer.status < HTTPStatus(300):
        return Taken(answer.status)
    return Missed(answer.status, is_gone=answer.status == HTTPStatus.GONE, retry_after=answer.retry_after)


def _written(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
