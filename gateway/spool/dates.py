"""Days and months in UTC, as the spool's counters and keys name them, and times as ids begin with them."""

import calendar
import time
from functools import lru_cache
from typing import Final

_DAY: Final = 86_400


def day_of(seconds: int) -> str:
    """Return the UTC day of a time, `YYYY-MM-DD`."""
    return _day(seconds // _DAY)


def month_of(seconds: int) -> str:
    """Return the UTC month of a time, `YYYY-MM`."""
    return _day(seconds // _DAY)[:7]


@lru_cache(maxsize=64)
def month_start(month: str) -> int:
    """Return the time at which a month `YYYY-MM` starts."""
    year, number = month.split("-")
    return calendar.timegm((int(year), int(number), 1, 0, 0, 0))


def next_month_start(month: str) -> int:
    """Return the time at which the month after `YYYY-MM` starts."""
    year, number = map(int, month.split("-"))
    return calendar.timegm((year + number // 12, number % 12 + 1, 1, 0, 0, 0))


def first_id(seconds: int) -> bytes:
    """Return the least UUIDv7 of a time: it begins with the milliseconds since 1970 in 48 bits (RFC 9562 §5.7)."""
    return (max(seconds, 0) * 1000).to_bytes(6) + bytes(10)


@lru_cache(maxsize=64)
def _day(number: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(number * _DAY))
