"""Durations as settings write them: `2m`, `48h`, `90d`, `10y`."""

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365.25),
}
_FORM: Final = re.compile(r"(\d{1,17})(ms|s|m|h|d|w|y)", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """Read `2m`, `48h`, `90d`, `10y`; a year is 365.25 days. Raises ValueError without the value."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        message = "a duration such as 30s, 2m, 48h, 90d or 10y is expected"
        raise ValueError(message)
    try:
        return int(found[1]) * _UNITS[found[2]]
    except OverflowError:
        message = "a duration of less than a million years is expected"
        raise ValueError(message) from None


def format_duration(duration: timedelta) -> str:
    """Write a duration in the largest unit that divides it, so that `parse_duration` reads it back."""
    for unit in ("y", "d", "h", "m", "s", "ms"):
        whole, rest = divmod(duration, _UNITS[unit])
        if whole and not rest:
            return f"{whole}{unit}"
    return f"{duration // _UNITS['ms']}ms"
