"""Events to clients' programs as the spool keeps them, and the protocol of the store that does."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

# Times are whole seconds since 1970 UTC, ids 32 hexadecimal digits.


class Pause(StrEnum):
    """Why a client is not told anything."""

    FAILING = "failing"  # nothing was taken for too long
    GONE = "gone"  # 410: its program wants no events


@dataclass(frozen=True, slots=True, repr=False)
class Webhook:
    """Where a client is told; its secrets are sealed, and the old one signs as well until `old_until`.

    `failures` are those since the last event that was taken, the first of them at `failing_since`; nothing is sent
    before `retry_at`. `waiting` events are to be told, `dropped` ones never will be.
    """

    client_id: int
    url: str
    secret: bytes
    old_secret: bytes | None = None
    old_until: int | None = None
    failures: int = 0
    failing_since: int | None = None
    retry_at: int | None = None
    paused_at: int | None = None
    pause: Pause | None = None
    waiting: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class MessageChange:
    """A message came to another state."""

    message_id: str
    state: str
    reason: str | None
    provider: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class NoticeChange:
    """A version of the privacy notice came into force."""

    version: str


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """One change that a client was not told yet; `tries` is how often that failed."""

    n: int
    id: str
    tells: MessageChange | NoticeChange
    at: int
    tries: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What a process asks for: events of one client until a time. What is from before `oldest_at` is dropped."""

    client_id: int
    now: int
    until: int
    oldest_at: int
    limit: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """What it got, and how many were dropped."""

    events: Sequence[WaitingEvent]
    dropped: int


@dataclass(frozen=True, slots=True)
class Told:
    """How telling events of one client ended: the numbers of those taken, and those missed with their next times.

    `is_well`: its program took something; what was wrong before is over. `retry_at`: nothing is sent to
    this client before. `pause`: it is left alone, unless it has another URL by now.
    """

    client_id: int
    url: str
    now: int
    taken: Sequence[int] = ()
    missed: Sequence[tuple[int, int]] = ()
    is_well: bool = False
    retry_at: int | None = None
    pause: Pause | None = None


class EventStore(Protocol):
    """Events, written with the change that they tell of; those of a message are erased with it.

    Only what comes to `in_doubt`, `sent` or an end, and each new version of the notice, while a client has a webhook
    that is not paused.
    """

    async def set_webhook(self, client_id: int, url: str, secret: bytes) -> None:
        """Tell a client at this URL from now on, what waits too; it is no longer paused."""

    async def rotate_secret(self, client_id: int, secret: bytes, old_until: int) -> bool:
        """Give a webhook a new sealed secret; the one before signs as well until then. False without a webhook."""

    async def remove_webhook(self, client_id: int) -> bool:
        """Forget a webhook and what waits for it; False without one."""

    async def webhook(self, client_id: int) -> Webhook | None:
        """Return one client's webhook."""

    async def webhooks(self) -> Sequence[Webhook]:
        """Return all webhooks."""

    async def due_clients(self, now: int) -> Sequence[int]:
        """Return the clients that may be told something now."""

    async def claim_events(self, claim: Claim) -> Claimed:
        """Take events of a client that are due; no other process gets them until the claim ends."""

    async def note_told(self, told: Told) -> int | None:
        """Record how it ended, in one transaction; where that pauses the webhook, return how many are dropped."""
