"""When a vendor asks to be left alone for a while."""

from datetime import timedelta

import pytest

from gateway.http_client import HttpResponse


@pytest.mark.parametrize(
    "headers, expected",
    [
        ({}, None),
        ({"retry-after": "120"}, timedelta(minutes=2)),
        ({"retry-after": " 0 "}, timedelta()),
        ({"retry-after": "999999999"}, timedelta(days=1)),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:30:00 GMT"}, None),
        (
            {"retry-after": "Wed, 21 Oct 2015 07:30:00 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"},
            timedelta(minutes=2),
        ),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT", "date": "Wed, 21 Oct 2015 07:30:00 GMT"}, timedelta()),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00", "date": "Wed, 21 Oct 2015 07:30:00 GMT"}, None),
        (
            {"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT", "date": "Wed, 21 Oct 2015 07:30:00 GMT"},
            timedelta(days=1),
        ),
    ],
)
def test_retry_after(headers: dict[str, str], expected: timedelta | None) -> None:
    """Seconds and dates are read, a date against the answer's own; never more than a day, never less than nothing."""
    assert HttpResponse(503, headers, b"").retry_after == expected
