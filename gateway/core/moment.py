"""Moments as clients write them: date, time and offset of RFC 3339."""

import re
from datetime import UTC, datetime
from typing import Final

from gateway.core.errors import FieldError, Flaw

# RFC 3339 §5.6. A leap second is read as the first of the next minute.
_FORM: Final = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt](?P<minute>\d\d:\d\d):(?P<second>[0-5]\d|60)(?:\.(?P<fraction>\d{1,9}))?"
    r"(?P<offset>[Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)
_LEAP: Final = "60"


def parse_moment(field: str, text: str, *, round_up: bool = False) -> int:
    """Return a moment in whole seconds since 1970 UTC, fractions cut off or rounded up.

    Raises FieldError for what has no offset, or is no time at all.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise FieldError(field, Flaw.TIME)
    is_leap = found["second"] == _LEAP
    second = "59" if is_leap else found["second"]
    try:
        moment = datetime.fromisoformat(f"{found['date']}T{found['minute']}:{second}{found['offset'].upper()}")
        seconds = int(moment.timestamp())
    except (ValueError, OverflowError):
        raise FieldError(field, Flaw.TIME) from None
    return seconds + is_leap + (round_up and int(found["fraction"] or 0) > 0)


def write_moment(seconds: int) -> str:
    """Write seconds since 1970 UTC as in RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
