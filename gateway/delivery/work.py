"""One message that delivery has in memory, opened."""

from dataclasses import dataclass

from gateway.core.message import Channel, Message
from gateway.core.outcome import Reason
from gateway.delivery.steps import NOTHING_SAID, Tally, give_up
from gateway.privacy.consent import ANYTHING, Agreement
from gateway.provider import Handover
from gateway.spool.store import AttemptEnd


@dataclass(slots=True, repr=False, eq=False)
class Work:
    """A message to hand over, leased to this process; times are seconds since 1970 UTC.

    `doubted_provider` may have it already: it goes to no other. What stands below is delivery's own.
    """

    id: str
    client_id: int
    client_name: str
    channel: Channel
    message: Message
    handover: Handover
    attempts: int
    created_at: int
    expires_at: int
    doubted_provider: str | None = None
    # What its client has agreed to.
    agreement: Agreement = ANYTHING

    # The providers that may have it, in order.
    route: tuple[str, ...] = ()
    tally: Tally = NOTHING_SAID
    # The provider that an attempt is open at on disk.
    open_at: str | None = None
    # Whether a hand-over has begun whose outcome is not known.
    is_out: bool = False
    # After so many seconds the provider that it is handed to may be told to erase it; None where it does not erase.
    erased_after: int | None = None
    # Whether every provider that it could go to is one that may not receive it.
    is_barred: bool = False
    # Whether it was read from the spool, not passed on by intake.
    was_leased: bool = False

    @property
    def refusal(self) -> AttemptEnd | None:
        """How it ends where nobody may receive it; what may have been handed over already stays in doubt."""
        if not self.is_barred:
            return None
        return give_up(Reason.NOT_DISCLOSABLE, in_doubt=self.doubted_provider is not None)

    @property
    def size(self) -> int:
        """Its text's length in characters: what it takes of memory, near enough."""
        return len(self.message.text)
