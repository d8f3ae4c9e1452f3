"""What stands behind the door, and the terms on which it opens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from gateway.core.message import Message
from gateway.delivery.work import Work
from gateway.privacy.pseudonyms import Pseudonyms
from gateway.settings import Settings
from gateway.spool.references import References
from gateway.spool.sealing import Sealer
from gateway.spool.store import MessageStore


class RouteFinder(Protocol):
    """Says which providers a message may go to."""

    def candidates(self, message: Message, client_name: str) -> tuple[str, ...]:
        """Return their names in order; none where there is no route."""


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


@dataclass(frozen=True, slots=True)
class Terms:
    """`max_segments` bounds a text message; after `deadline` a waiting message expires.

    `content` is how long content is kept, and `scheduled` how far ahead messages may be scheduled, where the operator
    allows more than fits into that.
    """

    max_segments: int
    deadline: timedelta
    content: timedelta = timedelta(hours=48)
    scheduled: timedelta | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Terms":
        """Return the terms of a configuration."""
        retention = settings.retention
        return cls(settings.sms.max_segments, settings.delivery.deadline, retention.content, retention.scheduled)
