"""What the client API shows of messages and usage, as JSON: no content, no address."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

from gateway.spool.store import MessageStatus, UsageRow

_ENCODER: Final = msgspec.json.Encoder()
_BEGINNING: Final = b'{"id":"'
_ID_LENGTH: Final = 32


class StatusResource(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One message; what is not known is left out, times are RFC 3339 in UTC to the second.

    `replaced` is told at acceptance alone: how many characters smart encoding has replaced.
    """

    id: str
    channel: str
    status: str
    reason: str | None = None
    provider: str | None = None
    attempts: int
    segments: int | None = None
    created_at: str
    updated_at: str
    stripped: int
    replaced: int | None = None


class StatusPage(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Messages, newest first; `next_cursor` leads to the page after this one, where there may be one."""

    messages: list[StatusResource]
    next_cursor: str | None = None


class UsageLine(msgspec.Struct, frozen=True):
    """What one channel and provider had in a month."""

    channel: str
    provider: str
    messages: int
    segments: int


class UsageResource(msgspec.Struct, frozen=True):
    """What a client had in one month, `YYYY-MM`."""

    month: str
    usage: list[UsageLine]


def encode_status(status: MessageStatus, replaced: int = 0) -> bytes:
    """Return the status resource."""
    return _ENCODER.encode(_resource(status, replaced))


def id_in(body: bytes) -> str:
    """Return the id in a status resource, which it begins with."""
    return body[len(_BEGINNING) : len(_BEGINNING) + _ID_LENGTH].decode("ascii")


def encode_page(page: Sequence[MessageStatus], limit: int) -> bytes:
    """Return one page of at most `limit` messages; a full one leads on."""
    cursor = page[-1].id if len(page) == limit else None
    return _ENCODER.encode(StatusPage(messages=[_resource(status) for status in page], next_cursor=cursor))


def encode_usage(month: str, rows: Sequence[UsageRow]) -> bytes:
    """Return the usage of one client in one month."""
    lines = [UsageLine(row.channel.value, row.provider, row.messages, row.segments) for row in rows]
    return _ENCODER.encode(UsageResource(month, lines))


def _resource(status: MessageStatus, replaced: int = 0) -> StatusResource:
    created_at = rfc3339(status.created_at)
    return StatusResource(
        id=status.id,
        channel=status.channel,
        status=status.state,
        reason=status.reason,
        provider=status.provider,
        attempts=status.attempts,
        segments=status.segments,
        created_at=created_at,
        updated_at=created_at if status.updated_at == status.created_at else rfc3339(status.updated_at),
        stripped=status.stripped,
        replaced=replaced or None,
    )


@lru_cache(maxsize=256)
def rfc3339(second: int) -> str:
    """Return a time, seconds since 1970 UTC, as RFC 3339."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
