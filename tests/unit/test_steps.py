"""Steps: every outcome, and what comes after it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.backoff import Backoff
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.core.state import MOVES, State
from gateway.delivery.steps import (
    NOTHING_SAID,
    Case,
    NextProvider,
    Tally,
    end_of_route,
    give_up,
    interrupt,
    next_step,
)
from gateway.spool.store import AttemptEnd

NOW = 1_800_000_000
DAY = 86_400

# Chance is a millisecond of it at most: rounded up to whole seconds it does not show.
BACKOFF = Backoff(first=timedelta(milliseconds=1), longest=timedelta(hours=1))
LONGEST = 3600

ENDS = (Blame.RECIPIENT, Blame.CONTENT)
GOES_ON = (Blame.SENDER, Blame.ACCOUNT, Blame.PROVIDER)


def case(
    *,
    attempts: int = 1,
    expires_at: int = NOW + DAY,
    is_repeat: bool = False,
    is_idempotent: bool = False,
    repeats: bool = False,
) -> Case:
    """Return a case at NOW."""
    return Case(NOW, expires_at, attempts, BACKOFF, is_repeat, is_idempotent, repeats)


def later(state: State, reason: Reason, wait: int = 1) -> AttemptEnd:
    """Return an end that is due again after a wait."""
    return AttemptEnd(state, reason, due_at=NOW + wait)


def test_accepted_is_sent() -> None:
    """What a provider took is sent, with the provider's id and its count of segments."""
    expected = AttemptEnd(State.SENT, provider_ref="abc", segments=2)
    assert expected == next_step(Accepted("abc", 2), NOTHING_SAID, case())


@pytest.mark.parametrize("blame", ENDS)
def test_a_rejected_recipient_or_content_fails(blame: Blame) -> None:
    """No other provider could do better, whatever earlier ones said."""
    tally = NOTHING_SAID.ask("a").defer(Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)).ask("b")
    expected = AttemptEnd(State.FAILED, Reason.REFUSED)
    assert expected == next_step(Rejected(blame, Reason.REFUSED), tally, case())


@pytest.mark.parametrize("blame", GOES_ON)
def test_a_rejected_sender_account_or_provider_goes_on(blame: Blame) -> None:
    """Another provider may take it."""
    tally = NOTHING_SAID.ask("a")
    expected = NextProvider(Tally(("a",), rejected=Reason.REFUSED))
    assert expected == next_step(Rejected(blame, Reason.REFUSED), tally, case())


@pytest.mark.parametrize("blame", GOES_ON)
def test_a_deferring_sender_account_or_provider_goes_on(blame: Blame) -> None:
    """Another provider may take it at once; what was asked for is kept."""
    tally = NOTHING_SAID.ask("a")
    wait = timedelta(seconds=7)
    expected = NextProvider(Tally(("a",), deferred=Reason.UNAVAILABLE, shortest_wait=wait, longest_wait=wait))
    assert expected == next_step(Deferred(blame, Reason.UNAVAILABLE, wait), tally, case())


@pytest.mark.parametrize("blame", ENDS)
def test_a_deferring_recipient_or_content_waits(blame: Blame) -> None:
    """A full mailbox is as full for the next provider: the message waits."""
    expected = later(State.DEFERRED, Reason.UNAVAILABLE)
    assert expected == next_step(Deferred(blame, Reason.UNAVAILABLE), NOTHING_SAID.ask("a"), case())


@pytest.mark.parametrize(
    "repeats, expected",
    [
        (True, later(State.IN_DOUBT, Reason.TIMEOUT)),
        (False, AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT)),
    ],
)
@pytest.mark.parametrize("is_repeat", [True, False])
def test_doubt_is_repeated_or_held(repeats: bool, expected: AttemptEnd, is_repeat: bool) -> None:
    """In doubt a message waits for a repeat where the policy says so, else it is held; it never goes on."""
    tally = NOTHING_SAID.ask("a")
    assert expected == next_step(InDoubt(Reason.TIMEOUT), tally, case(repeats=repeats, is_repeat=is_repeat))


