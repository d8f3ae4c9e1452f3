"""The way to one provider: what waits for it, how many hand-overs run, how fast, and whether it is left alone."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from gateway.core.outcome import Outcome, Reason
from gateway.core.rate import Rate
from gateway.delivery.circuit import Circuit, account_fault, fault
from gateway.delivery.crew import Crew
from gateway.delivery.pace import Pace
from gateway.delivery.registry import Provider
from gateway.delivery.work import Work
from gateway.provider import Announces, Reports

# A message waits this long in line for its turn under a rate: so long that a rate a minute is waited for. Where an
# hour's or a day's is used up, the next provider has it, or it waits in the spool.
LONGEST_PAUSE: Final = 90.0  # seconds


class Lane:
    """One provider's lane; `timer` is a monotonic clock in seconds, `share` how many processes have such a lane.

    `changed` is called when the circuit changes, `refused` when the provider begins or ends to refuse our account.
    """

    def __init__(
        self,
        provider: Provider,
        work_on: Callable[["Lane", Work], Awaitable[None]],
        *,
        share: int = 1,
        timer: Callable[[], float],
        changed: Callable[["Lane", bool], None],
        refused: Callable[["Lane", Reason | None], None],
    ) -> None:
        self.provider = provider
        self.name = provider.name
        self.circuit = Circuit(changed=partial(changed, self))
        self._refused = refused
        self._account_fault: Reason | None = None
        slow_after = provider.settings.slow_after
        self._slow_after = None if slow_after is None else slow_after.total_seconds()
        self._timer = timer
        rate = provider.settings.rate
        self._pace = None if rate is None else Pace(part_of(rate, share))
        pause = None if rate is None else self._pause
        adapter = provider.adapter
        # Whether it tells by itself what became of a message.
        self.tells = isinstance(adapter, Announces) or (isinstance(adapter, Reports) and adapter.takes_reports())
        self.crew = Crew(max(1, provider.settings.max_concurrency // share), partial(work_on, self), pause=pause)

    def wait(self) -> float:
        """Return the seconds until the provider may be asked; 0 when it may be now, or soon enough to wait in line."""
        now = self._timer()
        wait = self.circuit.wait(now)
        if self._pace is not None and (pause := self._pace.wait(now)) > LONGEST_PAUSE:
            return max(wait, pause)
        return wait

    def wait_for_call(self) -> float:
        """Return the seconds until the provider may be called about something else than a new message; 0 for now."""
        now = self._timer()
        return max(self.circuit.wait(now), 0.0 if self._pace is None else self._pace.wait(now))

    def count_call(self) -> None:
        """Count a call that goes to the provider now, about something else than a new message."""
        if self._pace is not None:
            self._pace.take(self._timer())

    @property
    def reason(self) -> Reason:
        """Why the provider may not be asked."""
        return self.circuit.reason or Reason.RATE_LIMITED

    def admit(self) -> None:
        """Count a message that goes to the provider now."""
        self.circuit.admit()
        self.count_call()

    def record(self, outcome: Outcome, seconds: float) -> None:
        """Count an outcome for or against the provider; `seconds` is how long it took."""
        is_slow = self._slow_after is not None and seconds > self._slow_after
        self.circuit.record(outcome, self._timer(), is_slow=is_slow)
        found = account_fault(outcome)
        # What is in doubt, or the provider's own fault, says nothing about the account.
        if found is None and fault(outcome) is not None:
            return
        was, self._account_fault = self._account_fault, found
        if (was is None) != (found is None):
            self._refused(self, found)

    def _pause(self) -> float:
        # Where the wait is too long the message is taken all the same: it finds the lane closed, and goes elsewhere.
        pause = 0.0 if self._pace is None else self._pace.wait(self._timer())
        return 0.0 if pause > LONGEST_PAUSE else pause


def part_of(rate: Rate, share: int) -> Rate:
    """Return the rate that each of several processes keeps to, so that all together keep to the whole."""
    if rate.count >= share:
        return Rate(rate.count // share, rate.seconds)
    return Rate(1, -(-rate.seconds * share // rate.count))
