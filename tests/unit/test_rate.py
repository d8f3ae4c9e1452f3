"""Rates as settings write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.rate import Rate, parse_rate


@pytest.mark.parametrize(
    "text, rate, per_second",
    [
        ("10/s", Rate(10, 1), 10.0),
        ("600/m", Rate(600, 60), 10.0),
        ("1/h", Rate(1, 3600), 1 / 3600),
        (" 5000/d ", Rate(5000, 86_400), 5000 / 86_400),
    ],
)
def test_a_rate_is_read(text: str, rate: Rate, per_second: float) -> None:
    """So many in a second, minute, hour or day."""
    found = parse_rate(text)
    assert (rate, per_second) == (found, found.per_second)


@pytest.mark.parametrize(
    "text", ["", "10", "/s", "0/s", "-1/s", "1.5/s", "10/w", "10 / s", "10/S", "\u0661/s", "9" * 10 + "/s"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    """With a sentence that does not repeat it."""
    with pytest.raises(ValueError, match=r"^a rate such as 10/s, 600/m or 5000/d is expected$"):
        parse_rate(text)


@given(st.integers(1, 999_999_999), st.sampled_from("smhd"))
def test_a_rate_is_read_back(count: int, unit: str) -> None:
    """What was written means the same rate."""
    rate = parse_rate(f"{count}/{unit}")
    assert (f"{count}/{unit}", rate) == (str(rate), parse_rate(str(rate)))