@pytest.mark.parametrize("blame", list(Blame))
@pytest.mark.parametrize("is_idempotent", [True, False])
def test_a_rejected_repeat(blame: Blame, is_idempotent: bool) -> None:
    """It speaks of the first attempt too only where both are one message to the provider; else doubt stays."""
    state = State.FAILED if is_idempotent and blame.ends_message else State.IN_DOUBT
    expected = AttemptEnd(state, Reason.REFUSED)
    found = next_step(
        Rejected(blame, Reason.REFUSED),
        NOTHING_SAID.ask("a"),
        case(is_repeat=True, is_idempotent=is_idempotent, repeats=True),
    )
    assert expected == found


@pytest.mark.parametrize("blame", list(Blame))
@pytest.mark.parametrize(
    "repeats, expected",
    [
        (True, later(State.IN_DOUBT, Reason.UNAVAILABLE, 500)),
        (False, AttemptEnd(State.IN_DOUBT, Reason.UNAVAILABLE)),
    ],
)
def test_a_deferred_repeat_stays_in_doubt(blame: Blame, repeats: bool, expected: AttemptEnd) -> None:
    """That the repeat was certainly not taken does not say that the first attempt was not."""
    outcome = Deferred(blame, Reason.UNAVAILABLE, timedelta(seconds=500))
    assert expected == next_step(outcome, NOTHING_SAID.ask("a"), case(is_repeat=True, repeats=repeats))


def test_at_the_end_of_the_route_one_deferral_is_enough_to_wait() -> None:
    """Where any provider deferred, the message waits; where all rejected, it failed with the last reason."""
    rejected = NOTHING_SAID.ask("a").reject(Rejected(Blame.ACCOUNT, Reason.NO_CREDIT))
    both = rejected.ask("b").defer(Deferred(Blame.PROVIDER, Reason.UNAVAILABLE))
    twice = rejected.ask("b").reject(Rejected(Blame.SENDER, Reason.INVALID_SENDER))
    assert [end_of_route(tally, case(attempts=2)) for tally in (rejected, both, twice)] == [
        AttemptEnd(State.FAILED, Reason.NO_CREDIT),
        later(State.DEFERRED, Reason.UNAVAILABLE),
        AttemptEnd(State.FAILED, Reason.INVALID_SENDER),
    ]


@pytest.mark.parametrize(
    "tally, expected",
    [
        (
            NOTHING_SAID.skip(Reason.CREDENTIALS, 40).skip(Reason.UNAVAILABLE, 12.2),
            later(State.DEFERRED, Reason.UNAVAILABLE, 13),
        ),
        (
            NOTHING_SAID.skip(Reason.UNAVAILABLE, 12.2).skip(Reason.CREDENTIALS, 40),
            later(State.DEFERRED, Reason.CREDENTIALS, 13),
        ),
        (NOTHING_SAID.skip(Reason.UNAVAILABLE, 0.1), later(State.DEFERRED, Reason.UNAVAILABLE, 1)),
        (
            NOTHING_SAID.ask("a").reject(Rejected(Blame.SENDER, Reason.INVALID_SENDER)).skip(Reason.UNAVAILABLE, 9),
            later(State.DEFERRED, Reason.UNAVAILABLE, 9),
        ),
        (
            NOTHING_SAID.ask("a").defer(Deferred(Blame.PROVIDER, Reason.TIMEOUT)).skip(Reason.UNAVAILABLE, 9),
            later(State.DEFERRED, Reason.TIMEOUT),
        ),
    ],
)
def test_providers_left_alone_are_waited_for(tally: Tally, expected: AttemptEnd) -> None:
    """A provider that could not be asked may still take it: the message waits for the earliest probe."""
    assert expected == end_of_route(tally, case())


def test_a_message_in_doubt_waits_in_doubt_for_its_provider() -> None:
    """Its provider left alone, it waits for the probe, and its state does not get better by that."""
    tally = NOTHING_SAID.skip(Reason.UNAVAILABLE, 9)
    assert later(State.IN_DOUBT, Reason.UNAVAILABLE, 9) == end_of_route(tally, case(is_repeat=True))


def test_without_a_route_a_message_waits_for_the_operator() -> None:
    """A route that is gone from the configuration may come back within the deadline."""
    assert [end_of_route(NOTHING_SAID, case(is_repeat=is_repeat)) for is_repeat in (False, True)] == [
        later(State.DEFERRED, Reason.NO_ROUTE, LONGEST),
        later(State.IN_DOUBT, Reason.NO_ROUTE, LONGEST),
    ]


