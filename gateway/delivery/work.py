"""One message that delivery has in memory, opened."""

from dataclasses import dataclass

from gateway.core.message import Channel, Message
from gateway.delivery.steps import NOTHING_SAID, Tally
from gateway.provider import Handover


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

    # The providers that may have it, in order.
    route: tuple[str, ...] = ()
    tally: Tally = NOTHING_SAID
    # The provider that an attempt is open at on disk.
    open_at: str | None = None
    # Whether a hand-over has begun whose outcome is not known.
    is_out: bool = False
    # Whether it was read from the spool, not passed on by intake.
    was_leased: bool = False

    @property
    def size(self) -> int:
        """Its text's length in characters: what it takes of memory, near enough."""
        return len(self.message.text)
