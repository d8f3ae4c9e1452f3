"""How long a deferred message waits for its next attempt."""

from dataclasses import dataclass
from datetime import timedelta

from tenacity import RetryCallState
from tenacity.wait import wait_exponential, wait_random


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential waits with jitter: `first`, then twice as long each time, never over `longest`.

    A part of it, up to `first`, is chance: it keeps the messages of one outage from coming back in one instant.
    """

    first: timedelta = timedelta(seconds=15)
    longest: timedelta = timedelta(minutes=30)

    def wait(self, attempts: int, *, at_least: timedelta | None = None) -> timedelta:
        """Return the wait after `attempts` (1 or more) hand-overs; a provider's own `Retry-After` is a floor."""
        first, longest = self.first.total_seconds(), self.longest.total_seconds()
        chance = min(first, longest)
        rule = wait_exponential(multiplier=first, max=longest - chance) + wait_random(0, chance)
        state = RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # type: ignore[arg-type]
        state.attempt_number = max(attempts, 1)
        wait = timedelta(seconds=rule(state))
        return wait if at_least is None else max(wait, at_least)