@pytest.mark.parametrize(
    "waits, expires_in, expected",
    [
        ((None,), DAY, 1),
        ((500,), DAY, 500),
        ((500, 900), DAY, 900),
        ((900, 500), DAY, 900),
        ((500, None), DAY, 500),
        ((500, 7000), 7000, 500),  # the longest wait would outlive the message
        ((7000, None), 7000, 1),
    ],
)
def test_retry_after_is_a_floor(waits: tuple[int | None, ...], expires_in: int, expected: int) -> None:
    """A message comes back when all that deferred it may be asked, unless it would be too late then."""
    tally = NOTHING_SAID
    for number, wait in enumerate(waits):
        asked = None if wait is None else timedelta(seconds=wait)
        tally = tally.ask(str(number)).defer(Deferred(Blame.PROVIDER, Reason.RATE_LIMITED, asked))
    found = end_of_route(tally, case(attempts=len(waits), expires_at=NOW + expires_in))
    assert later(State.DEFERRED, Reason.RATE_LIMITED, expected) == found


def test_the_backoff_grows_with_each_go_through_the_route() -> None:
    """Three providers that defer are one go: the wait doubles with each go, not with each provider."""
    tally = NOTHING_SAID
    for name in "abc":
        tally = tally.ask(name).defer(Deferred(Blame.PROVIDER, Reason.UNAVAILABLE, timedelta(seconds=5)))
    found = [end_of_route(tally, case(attempts=3 * goes)) for goes in (1, 14, 18, 50)]
    # 2^(goes - 1) milliseconds, not less than was asked for, not more than the longest
    assert found == [later(State.DEFERRED, Reason.UNAVAILABLE, wait) for wait in (5, 9, 132, LONGEST)]


@pytest.mark.parametrize("in_doubt, state", [(True, State.IN_DOUBT), (False, State.FAILED)])
def test_giving_up(in_doubt: bool, state: State) -> None:
    """What cannot be handed over fails; what may have been taken stays in doubt and is held."""
    assert AttemptEnd(state, Reason.DEADLINE) == give_up(Reason.DEADLINE, in_doubt=in_doubt)


def test_an_interrupted_message_is_due_at_once() -> None:
    """On its way to the next provider at a stop, it waits for the next process with what was said last."""
    rejected = NOTHING_SAID.ask("a").reject(Rejected(Blame.ACCOUNT, Reason.NO_CREDIT))
    deferred = rejected.ask("b").defer(Deferred(Blame.PROVIDER, Reason.UNAVAILABLE))
    assert [interrupt(tally, NOW) for tally in (rejected, deferred)] == [
        later(State.DEFERRED, Reason.NO_CREDIT, 0),
        later(State.DEFERRED, Reason.UNAVAILABLE, 0),
    ]


OUTCOMES = st.one_of(
    st.just(Accepted("ref")),
    st.builds(Rejected, st.sampled_from(Blame), st.sampled_from(Reason)),
    st.builds(Deferred, st.sampled_from(Blame), st.sampled_from(Reason), st.none() | st.just(timedelta(seconds=5))),
    st.builds(InDoubt, st.sampled_from(Reason)),
)
CASES = st.builds(
    Case,
    now=st.just(NOW),
    expires_at=st.just(NOW + DAY),
    attempts=st.integers(1, 50),
    backoff=st.just(BACKOFF),
    is_repeat=st.booleans(),
    is_idempotent=st.booleans(),
    repeats=st.booleans(),
)


@given(OUTCOMES, CASES)
def test_every_step_is_legal_and_never_claims_too_much(outcome: Outcome, found: Case) -> None:
    """Each end is a legal move; doubt goes to no other provider; only what was certainly not taken is `failed`."""
    step = next_step(outcome, NOTHING_SAID.ask("a"), found)
    if isinstance(step, NextProvider):
        assert not found.is_repeat
        assert not isinstance(outcome, InDoubt)
        return
    assert step.state in MOVES[State.SENDING]
    if isinstance(outcome, InDoubt):
        assert step.state is State.IN_DOUBT
    if step.state is State.FAILED:
        assert found.is_idempotent or not found.is_repeat
    if step.state is State.DEFERRED:
        assert not found.is_repeat
