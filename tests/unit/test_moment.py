"""Moments: date, time and offset of RFC 3339."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import FieldError, Flaw
from gateway.core.moment import parse_moment

AT = 1_800_000_000  # 2027-01-15T08:00:00Z


@pytest.mark.parametrize(
    "text, seconds, rounded_up",
    [
        ("2027-01-15T08:00:00Z", AT, AT),
        ("2027-01-15t08:00:00z", AT, AT),
        ("2027-01-15T09:30:00+01:30", AT, AT),
        ("2027-01-14T20:00:00-12:00", AT, AT),
        ("2027-01-15T08:00:00-00:00", AT, AT),
        ("2027-01-15T08:00:00.000000000Z", AT, AT),
        ("2027-01-15T08:00:00.000000001Z", AT, AT + 1),
        ("2027-01-15T07:59:60Z", AT, AT),
        ("2016-12-31T23:59:60Z", 1_483_228_800, 1_483_228_800),
    ],
)
def test_a_moment_is_read_in_whole_seconds(text: str, seconds: int, rounded_up: int) -> None:
    """Fractions are cut off or rounded up; a leap second is the next minute's first."""
    assert (parse_moment("Send-At", text), parse_moment("Send-At", text, round_up=True)) == (seconds, rounded_up)


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "1800000000", "2027-01-15", "2027-01-15T08:00:00", "2027-01-15T08:00Z", "2027-01-15 08:00:00Z",
        "2027-02-30T08:00:00Z", "2027-01-15T24:00:00Z", "2027-01-15T08:60:00Z", "2027-01-15T08:00:61Z",
        "2027-01-15T08:00:00+24:00", "2027-01-15T08:00:00+0100", "2027-01-15T08:00:00.Z", "0000-01-01T00:00:00Z",
        "2027-01-15T08:00:00.0000000001Z", "\uff12\uff1027-01-15T08:00:00Z",
        " 2027-01-15T08:00:00Z", "2027-W02-5T08:00:00Z", "20270115T080000Z",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    """The header is named, never what it held."""
    with pytest.raises(FieldError) as caught:
        parse_moment("Send-At", text)
    assert (caught.value.field, caught.value.flaw, caught.value.__cause__) == ("Send-At", Flaw.TIME, None)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1)),  # noqa: DTZ001 (the zone is another strategy)
    st.integers(-23 * 60, 23 * 60),
)
def test_every_moment_that_is_written_is_read(naive: datetime, minutes: int) -> None:
    """In whatever offset."""
    moment = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert int(moment.timestamp()) == parse_moment("Send-At", moment.isoformat())
    assert int(moment.timestamp()) == parse_moment("Send-At", moment.astimezone(UTC).isoformat().replace("+00:00", "Z"))


@given(st.text(alphabet="0123456789-:.TZ+tz ", max_size=30) | st.text(max_size=30))
def test_no_text_is_anything_but_a_moment_or_a_fault(text: str) -> None:
    """Whatever comes in."""
    found: int | Flaw
    try:
        found = parse_moment("Send-At", text)
    except FieldError as error:
        found = error.flaw
    assert found is Flaw.TIME or isinstance(found, int)
