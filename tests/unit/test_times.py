"""When messages may be sent and are over: the bounds, and the key that seals what is sent late."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.epoch import epoch_length
from gateway.intake.times import ANY_TIME, TOLERANCE, Schedule, Times

NOW = 1_800_000_000
HOUR = 3600
DAY = 24 * HOUR


def hours(number: float) -> timedelta:
    """Return a duration."""
    return timedelta(hours=number)


@pytest.mark.parametrize(
    "deadline, content, scheduled, furthest",
    [
        (hours(24), hours(48), None, 24 * HOUR),
        (hours(47), hours(48), None, 46 * HOUR),
        (hours(0.5), hours(48), None, HOUR // 2),
        (timedelta(minutes=1), timedelta(minutes=2), None, 30),
        (hours(24), hours(48), timedelta(days=30), 30 * DAY),
    ],
)
def test_a_message_may_be_scheduled_as_far_as_its_content_lives(
    deadline: timedelta, content: timedelta, scheduled: timedelta | None, furthest: int
) -> None:
    """As far as the deadline is away, with an hour left to try; or as far as the operator allows."""
    assert Schedule(deadline, content, scheduled).furthest == furthest


def test_faults_name_the_time_and_the_rule() -> None:
    """At each bound and beyond it."""
    schedule = Schedule(hours(24), hours(48))

    def told(send_at: int | None = None, expires_at: int | None = None) -> list[str]:
        return [str(fault) for fault in schedule.faults(Times(send_at, expires_at), NOW)]

    assert [told(), told(NOW - TOLERANCE), told(NOW + DAY), told(None, NOW + 1)] == [[]] * 4
    assert told(NOW - TOLERANCE - 1, NOW) == ["send_at must be in the future", "expires_at must be in the future"]
    assert told(NOW + DAY + 1) == ["send_at is too far in the future"]
    assert told(NOW + 60, NOW + 60) == ["expires_at must be later than the time to send at"]
    assert told(NOW + 60, NOW + 61) == []


def test_what_is_not_scheduled_is_due_now_and_over_at_the_deadline() -> None:
    """Sealed with the key of now."""
    frame = Schedule(hours(24), hours(48)).frame(ANY_TIME, NOW)
    assert (frame.due_at, frame.expires_at, frame.sealed_at) == (NOW, NOW + DAY, NOW)


@given(
    st.integers(60, 47 * HOUR),
    st.integers(2 * HOUR, 100 * HOUR),
    st.none() | st.integers(60, 400 * DAY),
    st.integers(-TOLERANCE, 400 * DAY),
    st.none() | st.integers(1, 800 * DAY),
)
def test_content_lives_until_its_message_is_over_and_no_longer_than_declared(
    deadline: int, content: int, scheduled: int | None, send_in: int, expires_in: int | None
) -> None:
    """The key of the epoch that seals it dies at its start plus `content`: not before, and not much later."""
    epoch = int(epoch_length(timedelta(seconds=content)).total_seconds())
    deadline = min(deadline, content - epoch)
    ahead = None if scheduled is None else timedelta(seconds=scheduled)
    schedule = Schedule(timedelta(seconds=deadline), timedelta(seconds=content), ahead)
    times = Times(NOW + send_in, None if expires_in is None else NOW + expires_in)
    if schedule.faults(times, NOW):
        return
    frame = schedule.frame(times, NOW)
    earliest_death = frame.sealed_at - epoch + 1 + content
    assert frame.due_at < frame.expires_at <= earliest_death
    assert NOW <= frame.sealed_at <= NOW + (scheduled or 0)
    assert frame.expires_at <= frame.due_at + deadline
