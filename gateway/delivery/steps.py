"""What comes after an outcome: the end, the next provider, a later time, or doubt."""

from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import Final, assert_never

from gateway.core.backoff import Backoff
from gateway.core.outcome import Accepted, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.core.state import State
from gateway.spool.store import AttemptEnd


@dataclass(frozen=True, slots=True)
class Tally:
    """What the providers of a route have said in one go through them, and which were left alone.

    `tried` are those that were asked. The two waits are what the deferring ones asked for, `probe` is the time until
    one of those left alone may be asked.
    """

    tried: tuple[str, ...] = ()
    rejected: Reason | None = None
    deferred: Reason | None = None
    shortest_wait: timedelta | None = None
    longest_wait: timedelta | None = None
    skipped: Reason | None = None
    probe: float | None = None  # seconds

    def ask(self, provider: str) -> "Tally":
        """Note a provider that is asked."""
        # On the way of every message: `replace` costs ten times as much.
        return Tally(
            (*self.tried, provider),
            self.rejected,
            self.deferred,
            self.shortest_wait,
            self.longest_wait,
            self.skipped,
            self.probe,
        )

    def skip(self, reason: Reason, wait: float) -> "Tally":
        """Note a provider that is left alone for `wait` seconds."""
        return replace(self, skipped=reason, probe=wait if self.probe is None else min(wait, self.probe))

    def reject(self, outcome: Rejected) -> "Tally":
        """Note a provider that refused for good."""
        return replace(self, rejected=outcome.reason)

    def defer(self, outcome: Deferred) -> "Tally":
        """Note a provider that refused for now."""
        asked = outcome.retry_after or timedelta()
        return replace(
            self,
            deferred=outcome.reason,
            shortest_wait=asked if self.shortest_wait is None else min(asked, self.shortest_wait),
            longest_wait=asked if self.longest_wait is None else max(asked, self.longest_wait),
        )


NOTHING_SAID: Final = Tally()


@dataclass(frozen=True, slots=True)
class Case:
    """What a step depends on besides the outcome; times are seconds since 1970 UTC.

    `attempts` are the hand-overs so far. `is_repeat`: an earlier attempt at this same provider is in doubt.
    `is_idempotent`: there, the same reference twice is one message. `repeats`: doubt is met with a repeat.
    """

    now: int
    expires_at: int
    attempts: int
    backoff: Backoff
    is_repeat: bool = False
    is_idempotent: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class NextProvider:
    """Another provider of the route may do better; `tally` knows what was said so far."""

    tally: Tally


Step = AttemptEnd | NextProvider


def next_step(outcome: Outcome, tally: Tally, case: Case) -> Step:
    """Decide what comes after one outcome."""
    match outcome:
        case Accepted():
            return AttemptEnd(State.SENT, provider_ref=outcome.provider_ref, segments=outcome.segments)
        case InDoubt():
            return _in_doubt(outcome.reason, case, _backoff(tally, case) if case.repeats else None)
        case Rejected():
            return _after_rejection(outcome, tally, case)
        case Deferred():
            return _after_deferral(outcome, tally.defer(outcome), case)
        case _:
            assert_never(outcome)


def end_of_route(tally: Tally, case: Case) -> AttemptEnd:
    """Decide what becomes of a message when no provider of its route is left to ask now."""
    if tally.deferred is not None:
        return _later(tally.deferred, case, _backoff(tally, case))
    if tally.skipped is not None and tally.probe is not None:
        return _later(tally.skipped, case, max(1, ceil(tally.probe)))
    if tally.rejected is not None:
        return AttemptEnd(State.FAILED, tally.rejected)
    # Its route is gone from the configuration; the operator may put it back within the deadline.
    return _later(Reason.NO_ROUTE, case, ceil(case.backoff.longest.total_seconds()))


def interrupt(tally: Tally, now: int) -> AttemptEnd:
    """Put off a message on its way from one provider to the next, which this process will not ask any more."""
    return AttemptEnd(State.DEFERRED, tally.deferred or tally.rejected, due_at=now)


def give_up(reason: Reason, *, in_doubt: bool) -> AttemptEnd:
    """End a message that cannot be handed over whatever a provider says; what is in doubt stays so, and is held."""
    return AttemptEnd(State.IN_DOUBT if in_doubt else State.FAILED, reason)


def _after_rejection(outcome: Rejected, tally: Tally, case: Case) -> Step:
    if case.is_repeat:
        # It speaks of the repeat alone: a vendor's filter for duplicates refuses what it has delivered. Where the
        # reference makes both one message, it speaks of both.
        final = outcome.blame.ends_message and case.is_idempotent
        return give_up(outcome.reason, in_doubt=not final)
    if outcome.blame.ends_message:
        return AttemptEnd(State.FAILED, outcome.reason)
    return NextProvider(tally.reject(outcome))


def _after_deferral(outcome: Deferred, tally: Tally, case: Case) -> Step:
    if case.is_repeat and not case.repeats:
        return give_up(outcome.reason, in_doubt=True)
    if case.is_repeat or outcome.blame.ends_message:
        return end_of_route(tally, case)
    return NextProvider(tally)


def _later(reason: Reason, case: Case, wait: int) -> AttemptEnd:
    if case.is_repeat:
        return _in_doubt(reason, case, wait)
    return AttemptEnd(State.DEFERRED, reason, due_at=case.now + wait)


def _in_doubt(reason: Reason, case: Case, wait: int | None) -> AttemptEnd:
    return AttemptEnd(State.IN_DOUBT, reason, due_at=None if wait is None else case.now + wait)


def _backoff(tally: Tally, case: Case) -> int:
    """Return the wait in whole seconds, growing with each go through the route, not with each provider in it."""
    rounds = ceil(case.attempts / max(1, len(tally.tried)))
    return ceil(case.backoff.wait(rounds, at_least=_asked(tally, case)).total_seconds())


def _asked(tally: Tally, case: Case) -> timedelta | None:
    """Return the longest wait that a provider asked for, or the shortest where the longest outlives the message."""
    longest = tally.longest_wait
    if longest is not None and case.now + longest.total_seconds() >= case.expires_at:
        return tally.shortest_wait
    return longest
