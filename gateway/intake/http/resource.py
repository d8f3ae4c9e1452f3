"""What the client API shows of messages and usage, as JSON: no content, no address."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

from gateway.spool.store import MessageStatus, UsageRow

_ENCODER: Final = msgspec.json.Encoder()


class StatusResource(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One message; what is not known is left out, times are RFC 3339 in UTC to the second."""

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


def encode_status(status: MessageStatus) -> bytes:
    """Return the status resource."""
    return _ENCODER.encode(_resource(status))


def encode_page(page: Sequence[MessageStatus], limit: int) -> bytes:
    """Return one page of at most `limit` messages; a full one leads on."""
    cursor = page[-1].id if len(page) == limit else None
    return _ENCODER.encode(StatusPage(messages=[_resource(status) for status in page], next_cursor=cursor))


def encode_usage(month: str, rows: Sequence[UsageRow]) -> bytes:
    """Return the usage of one client in one month."""
    lines = [UsageLine(row.channel.value, row.provider, row.messages, row.segments) for row in rows]
    return _ENCODER.encode(UsageResource(month, lines))


def _resource(status: MessageStatus) -> StatusResource:
    return StatusResource(
        id=status.id,
        channel=status.channel.value,
        status=status.state.value,
        reason=status.reason and status.reason.value,
        provider=status.provider,
        attempts=status.attempts,
        segments=status.segments,
        created_at=_rfc3339(status.created_at),
        updated_at=_rfc3339(status.updated_at),
        stripped=status.stripped,
    )


@lru_cache(maxsize=256)
def _rfc3339(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
