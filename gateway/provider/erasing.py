"""What an adapter says when what its vendor keeps of a sent message is to be erased there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from gateway.core.outcome import Reason


@dataclass(frozen=True, slots=True)
class Gone:
    """The vendor keeps nothing of it under this id: it was erased now, or is not known there."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """It is not erased, and may be later; `retry_after` is how long to wait at least, where that is known."""

    reason: Reason
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class NotPossible:
    """The vendor does not erase it, however often it is asked."""

    reason: Reason


Erasure = Gone | NotYet | NotPossible


@runtime_checkable
class Erases(Protocol):
    """An adapter whose vendor erases what it keeps of a sent message, by the id that it gave it.

    It goes with the capability `erasure`. The same id may be asked for again: after a crash nobody knows.
    """

    async def erase(self, provider_ref: str) -> Erasure:
        """Have one message erased. Raises nothing but cancellation."""
