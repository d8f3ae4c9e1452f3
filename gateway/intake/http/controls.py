"""Delivery controls: they travel as headers, because the body is what reaches the provider."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from multidict import CIMultiDictProxy

from gateway.core.errors import FieldError, Flaw
from gateway.core.moment import parse_moment
from gateway.intake.times import ANY_TIME, Times

T = TypeVar("T")

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
SEND_AT: Final = "Send-At"
EXPIRES_AT: Final = "Expires-At"
PREFER: Final = "Prefer"

_KEY: Final = re.compile(r"[!-~]{1,255}", re.ASCII)
# RFC 7240 §4.3, with the quotes that §2 allows for any value; what is longer is no number of seconds.
_WAIT: Final = re.compile(r"\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?:;.*)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, repr=False)
class Controls:
    """What a client wants of the delivery; `wait` is in seconds, None where it does not want to wait."""

    times: Times = ANY_TIME
    key: str | None = None
    wait: int | None = None


NO_CONTROLS: Final = Controls()


def read_controls(headers: CIMultiDictProxy[str]) -> Controls | tuple[FieldError, ...]:
    """Read `Idempotency-Key`, `Send-At`, `Expires-At` and `Prefer: wait`; or return what is wrong, by header."""
    if IDEMPOTENCY_KEY not in headers and SEND_AT not in headers and EXPIRES_AT not in headers:
        return Controls(wait=_wait(headers)) if PREFER in headers else NO_CONTROLS
    errors: list[FieldError] = []
    key = _read(headers, IDEMPOTENCY_KEY, _key, errors)
    send_at = _read(headers, SEND_AT, _not_before, errors)
    expires_at = _read(headers, EXPIRES_AT, parse_moment, errors)
    if errors:
        return tuple(errors)
    times = ANY_TIME if send_at is None and expires_at is None else Times(send_at, expires_at)
    return Controls(times, key, _wait(headers))


def _read(
    headers: CIMultiDictProxy[str], name: str, read: Callable[[str, str], T], errors: list[FieldError]
) -> T | None:
    values = headers.getall(name, ())
    if not values:
        return None
    if len(values) > 1:
        errors.append(FieldError(name, Flaw.DUPLICATE))
        return None
    try:
        return read(name, values[0])
    except FieldError as error:
        # Without the traceback, whose frames hold the value.
        errors.append(FieldError(error.field, error.flaw))
        return None


def _key(name: str, value: str) -> str:
    if _KEY.fullmatch(value) is None:
        raise FieldError(name, Flaw.KEY)
    return value


def _not_before(name: str, value: str) -> int:
    return parse_moment(name, value, round_up=True)


def _wait(headers: CIMultiDictProxy[str]) -> int | None:
    """Return the first wait that is wanted; preferences that are not understood are ignored (RFC 7240 §2)."""
    for value in headers.getall(PREFER, ()):
        for preference in value.split(","):
            found = _WAIT.fullmatch(preference)
            if found is not None:
                return int(found[1])
    return None
