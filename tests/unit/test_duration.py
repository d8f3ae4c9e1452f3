"""Durations as settings write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.duration import format_duration, parse_duration

UNREADABLE = "a duration such as 30s, 2m, 48h, 90d or 10y is expected"
ENDLESS = "a duration of less than a million years is expected"

whole = st.integers(0, timedelta.max // timedelta(milliseconds=1)).map(lambda number: timedelta(milliseconds=number))


@pytest.mark.parametrize(
    "text, duration",
    [
        ("200ms", timedelta(milliseconds=200)),
        ("30s", timedelta(seconds=30)),
        ("2m", timedelta(minutes=2)),
        ("48h", timedelta(hours=48)),
        ("90d", timedelta(days=90)),
        ("2w", timedelta(weeks=2)),
        ("10y", timedelta(days=3652.5)),
        ("0s", timedelta()),
        (" 5m ", timedelta(minutes=5)),
        ("007s", timedelta(seconds=7)),
    ],
)
def test_a_duration_is_read(text: str, duration: timedelta) -> None:
    """A whole number and a unit."""
    assert duration == parse_duration(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s",
        "5",
        "5 m",
        "-5m",
        "+5m",
        "1.5h",
        "5M",
        "5min",
        "5m5s",
        "\u0665m",
        "5m\n5m",
        "9" * 9 + "y",
        "9" * 18 + "ms",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    """With a sentence that does not repeat it."""
    with pytest.raises(ValueError, match=f"^({UNREADABLE}|{ENDLESS})$") as caught:
        parse_duration(text)
    assert caught.value.__cause__ is None


@given(whole)
def test_a_duration_is_read_back(duration: timedelta) -> None:
    """Whole milliseconds survive being written."""
    assert duration == parse_duration(format_duration(duration))


@pytest.mark.parametrize(
    "duration, text",
    [
        (timedelta(), "0ms"),
        (timedelta(seconds=90), "90s"),
        (timedelta(hours=48), "2d"),
        (timedelta(days=14), "14d"),
        (timedelta(days=1461), "4y"),
        (timedelta(seconds=1, milliseconds=1), "1001ms"),
    ],
)
def test_a_duration_is_written_in_its_largest_unit(duration: timedelta, text: str) -> None:
    """Without a rest; weeks are read, not written."""
    assert text == format_duration(duration)
