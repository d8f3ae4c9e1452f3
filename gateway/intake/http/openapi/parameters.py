"""Parameters and headers of the client API, by the names that operations use."""

from collections.abc import Mapping
from typing import Final

from gateway.core.message import Channel
from gateway.intake.http.controls import EXPIRES_AT, IDEMPOTENCY_KEY, PREFER, SEND_AT
from gateway.intake.http.openapi.examples import ID as ID_EXAMPLE
from gateway.intake.http.openapi.examples import KEY, MONTH
from gateway.intake.http.openapi.operation import Node
from gateway.intake.http.openapi.schemas import ID, REF
from gateway.intake.http.problems import PROBLEMS
from gateway.spool.store import MAX_PAGE

# Not date-time: generators refuse to make headers of what they read into a type of their own.
_MOMENT: Final = {"type": "string", "format": "moment"}


def parameters(longest_wait: int) -> dict[str, Node]:
    """Return all parameters; `longest_wait` is in seconds."""
    return {
        **{name: {"in": "header", "required": False, **each} for name, each in _controls(longest_wait).items()},
        **{name: {"in": "query", "required": False, **each} for name, each in _QUERY.items()},
        **{name: {"in": "path", "required": True, **each} for name, each in _PATH.items()},
    }


def _controls(longest_wait: int) -> Mapping[str, Node]:
    return {
        "IdempotencyKey": {
            "name": IDEMPOTENCY_KEY,
            "description": "Makes it safe to send the request again: with the same key and body it gets its first "
            "answer again, for 24 hours unless configured otherwise. With another body it is refused.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            "example": KEY,
        },
        "SendAt": {
            "name": SEND_AT,
            "description": "Not before this time (RFC 3339, with an offset). How far ahead it may be is the "
            "operator's choice; what is a little in the past is sent at once.",
            "schema": _MOMENT,
            "example": "2026-11-25T09:00:00+01:00",
        },
        "ExpiresAt": {
            "name": EXPIRES_AT,
            "description": "Not after this time (RFC 3339, with an offset), which must be later than `Send-At`: what "
            "no provider has taken by then becomes `expired`.",
            "schema": _MOMENT,
            "example": "2026-11-25T12:00:00+01:00",
        },
        "Prefer": {
            "name": PREFER,
            "description": "`wait=N` (RFC 7240): answer `200` as soon as the outcome is known, and `202` where it is "
            f"not known within N seconds, at most {longest_wait}. What is not understood is ignored.",
            "schema": {"type": "string"},
            "example": f"wait={min(5, longest_wait)}",
        },
        "IfNoneMatch": {
            "name": "If-None-Match",
            "description": "The `ETag` of the version that the caller has.",
            "schema": {"type": "string"},
        },
    }


_QUERY: Final[Mapping[str, Node]] = {
    "DryRun": {
        "name": "dry_run",
        "description": "Only say what would become of the message. Nothing is sent and nothing is kept.",
        "schema": {"type": "boolean", "default": False},
    },
    "OfStatus": {
        "name": "status",
        "description": "Only messages with this status.",
        "schema": {"$ref": REF.format(name="State")},
    },
    "OfChannel": {
        "name": "channel",
        "description": f"Only messages of this channel: {' or '.join(f'`{each.value}`' for each in Channel)}.",
        "schema": {"$ref": REF.format(name="Channel")},
    },
    "Cursor": {
        "name": "cursor",
        "description": "The `next_cursor` of the page before.",
        "schema": ID,
    },
    "Limit": {
        "name": "limit",
        "description": "Messages a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": 50},
    },
    "Language": {
        "name": "lang",
        "description": "`de` or `en`; else what the request's Accept-Language says, or English.",
        "schema": {"type": "string"},
        "example": "de",
    },
    "Month": {
        "name": "month",
        "description": "A month in UTC; the present one where it is left out.",
        "schema": {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
        "example": MONTH,
    },
}

_PATH: Final[Mapping[str, Node]] = {
    "Id": {"name": "id", "description": "The message's id.", "schema": ID, "example": ID_EXAMPLE},
    "Slug": {
        "name": "slug",
        "description": "The last part of the problem's `type`.",
        "schema": {"type": "string", "enum": list(PROBLEMS)},
        "example": "invalid-message",
    },
}

HEADERS: Final[Mapping[str, Node]] = {
    "ETag": {
        "description": "Names this version in this language.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "Where the message's status is.",
        "required": True,
        "schema": {"type": "string", "pattern": "^/v1/messages/[0-9a-f]{32}$"},
    },
    "PreferenceApplied": {
        "description": "How many seconds of `Prefer: wait` were granted; nothing where none were.",
        "schema": {"type": "string", "pattern": r"^wait=\d+$"},
    },
    "RateLimit": {
        "description": "What is left of each limit (`r`) and in how many seconds it is full again (`t`), as in "
        "draft-ietf-httpapi-ratelimit-headers.",
        "schema": {"type": "string"},
        "example": '"rate";r=99;t=1, "daily";r=99999;t=57600',
    },
    "RateLimitPolicy": {
        "description": "The limits: so many messages or segments (`q`) in so many seconds (`w`).",
        "schema": {"type": "string"},
        "example": '"rate";q=100;w=1;qu="messages", "daily";q=100000;w=86400;qu="messages"',
    },
    "RetryAfter": {
        "description": "Seconds after which it is worth trying again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
        "example": 5,
    },
    "WWWAuthenticate": {
        "description": "The ways to show a key; there are two such headers.",
        "required": True,
        "schema": {"type": "string"},
        "example": 'Bearer realm="umschlag"',
    },
}

# Components are named without hyphens, because generators make names of variables of them.
HEADER_NAMES: Final[Mapping[str, str]] = {
    "ETag": "ETag",
    "Location": "Location",
    "PreferenceApplied": "Preference-Applied",
    "RateLimit": "RateLimit",
    "RateLimitPolicy": "RateLimit-Policy",
    "RetryAfter": "Retry-After",
    "WWWAuthenticate": "WWW-Authenticate",
}
