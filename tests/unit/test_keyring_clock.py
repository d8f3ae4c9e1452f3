"""Whether a clock is believed, by when the keys were last used and by what a server says."""

import pytest

from gateway.spool.keyring_clock import ClockReading

NOW = 1_800_000_000
MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.mark.parametrize("ahead", [-5 * MINUTE, -1, 0, HOUR, 2 * DAY])
def test_a_clock_that_fits_is_believed(ahead: int) -> None:
    """Some minutes behind, or as far ahead as keys live."""
    assert ClockReading(NOW + ahead, NOW).fault() is None


def test_the_first_use_is_believed() -> None:
    """Nothing is known to compare with."""
    assert ClockReading(NOW, 0).fault() is None


@pytest.mark.parametrize(
    "ahead, expected",
    [
        (-5 * MINUTE - 1, "5 minutes behind"),
        (-3 * HOUR, "3 hours behind"),
        (-400 * DAY, "400 days behind"),
        (2 * DAY + 1, "2 days ahead of"),
        (40 * DAY, "40 days ahead of"),
    ],
)
def test_a_clock_that_does_not_fit_is_told(ahead: int, expected: str) -> None:
    """By how much, and how to go on."""
    fault = ClockReading(NOW + ahead, NOW).fault()
    assert fault is not None
    assert expected in fault
    assert "umschlag keys clock --accept" in fault


@pytest.mark.parametrize(
    "ahead, expected", [(DAY, False), (2 * DAY + 1, True), (30 * DAY, True), (30 * DAY + 1, False), (-DAY, False)]
)
def test_a_pause_of_some_days_is_told_apart(ahead: int, expected: bool) -> None:
    """It is no mistake where nothing waits; a month of it might be one all the same."""
    assert ClockReading(NOW + ahead, NOW).was_long_unused is expected


@pytest.mark.parametrize("apart, is_believed", [(0, True), (300, True), (301, False), (-301, False)])
def test_a_server_is_a_witness(apart: int, is_believed: bool) -> None:
    """Where its clock and ours differ, one of them is wrong, and accepting does not help."""
    fault = ClockReading(NOW, NOW, NOW + apart).fault()
    assert (fault is None) is is_believed
    assert fault is None or "set the one that is wrong" in fault
