"""When a call is made again: what may have been done is harmless a second time, because it has the same key."""

import secrets
from dataclasses import dataclass
from typing import Final

from gateway.client.answer import Reply

# Refused now, not for good; the gateway or what stands before it says so.
_AGAIN: Final = frozenset({408, 409, 429, 502, 503, 504})
_CHANCE: Final = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call is tried: `total` seconds in all, with pauses from `first` to `longest`.

    `for_refused`: also where nothing listens, as while the gateway starts anew.
    """

    total: float = 60
    first: float = 0.5
    longest: float = 15
    for_refused: bool = True


DEFAULT: Final = Patience()


class Retries:
    """The pauses of one call that began at a time, in seconds of any clock that only goes forward."""

    def __init__(self, patience: Patience, began_at: float) -> None:
        self._patience = patience
        self._until = began_at + patience.total
        self._next = patience.first

    def after(self, outcome: Reply | BaseException, now: float) -> float | None:
        """Return the seconds to wait before it is made again, or None where it is not."""
        if isinstance(outcome, Reply):
            if outcome.status not in _AGAIN:
                return None
        elif isinstance(outcome, ValueError):
            return None  # no host, or a certificate of somebody else: it stays so
        elif isinstance(outcome, ConnectionRefusedError) and not self._patience.for_refused:
            return None
        pause = self._next * _CHANCE.uniform(0.5, 1)
        self._next = min(2 * self._next, self._patience.longest)
        if isinstance(outcome, Reply) and outcome.retry_after is not None:
            pause = max(outcome.retry_after, 0)
        return pause if now + pause <= self._until else None
