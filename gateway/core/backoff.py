"""How long a deferred message waits for its next attempt."""

from dataclasses import dataclass
from datetime import timedelta

from tenacity import RetryCallState
from tenacity.wait import wait_exponential_jitter


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential waits with jitter: `first`, then twice as long each time, never over `longest`.

    The jitter, up to `first`, keeps the messages of one outage from coming back in one instant.
    """

    first: timedelta = timedelta(seconds=15)
    longest: timedelta = timedelta(minutes=30)

    def wait(self, attempts: int, *, at_least: timedelta | None = None) -> timedelta:
        """Return the wait after `attempts` (1 or more) hand-overs; a provider's own `Retry-After` is a floor."""
        first = self.first.total_seconds()
        rule = wait_exponential_jitter(initial=first, max=self.longest.total_seconds(), jitter=first)
        state = RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # type: ignore[arg-type]
        # 2**40 times the first wait is far beyond any `longest`; the bound keeps the float finite.
        state.attempt_number = min(max(attempts, 1), 40)
        wait = timedelta(seconds=rule(state))
        return wait if at_least is None else max(wait, at_least)
