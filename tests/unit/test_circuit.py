"""Circuits: what opens them, what closes them, and the one message that probes."""

from datetime import timedelta

import pytest

from gateway.core.backoff import Backoff
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.delivery.circuit import LONGEST_ASKED, PROBE_WAIT, Circuit, CircuitRules, fault

# The jitter is at most the first wait: with a wait of a millisecond it does not show in whole seconds.
RULES = CircuitRules(threshold=3, cool_down=Backoff(first=timedelta(milliseconds=1), longest=timedelta(seconds=1)))
DOWN = Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)


def circuit(*outcomes: Outcome) -> Circuit:
    """Return a circuit that has seen outcomes at the time 0."""
    made = Circuit(RULES)
    for outcome in outcomes:
        made.admit()
        made.record(outcome, 0)
    return made


@pytest.mark.parametrize(
    "outcome, expected",
    [
        (Accepted("ref"), None),
        *((Rejected(blame, Reason.REFUSED), None) for blame in (Blame.RECIPIENT, Blame.CONTENT, Blame.SENDER)),
        *((Deferred(blame, Reason.REFUSED), None) for blame in (Blame.RECIPIENT, Blame.CONTENT, Blame.SENDER)),
        (Rejected(Blame.ACCOUNT, Reason.NO_CREDIT), Reason.NO_CREDIT),
        (Rejected(Blame.PROVIDER, Reason.REFUSED), Reason.REFUSED),
        (Deferred(Blame.ACCOUNT, Reason.CREDENTIALS), Reason.CREDENTIALS),
        (DOWN, Reason.UNAVAILABLE),
        (InDoubt(Reason.TIMEOUT), Reason.TIMEOUT),
    ],
)
def test_what_counts_against_a_provider(outcome: Outcome, expected: Reason | None) -> None:
    """Faults of the account and the provider count, and doubt; a refused recipient, text or sender never does."""
    assert fault(outcome) == expected


def test_several_faults_in_a_row_open() -> None:
    """One fault less than the threshold leaves the circuit closed."""
    assert [circuit(*[DOWN] * count).is_open for count in range(5)] == [False, False, False, True, True]


def test_an_answer_between_faults_keeps_it_closed() -> None:
    """Faults count in a row only: any answer that shows the provider at work begins the count anew."""
    number = Rejected(Blame.RECIPIENT, Reason.INVALID_RECIPIENT)
    assert not circuit(DOWN, DOWN, number, DOWN, DOWN).is_open


def test_bad_numbers_never_open() -> None:
    """Any number of refused recipients leaves the circuit closed."""
    assert not circuit(*[Rejected(Blame.RECIPIENT, Reason.INVALID_RECIPIENT)] * 100).is_open


def test_an_open_circuit_says_why_and_for_how_long() -> None:
    """It keeps the last reason, and lets nothing through until it has cooled down."""
    made = circuit(*[DOWN] * 3)
    assert made.reason == Reason.UNAVAILABLE
    assert 0 < made.wait(0) <= 0.002
    assert made.wait(0.002) == 0


def test_one_message_probes() -> None:
    """When it has cooled down one message goes; others wait for what becomes of it."""
    made = circuit(*[DOWN] * 3)
    made.admit()
    assert made.wait(10) == PROBE_WAIT
    assert made.is_open


def test_a_good_probe_closes() -> None:
    """An answer to the probe closes the circuit, and faults are counted from none."""
    made = circuit(*[DOWN] * 3)
    made.admit()
    made.record(Accepted("ref"), 10)
    assert (made.is_open, made.wait(10), made.reason) == (False, 0, None)
    made.record(DOWN, 10)
    assert not made.is_open


def test_a_failed_probe_opens_for_longer() -> None:
    """One fault of the probe opens again, for about twice the time each time, up to the longest."""
    rules = CircuitRules(1, Backoff(first=timedelta(seconds=10), longest=timedelta(seconds=60)))
    made = Circuit(rules)
    waits = []
    for _ in range(5):
        made.admit()
        made.record(DOWN, 0)
        waits.append(made.wait(0))
    # Up to the first wait of each is chance.
    assert [low <= wait <= low + 10 for low, wait in zip((10, 20, 40, 50, 50), waits, strict=True)] == [True] * 5


def test_a_probe_that_was_not_sent_leaves_the_next_one_to_probe() -> None:
    """A message that was admitted and not handed over gives the probe back."""
    made = circuit(*[DOWN] * 3)
    made.admit()
    made.abandon()
    assert made.wait(10) == 0


def test_late_faults_do_not_prolong() -> None:
    """What set out before the circuit opened and fails after says nothing new."""
    made = circuit(*[DOWN] * 3)
    made.record(DOWN, 1000)
    assert made.wait(1000) == 0


def test_a_late_success_closes() -> None:
    """What set out before the circuit opened and is taken after shows the provider at work."""
    made = circuit(*[DOWN] * 3)
    made.record(Accepted("ref"), 1)
    assert not made.is_open


@pytest.mark.parametrize(
    "asked, expected",
    [(timedelta(seconds=90), 90), (timedelta(days=1), LONGEST_ASKED.total_seconds())],
)
def test_a_wait_that_the_provider_asks_for_is_a_floor(asked: timedelta, expected: float) -> None:
    """The circuit stays open for what the provider asked for, at most an hour."""
    made = circuit(DOWN, DOWN, Deferred(Blame.PROVIDER, Reason.RATE_LIMITED, asked))
    assert made.wait(0) == expected


def test_each_change_is_told_once() -> None:
    """Whoever watches hears of opening and closing, not of what leaves it as it is."""
    told: list[bool] = []
    made = Circuit(RULES, told.append)
    outcomes: list[Outcome] = [*[DOWN] * 4, Accepted("ref"), Accepted("ref"), *[DOWN] * 3]
    for outcome in outcomes:
        made.record(outcome, 0)
    assert told == [True, False, True]


def test_slow_answers_in_a_row_open() -> None:
    """An answer that took too long counts as a fault, although it was an acceptance."""
    made = Circuit(RULES)
    for _ in range(3):
        made.record(Accepted("ref"), 0, is_slow=True)
    assert (made.is_open, made.reason) == (True, Reason.TIMEOUT)


def test_a_quick_answer_between_slow_ones_keeps_it_closed() -> None:
    """Slow answers count in a row only."""
    made = Circuit(RULES)
    for is_slow in (True, True, False, True, True):
        made.record(Accepted("ref"), 0, is_slow=is_slow)
    assert not made.is_open
