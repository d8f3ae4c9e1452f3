"""What the gateway answers, read: results as values, problems as errors; what is not documented is left aside."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.client.errors import FieldProblem, NoAnswerError, ProblemError

_PROBLEMS: Final = "/problems/"
_LONGEST: Final = 200  # characters of a title or reason: our own are shorter
_GOOD: Final = range(200, 300)

__all__ = ["Accepted", "FieldProblem", "Message", "Page", "Refused", "Reply", "UsageLine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; `status` and `reason` are words of the closed lists, times are RFC 3339 in UTC."""

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

    @property
    def is_taken(self) -> bool:
        """Whether a provider took it, as far as is known."""
        return self.status in {"sent", "delivered"}

    @property
    def is_lost(self) -> bool:
        """Whether it did not arrive and never will."""
        return self.status in {"undelivered", "failed", "expired", "cancelled"}


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, newest first; `next_cursor` leads to the next page."""

    messages: tuple[Message, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message of a batch that is on stable storage."""

    id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A message of a batch that was not accepted."""

    problem: ProblemError


@dataclass(frozen=True, slots=True)
class UsageLine:
    """What one channel and provider had in a month."""

    channel: str
    provider: str
    messages: int
    segments: int


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """An answer as it came: its status, its members where it is a JSON object, and the seconds of `Retry-After`."""

    status: int
    members: Mapping[str, Any] = field(default_factory=dict)
    retry_after: float | None = None

    @property
    def is_good(self) -> bool:
        """Whether the call was done."""
        return self.status in _GOOD

    @property
    def problem(self) -> ProblemError:
        """The problem that it tells of."""
        return read_problem(self.status, self.members, self.retry_after)


def read_reply(status: int, body: bytes, retry_after: str | None) -> Reply:
    """Return an answer; what is no JSON object has no members, and only a `Retry-After` in seconds counts."""
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        members = None
    seconds = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdecimal() else None
    return Reply(status, members if isinstance(members, dict) else {}, seconds)


def read_problem(status: int, members: Mapping[str, Any], retry_after: float | None = None) -> ProblemError:
    """Return a problem; texts that are no short line, as another program might answer, are left out."""
    kind, errors = _line(members.get("type")), members.get("errors")
    slug = kind.removeprefix(_PROBLEMS) if kind.startswith(_PROBLEMS) else ""
    fields = tuple(
        FieldProblem(_line(each.get("field")), _line(each.get("reason")))
        for each in (errors if isinstance(errors, list) else ())
        if isinstance(each, dict)
    )
    return ProblemError(status, slug, _line(members.get("title")), fields, retry_after=retry_after)


def read_message(members: Mapping[str, Any]) -> Message:
    """Return a message's status. Raises NoAnswerError for what is none."""
    known = {name: members[name] for name in Message.__dataclass_fields__ if name in members}
    try:
        return Message(**known)
    except TypeError:
        raise NoAnswerError("UnknownAnswer") from None


def read_page(members: Mapping[str, Any]) -> Page:
    """Return a page of messages. Raises NoAnswerError for what is none."""
    return Page(tuple(map(read_message, _objects(members, "messages"))), members.get("next_cursor"))


def read_batch(members: Mapping[str, Any]) -> list[Accepted | Refused]:
    """Return what became of each message of a batch. Raises NoAnswerError for what is none."""
    return [_read_item(item) for item in _objects(members, "results")]


def read_usage(members: Mapping[str, Any]) -> list[UsageLine]:
    """Return the counts of a month. Raises NoAnswerError for what is none."""
    names = UsageLine.__dataclass_fields__
    try:
        return [UsageLine(**{name: line[name] for name in names}) for line in _objects(members, "usage")]
    except KeyError:
        raise NoAnswerError("UnknownAnswer") from None


def _read_item(item: Mapping[str, Any]) -> Accepted | Refused:
    message_id, problem = item.get("id"), item.get("problem")
    if isinstance(message_id, str):
        return Accepted(message_id)
    if not isinstance(problem, dict):
        raise NoAnswerError("UnknownAnswer")
    return Refused(read_problem(int(item.get("status", 0)), problem))


def _objects(members: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    items = members.get(name)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise NoAnswerError("UnknownAnswer")
    return items


def _line(value: object) -> str:
    return value if isinstance(value, str) and value.isprintable() and len(value) <= _LONGEST else ""
