"""When a provider is left alone, and when one message may probe it again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from gateway.core.backoff import Backoff
from gateway.core.outcome import Blame, Deferred, InDoubt, Outcome, Reason, Rejected

# What a message waits that finds the provider's probe under way; its end wakes the lease loop besides.
PROBE_WAIT: Final = 2.0  # seconds

# A provider may ask for a day; an operator who has paid or widened a quota meanwhile should not need a restart.
LONGEST_ASKED: Final = timedelta(hours=1)

COOL_DOWN: Final = Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=5))


@dataclass(frozen=True, slots=True)
class CircuitRules:
    """So many faults in a row open a circuit; `cool_down` says for how long, growing with each failed probe."""

    threshold: int = 5
    cool_down: Backoff = COOL_DOWN


@dataclass(slots=True)
class Circuit:
    """The standing of one provider, in memory only: a restart asks it anew.

    All times are seconds of one monotonic clock. `changed` is called with whether the provider is left alone.
    """

    rules: CircuitRules = field(default_factory=CircuitRules)
    changed: Callable[[bool], None] = lambda _is_open: None
    # Why it was opened; kept until an answer closes it.
    reason: Reason | None = None
    _faults: int = 0
    _openings: int = 0
    _open_until: float | None = None
    _is_probing: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the provider is left alone, but for a probe."""
        return self._open_until is not None

    def wait(self, now: float) -> float:
        """Return the seconds until a message may go to the provider; 0 when one may go now."""
        if self._open_until is None:
            return 0.0
        if self._is_probing:
            return PROBE_WAIT
        return max(0.0, self._open_until - now)

    def admit(self) -> None:
        """Note that a message goes to the provider now; through an open circuit it is the probe."""
        self._is_probing = self.is_open

    def abandon(self) -> None:
        """Note that a message was admitted and not handed over: if it was the probe, the next one is it."""
        self._is_probing = False

    def record(self, outcome: Outcome, now: float, *, is_slow: bool = False) -> None:
        """Count an outcome for or against the provider; one that took too long counts against it, whatever it says."""
        reason = fault(outcome) or (Reason.TIMEOUT if is_slow else None)
        if reason is None:
            self._close()
            return
        self._faults += 1
        failed_probe, self._is_probing = self._is_probing, False
        late = self.is_open and not failed_probe  # it set out before the circuit opened
        if late or (self._faults < self.rules.threshold and not failed_probe):
            return
        self._open(reason, now + self._pause(outcome).total_seconds())

    def _pause(self, outcome: Outcome) -> timedelta:
        self._openings += 1
        asked = outcome.retry_after if isinstance(outcome, Deferred) else None
        return self.rules.cool_down.wait(self._openings, at_least=min(asked, LONGEST_ASKED) if asked else None)

    def _open(self, reason: Reason, until: float) -> None:
        was_open = self.is_open
        self.reason, self._open_until = reason, until
        if not was_open:
            self.changed(True)  # noqa: FBT003 (the one thing that it says)

    def _close(self) -> None:
        was_open = self.is_open
        self.reason = self._open_until = None
        self._faults = self._openings = 0
        self._is_probing = False
        if was_open:
            self.changed(False)  # noqa: FBT003 (as above)


def account_fault(outcome: Outcome) -> Reason | None:
    """Return the reason of an outcome that only an operator can do something about: key, credit, contract."""
    if isinstance(outcome, Rejected | Deferred) and outcome.blame is Blame.ACCOUNT:
        return outcome.reason
    return None


def fault(outcome: Outcome) -> Reason | None:
    """Return the reason of an outcome that counts against the provider, None for one that shows it at work.

    A refused recipient, text or sender is an answer like any other: a bad number never opens a circuit. What is in
    doubt counts, although nobody is to blame: each further message would be held in doubt too.
    """
    if isinstance(outcome, InDoubt):
        return outcome.reason
    if isinstance(outcome, Rejected | Deferred) and outcome.blame.opens_circuit:
        return outcome.reason
    return None
