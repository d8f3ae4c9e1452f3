"""What the gateway asks of the spool about messages that a provider took: reports, and whose report is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State


@dataclass(frozen=True, slots=True)
class Told:
    """One report of a configured provider: a message by its id where our reference was in it, else by `provider_ref`.

    `state` is one of `core.report.REPORTED`. `part` and `parts` are those of a report.
    """

    provider: str
    state: State
    message_id: str | None = None
    provider_ref: str | None = None
    reason: Reason | None = None
    part: str | None = None
    parts: int | None = None


class Effect(StrEnum):
    """What a report did."""

    CHANGED = "changed"  # the message has the reported state now
    COUNTED = "counted"  # a segment arrived, and others are missing
    NOTHING = "nothing"  # repeated, out of order, or of a message that cannot have this state
    EARLY = "early"  # a hand-over to this provider is open: the report is to be told again when it has ended
    UNKNOWN = "unknown"  # there is no such message, or this provider never had it


@dataclass(frozen=True, slots=True)
class Telling:
    """What a report did, to which message; `state` is the one that it has now."""

    effect: Effect
    message_id: str | None = None
    channel: Channel | None = None
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Awaited:
    """A message that a provider has, or may have, and that it has not reported the end of."""

    message_id: str
    provider_ref: str | None


class ReportStore(Protocol):
    """Reports, and messages without one. Times are seconds since 1970 UTC."""

    async def report(self, told: Told, now: int) -> Telling:
        """Write down what a provider said of a message, by a legal move or not at all.

        A message in doubt is settled by it, and its usage counted. Of segments it is remembered which have arrived, as
        a few digits of a hash, until all have. Nothing else of the report is kept.
        """

    async def awaited(self, provider: str, created: range, limit: int) -> Sequence[Awaited]:
        """Return messages that a provider has not reported the end of, accepted in a range of time, oldest first."""

    async def expected(self, told: Told) -> Awaited | None:
        """Return the message that a report is about, where the provider has it or may have it and no end is known."""

    async def take_turn(self, name: str, now: int, every: int) -> int | None:
        """Begin something that one process does every so many seconds.

        Returns when it was last begun, which is `now - every` at the very first, or None when it is not time yet: of
        several processes one gets the turn.
        """
