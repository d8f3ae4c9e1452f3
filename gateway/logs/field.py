"""The allow-list of fields: a name, and the form that its value must have to print."""

import math
import re
import signal
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from gateway.core.ids import is_message_id
from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State

Value = str | int | float
# Returns what prints, or None for a value that must not.
Check = Callable[[object], Value | None]

_MAX_NAME: Final = 64  # characters
_MAX_NUMBER: Final = 10**12  # a longer one may be a phone number; client ids, counts and seconds stay below

# What a `[providers.NAME]` table may be called, with a letter at least, so that no phone number is one.
_PROVIDER: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_KEY: Final = re.compile(r"[a-z][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9_-]{1,64}|\[\d{1,4}\]){0,6}", re.ASCII)
_VERSION: Final = re.compile(r"\d{1,5}(\.\d{1,5}){1,3}([a-z]{1,4}\d{1,5}|\.(dev|post)\d{1,5})?", re.ASCII)


class Listener(StrEnum):
    """The doors of the process."""

    HTTP = "http"
    ADMIN = "admin"
    SMTP = "smtp"


class OutcomeKind(StrEnum):
    """The four outcomes of an attempt, as words."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    IN_DOUBT = "in_doubt"


class RetentionClass(StrEnum):
    """What is kept for one time, and what stays until somebody wants it otherwise."""

    CONTENT = "content"
    SCHEDULED = "scheduled"
    METADATA = "metadata"
    ANSWERS = "answers"
    USAGE = "usage"
    AUDIT = "audit"
    LOGS = "logs"
    ERASURES = "erasures"
    NOTICES = "notices"
    CONSENTS = "consents"
    STANDINGS = "standings"


def is_provider_name(text: str) -> bool:
    """Whether a text has the form of a configured provider's name."""
    return _PROVIDER.fullmatch(text) is not None


def name_of_error(error: object) -> str | None:
    """Return the name of an exception's type; of a text, itself where it could be one."""
    if isinstance(error, BaseException):
        error = type(error)
    name = error.__name__ if isinstance(error, type) else error
    is_name = isinstance(name, str) and len(name) <= _MAX_NAME and name.isascii() and name.isidentifier()
    return name if isinstance(name, str) and is_name else None


def _text(accepts: Callable[[str], object]) -> Check:
    return lambda value: str(value) if isinstance(value, str) and accepts(value) else None


def _member(words: type[StrEnum]) -> Check:
    allowed = frozenset(words)
    return lambda value: str(value) if isinstance(value, str) and value in allowed else None


def _whole(least: int, most: int) -> Check:
    # bool is an int to Python
    return lambda value: value if type(value) is int and least <= value <= most else None


def _seconds(value: object) -> Value | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return round(value, 3) if 0 <= value < _MAX_NUMBER else None


def _signal(value: object) -> Value | None:
    name = value.name if isinstance(value, signal.Signals) else value
    return name if isinstance(name, str) and name in signal.Signals.__members__ else None


FIELDS: Final[Mapping[str, Check]] = {
    "message": _text(is_message_id),
    "client": _whole(0, _MAX_NUMBER),
    "provider": _text(is_provider_name),
    "channel": _member(Channel),
    "state": _member(State),
    "outcome": _member(OutcomeKind),
    "reason": _member(Reason),
    "retention_class": _member(RetentionClass),
    "listener": _member(Listener),
    "attempts": _whole(0, _MAX_NUMBER),
    "count": _whole(0, _MAX_NUMBER),
    "seconds": _seconds,
    "port": _whole(0, 65_535),
    "worker": _whole(1, 999),
    "line": _whole(1, 1_000_000),  # of the configuration file
    "status": _whole(100, 599),
    "error": name_of_error,
    "key": _text(_KEY.fullmatch),
    "version": _text(_VERSION.fullmatch),
    "signal": _signal,
    "library": name_of_error,
}
