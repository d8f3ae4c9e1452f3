"""What an adapter tells of messages after they were taken: reports that come in, and those that are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, runtime_checkable

from gateway.callback import Acknowledgement, Callback, Refused, Verified
from gateway.core.outcome import Reason
from gateway.core.report import Report


@runtime_checkable
class Reports(Protocol):
    """An adapter whose vendor calls back; pure functions of one call, which is at most 64 KB.

    The engine does the rest: bounds, replays, early and repeated reports, never backwards.
    """

    def takes_reports(self) -> bool:
        """Whether the settings say how a call is known to be the vendor's; without that there is no such path."""

    def verify(self, callback: Callback) -> Verified | Refused:
        """Say whether a call is the vendor's. Called first."""

    def reports(self, callback: Callback) -> Sequence[Report] | Refused:
        """Read the reports out of a verified call: none where it is about something else, MALFORMED if unreadable."""

    def acknowledgement(self) -> Acknowledgement:
        """Return the answer that the vendor takes for a yes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A message whose fate is asked for: the vendor's id where it gave one, and our reference."""

    provider_ref: str | None
    reference: str


@runtime_checkable
class Polls(Protocol):
    """An adapter whose vendor is asked what became of a message."""

    def can_ask(self, asked: Asked) -> bool:
        """Whether the vendor can be asked by what is known of the message."""

    async def poll(self, asked: Asked) -> Sequence[Report] | Reason:
        """Ask for one message: what is known of it now, or why there was no answer. Raises nothing but cancellation."""


@runtime_checkable
class Announces(Protocol):
    """An adapter that hears of reports over a session of its own, as SMPP does."""

    def announce_to(self, take: "Taker") -> None:
        """Call `take` with each report from now on."""


class Taker(Protocol):
    """Where announced reports go."""

    async def __call__(self, reports: Sequence[Report]) -> bool:
        """Take reports; False where they could not be written down: the vendor has to repeat them."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on the account; `unit` is a currency (ISO 4217) or the vendor's word, such as `credits`."""

    amount: Decimal
    unit: str | None = None


@runtime_checkable
class Balances(Protocol):
    """An adapter whose vendor tells what is left on the account."""

    async def balance(self) -> Balance | Reason:
        """Ask for it, or say why there was no answer. Raises nothing but cancellation."""
