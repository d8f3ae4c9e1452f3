"""How long a deferred message waits."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.backoff import Backoff

SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)  # what rounding may cost

waits = st.timedeltas(timedelta(milliseconds=1), timedelta(days=2))
attempts = st.integers(1, 10_000)


@given(waits, waits, attempts)
def test_no_wait_is_longer_than_the_longest(first: timedelta, longest: timedelta, attempt: int) -> None:
    """However often a message was tried."""
    assert timedelta() <= Backoff(first, longest).wait(attempt) <= longest + TICK


@given(waits, st.integers(1, 20))
def test_a_wait_is_between_what_doubles_and_the_chance(first: timedelta, attempt: int) -> None:
    """`first`, then twice as long each time, and up to `first` more by chance."""
    doubled = first * 2 ** (attempt - 1)
    wait = Backoff(first, longest=timedelta.max / 2).wait(attempt)
    assert doubled - TICK <= wait <= doubled + first + TICK


@given(waits, attempts, st.timedeltas(timedelta(), timedelta(days=3)))
def test_what_the_provider_asked_for_is_a_floor(first: timedelta, attempt: int, floor: timedelta) -> None:
    """Also where it is more than the longest wait."""
    assert Backoff(first).wait(attempt, at_least=floor) >= floor


@pytest.mark.parametrize("attempt", [1, 3, 8, 100])
def test_no_two_messages_come_back_in_one_instant(attempt: int) -> None:
    """Chance is in every wait, the longest too."""
    backoff = Backoff()
    assert len({backoff.wait(attempt) for _ in range(50)}) > 40


@pytest.mark.parametrize("attempt, low, high", [(1, 15, 30), (2, 30, 45), (3, 60, 75), (100, 1785, 1800)])
def test_the_defaults(attempt: int, low: int, high: int) -> None:
    """15 seconds at first, half an hour at most."""
    assert low * SECOND <= Backoff().wait(attempt) <= high * SECOND


@given(st.integers(-5, 0))
def test_no_attempt_counts_as_one(attempt: int) -> None:
    """A message that was not tried waits as after the first time."""
    assert 15 * SECOND <= Backoff().wait(attempt) <= 30 * SECOND
