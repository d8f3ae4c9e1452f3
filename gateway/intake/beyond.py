"""What stands behind the door, and the terms on which it opens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from gateway.core.message import Channel, Message
from gateway.delivery.work import Work
from gateway.intake.sender_rules import SenderRules
from gateway.privacy.consent import ANYTHING, Agreement
from gateway.privacy.pseudonyms import Pseudonyms
from gateway.settings import Settings
from gateway.spool.references import References
from gateway.spool.sealing import Sealer
from gateway.spool.store import MessageStore

NO_RULES: Final = SenderRules(rules={})


class RouteFinder(Protocol):
    """Says which providers a message may go to."""

    def candidates(self, message: Message, client_name: str, agreement: Agreement = ANYTHING) -> tuple[str, ...]:
        """Return their names in order; none where there is no route, or none that is agreed to."""

    def is_fixed(self, channel: Channel) -> bool:
        """Whether a client's messages on a channel all have the same candidates, in the same order."""

    def has_route(self, message: Message, client_name: str) -> bool:
        """Whether there is a route, be it to providers alone that may not receive the message."""


class Deliverer(Protocol):
    """Takes messages on in memory."""

    @property
    def owner(self) -> str:
        """The name that its leases have."""

    def room_for(self, client_id: int, count: int) -> int:
        """Return how many of a client's `count` messages it takes now."""

    def submit(self, work: Work) -> None:
        """Take a message that is durable and leased to `owner`."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """What stands behind the door."""

    store: MessageStore
    sealer: Sealer
    pseudonyms: Pseudonyms
    references: References
    routes: RouteFinder
    delivery: Deliverer
    # The retention classes that are overdue now.
    overdue: Callable[[], Sequence[str]]
    # Is told which client sent under a sender ID that may not arrive (its id).
    doubtful_sender: Callable[[int], None] = lambda _: None
    # Whether the person behind a mailbox or an E.164 number wants nothing, or nothing done.
    suppresses: Callable[[str], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class Terms:
    """`max_segments` bounds a text message; after `deadline` a waiting message expires.

    `senders` knows which sender IDs do not arrive; they are refused, or told of where they are not.
    `content` is how long content is kept, and `scheduled` how far ahead messages may be scheduled, where the operator
    allows more than fits into that.
    """

    max_segments: int
    deadline: timedelta
    content: timedelta = timedelta(hours=48)
    scheduled: timedelta | None = None
    senders: SenderRules = NO_RULES
    refuses_senders: bool = False
    # The domain of aliases; None: no client can hide its sender.
    alias_domain: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Terms":
        """Return the terms of a configuration."""
        retention, sms = settings.retention, settings.sms
        return cls(
            sms.max_segments,
            settings.delivery.deadline,
            retention.content,
            retention.scheduled,
            senders=NO_RULES if sms.sender_rules == "off" else SenderRules(sms.registered_senders),
            refuses_senders=sms.sender_rules == "refuse",
            alias_domain=settings.email.alias_domain,
        )
