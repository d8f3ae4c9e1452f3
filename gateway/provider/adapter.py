"""What an adapter is, and what it is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gateway.core.message import Message
from gateway.core.outcome import Outcome
from gateway.http_client import Connection, HttpClient


@dataclass(frozen=True, slots=True)
class Handover:
    """What comes with a message: our opaque random reference, the same at every repeat, and when it was accepted.

    `accepted_at` is in seconds since 1970 UTC; a mail's Date is made of it, so that a repeat is recognised.
    """

    reference: str
    accepted_at: int


class Adapter(Protocol):
    """Our code for one provider's system, opened once and used by many hand-overs at the same time."""

    async def open(self) -> None:
        """Make ready; sends nothing. Raises nothing for a provider that is down."""

    async def send(self, message: Message, handover: Handover) -> Outcome:
        """Hand one message over; every way it can end is an outcome."""

    async def close(self) -> None:
        """End kept connections; hand-overs have ended before."""


@runtime_checkable
class DryRuns(Protocol):
    """An adapter whose vendor can check a message without sending it."""

    async def dry_run(self, message: Message, handover: Handover) -> Outcome:
        """Let the vendor check one message; nothing is sent."""


@dataclass(frozen=True, slots=True, repr=False)
class TakenMessage:
    """What an outbox shows of one message: the documented fields and when it came (seconds since 1970 UTC)."""

    message: Message
    reference: str
    taken_at: int


@runtime_checkable
class Outbox(Protocol):
    """An adapter that keeps what it took for people to look at, in memory only."""

    def taken(self) -> Sequence[TakenMessage]:
        """Return what it holds, newest first."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What an adapter is given besides its settings.

    `gateway_name` is the only name that the outside sees; `connect` makes an HTTP client with the limits, the TLS
    floor and the network guard of one provider. `callback_url` is where its vendor can call, for every provider
    another; None where the operator says no public address.
    """

    gateway_name: str
    connect: Callable[[Connection], HttpClient]
    callback_url: str | None = None
