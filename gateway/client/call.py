"""The calls of the client API as values: what to send, and how to read what comes."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from gateway.client.answer import (
    Accepted,
    Message,
    Page,
    Refused,
    UsageLine,
    read_batch,
    read_message,
    read_page,
    read_usage,
)
from gateway.client.errors import WrongHeaderError, WrongUrlError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class Controls:
    """How a message is delivered: not before and not after a time, which knows its zone or is RFC 3339 already.

    `wait` is how many seconds the answer may wait for the outcome.
    `key` makes a second sending of the same harmless for a day; without it each call makes one for its own retries.
    """

    key: str | None = None
    send_at: datetime | str | None = None
    expires_at: datetime | str | None = None
    wait: int | None = None


NO_CONTROLS: Final = Controls()


@dataclass(frozen=True, slots=True, repr=False)
class Call(Generic[T]):
    """One call: `read` makes its result of the answer's members; `wait` is how many seconds it may take longer."""

    method: str
    path: str
    read: Callable[[Mapping[str, Any]], T]
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gateway is; `path` stands before the paths of its calls."""

    is_secure: bool
    host: str
    port: int | None
    path: str


def read_url(text: str) -> Place:
    """Read `http://host:port/path` or `https://…`. Raises WrongUrlError without the text."""
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    else:
        if host and url.scheme in {"http", "https"}:
            return Place(url.scheme == "https", host, port, url.path.rstrip("/"))
    raise WrongUrlError("a URL such as http://127.0.0.1:8025 is expected")


def email(fields: Mapping[str, str], controls: Controls = NO_CONTROLS) -> Call[Message]:
    """Send an e-mail: `sender, recipient, subject, text`."""
    return _post("/v1/email", fields, controls, read_message)


def sms(fields: Mapping[str, str], controls: Controls = NO_CONTROLS) -> Call[Message]:
    """Send a text message: `recipient, text` and perhaps `sender_id`."""
    return _post("/v1/sms", fields, controls, read_message)


def batch(messages: Sequence[Mapping[str, str]], controls: Controls = NO_CONTROLS) -> Call[list[Accepted | Refused]]:
    """Send up to 1,000 messages: each has `channel` besides its fields."""
    return _post("/v1/batch", {"messages": list(messages)}, controls, read_batch)


def look(channel: str, fields: Mapping[str, str]) -> Call[Mapping[str, Any]]:
    """Ask what would become of a message, which is not sent."""
    return _post(f"/v1/{quote(channel, safe='')}?dry_run=true", fields, NO_CONTROLS, dict)


def status(message_id: str) -> Call[Message]:
    """Ask what became of a message."""
    return Call("GET", f"/v1/messages/{quote(message_id, safe='')}", read_message)


def take_back(message_id: str) -> Call[Message]:
    """Cancel what has not been handed over, and erase what is stored of it."""
    return Call("DELETE", f"/v1/messages/{quote(message_id, safe='')}", read_message)


def messages(
    *, of_status: str | None = None, channel: str | None = None, cursor: str | None = None, limit: int | None = None
) -> Call[Page]:
    """List the client's messages, newest first."""
    asked = {"status": of_status, "channel": channel, "cursor": cursor, "limit": limit}
    return Call("GET", f"/v1/messages?{_query(asked)}", read_page)


def usage(month: str | None = None) -> Call[list[UsageLine]]:
    """Count the messages of a month, `YYYY-MM`, or of this one."""
    return Call("GET", f"/v1/usage?{_query({'month': month})}", read_usage)


def header(name: str, value: str) -> str:
    """Return a header's value. Raises WrongHeaderError for what cannot be sent as one."""
    if not value.isascii() or not value.isprintable():
        raise WrongHeaderError(name)
    return value


def _post(path: str, members: Mapping[str, Any], controls: Controls, read: Callable[[Mapping[str, Any]], T]) -> Call[T]:
    given = {
        "Idempotency-Key": secrets.token_hex(16) if controls.key is None else controls.key,
        "Send-At": _moment(controls.send_at),
        "Expires-At": _moment(controls.expires_at),
        "Prefer": f"wait={controls.wait}" if controls.wait else None,
    }
    headers = {name: header(name, value) for name, value in given.items() if value is not None}
    headers["Content-Type"] = "application/json"
    return Call("POST", path, read, json.dumps(members).encode(), headers, controls.wait or 0)


def _moment(at: datetime | str | None) -> str | None:
    if not isinstance(at, datetime):
        return at
    if at.tzinfo is None:
        raise ValueError("a time must know its zone")
    return at.isoformat(timespec="seconds")


def _query(asked: Mapping[str, object]) -> str:
    return urlencode({name: value for name, value in asked.items() if value is not None})
