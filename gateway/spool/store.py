"""The Store protocol with its records: what the gateway asks of a durable spool, in sealed bytes only."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.record import Hidden
from gateway.core.state import State
from gateway.spool.answers import AnswerStore, NewAnswer
from gateway.spool.clients import ClientStore
from gateway.spool.clock import ClockStore
from gateway.spool.consents import ConsentStore
from gateway.spool.disclosures import DisclosureStore
from gateway.spool.doubt import DoubtStore
from gateway.spool.erasures import NOBODY_ERASES, Erasing
from gateway.spool.events import EventStore
from gateway.spool.reports import ReportStore
from gateway.spool.retention import RetentionStore
from gateway.spool.upkeep import UpkeepStore

# All times in this file are whole seconds since 1970 UTC; all ids are 32 hexadecimal digits (UUIDv7).
# What is made for every message is a struct: a frozen dataclass takes ten times as long to make.

MAX_PAGE: Final = 100  # rows a listing may return at once


class StoreUnavailableError(Exception):
    """The spool cannot be written or read now."""


class StoreFullError(StoreUnavailableError):
    """The spool's disk is full."""


class IdTakenError(Exception):
    """A message of this id is there already."""


class Sealed(Hidden, frozen=True, gc=False):
    """Content that only its epoch's key opens: the message's own key wrapped by it, and the ciphertext.

    `epoch` is the epoch's start in seconds since 1970 UTC.
    """

    epoch: int
    wrapped_key: bytes
    ciphertext: bytes


class NewMessage(Hidden, frozen=True, gc=False):
    """One message to be put: `owner` is this process where delivery takes it in memory, else None."""

    id: str
    client_id: int
    channel: Channel
    content: Sealed
    created_at: int
    due_at: int
    expires_at: int
    segments: int | None = None
    stripped: int = 0
    owner: str | None = None
    recipient_tag: bytes | None = None
    tag_epoch: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class LeasedMessage:
    """One message that this process may hand over now, still sealed."""

    id: str
    client_id: int
    channel: Channel
    content: Sealed
    attempts: int
    created_at: int
    expires_at: int
    # Where the last attempt is in doubt: the provider that may have it. It must not go to another one.
    doubted_provider: str | None = None


class AttemptEnd(msgspec.Struct, frozen=True, gc=False):
    """How an attempt ended: the next state and what is recorded with it.

    `due_at` is the time of the next attempt for `deferred` (and a repeat of `in_doubt`, None: never by itself).
    The content is destroyed in the same transaction when `state` no longer needs it. `awaits_report` says that the
    provider will tell of it by its `provider_ref`: only then is it found by that.
    """

    state: State
    reason: Reason | None = None
    provider_ref: str | None = None
    segments: int | None = None
    due_at: int | None = None
    awaits_report: bool = False


class MessageStatus(msgspec.Struct, frozen=True, gc=False):
    """What is known of one message: no content, no address."""

    id: str
    client_id: int
    channel: Channel
    state: State
    reason: Reason | None
    provider: str | None
    provider_ref: str | None
    attempts: int
    segments: int | None
    stripped: int
    created_at: int
    updated_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Which messages to list, newest first; `before` is the id of the last one of the page before."""

    client_id: int | None = None
    state: State | None = None
    channel: Channel | None = None
    before: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came back from processes that are gone."""

    queued: int = 0
    in_doubt: int = 0


@dataclass(frozen=True, slots=True)
class RepeatPolicy:
    """Which messages in doubt are repeated by themselves: those of a channel, or at a provider that is idempotent."""

    channels: frozenset[Channel] = frozenset()
    providers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """How many messages of a channel are in one state, and since when the oldest of them waits."""

    channel: Channel
    state: State
    count: int
    oldest_at: int | None


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What is billed: no person in it. `month` is `YYYY-MM`."""

    month: str
    client_id: int
    channel: Channel
    provider: str
    messages: int
    segments: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a client had accepted in some time; segments are those of SMS."""

    messages: int = 0
    segments: int = 0


class MessageStore(Protocol):
    """Messages, from acceptance to the last state."""

    async def put(self, messages: Sequence[NewMessage], answer: NewAnswer | None = None) -> None:
        """Store all messages, and the answer that tells of them, or nothing; returns when it is on stable storage.

        Counts them in `accepted_in`. Raises AnswerTakenError where there is an answer under this key already; else
        IdTakenError, StoreFullError, StoreUnavailableError. A caller that is cancelled meanwhile may find them stored;
        those that have an owner are given back then.
        """

    def put_made(
        self, make: Callable[[], Sequence[NewMessage]], answer: NewAnswer | None = None, *, weight: int
    ) -> Awaitable[None]:
        """Do as `put` with messages that `make` returns, which weigh about so many bytes.

        It is called at the end of this turn of the loop, together with that of all others who put in it: sealing one
        right after the other takes half as long as sealing now and then. Raises what it raises, too.
        """

    async def lease(
        self, owner: str, now: int, limit: int, *, channels: Collection[Channel]
    ) -> Sequence[LeasedMessage]:
        """Take up to `limit` messages that are due and belong to no one, oldest due first, and make them `sending`.

        A message `in_doubt` that has a due time is due too: it passes through `deferred` in the same transaction.
        """

    async def release(self, owner: str, ids: Sequence[str], now: int) -> None:
        """Give messages back that were leased and not attempted: `queued`, due now."""

    async def begin_attempt(self, message_id: str, owner: str, provider: str, now: int) -> bool:
        """Write the intention to hand over to `provider`; returns when it is on stable storage.

        An attempt that this owner has open at another provider ends with it, as certainly not taken: a message goes
        from one provider to the next under one lease. False when the message is no longer this owner's (erased, or
        taken over), an attempt at this same provider is open already, or another provider may have it since an
        attempt was in doubt: it must not be sent. When the caller is cancelled meanwhile the attempt is taken back.
        """

    async def finish_attempt(self, message_id: str, owner: str, end: AttemptEnd, now: int) -> bool:
        """Record how the open attempt ended and give up the lease; compare and set on the lease.

        Without an open attempt too, where none could be made: every provider left alone, content that does not open.
        False when the message is no longer this owner's; one that was put in doubt and not tried since is settled
        all the same. Usage is counted for `sent` in either case, by the store that began the attempt.
        """

    async def keep_alive(self, owner: str, lease_until: int) -> None:
        """Say that this owner lives until `lease_until`; its messages are taken over after that."""

    async def recover(self, now: int, repeat: RepeatPolicy) -> Recovered:
        """Take back what owners hold whose lease has ended: `in_doubt` where an attempt was open, else `queued`.

        What is in doubt becomes due now where `repeat` says so, else it is held.
        """

    async def expire(self, now: int, limit: int) -> Counter[Channel]:
        """End up to `limit` waiting messages whose deadline has passed; returns how many of each channel."""

    async def status(self, message_id: str, client_id: int | None = None) -> MessageStatus | None:
        """Return what is known of one message, of this client alone where one is given."""

    async def listing(self, wanted: Listing) -> Sequence[MessageStatus]:
        """Return one page of messages, newest first, at most MAX_PAGE."""

    async def erase(
        self, message_id: str, client_id: int, now: int, *, order_at: Erasing = NOBODY_ERASES
    ) -> MessageStatus | None:
        """Cancel what has not been handed over, erase the row and return the last status; None if there is none.

        Where a provider has it that is in `order_at`, its erasure there is ordered in the same transaction.
        """

    async def queue_depths(self) -> Sequence[QueueDepth]:
        """Count what waits, a channel and state."""

    async def usage(self, month: str, client_id: int | None = None) -> Sequence[UsageRow]:
        """Return the counts of one month."""

    async def accepted_in(self, period: str, client_id: int) -> Accepted:
        """Return what a client had accepted on one UTC day (`YYYY-MM-DD`) or in one UTC month (`YYYY-MM`)."""


class Store(
    MessageStore,
    DoubtStore,
    ClockStore,
    ReportStore,
    AnswerStore,
    ClientStore,
    DisclosureStore,
    ConsentStore,
    UpkeepStore,
    EventStore,
    RetentionStore,
    Protocol,
):
    """The whole spool."""

    async def open(self) -> None:
        """Create or open the spool. Raises StoreUnavailableError."""

    async def close(self) -> None:
        """Write everything back and close; the write-ahead log is empty afterwards."""

    async def check(self) -> None:
        """Write and read one row on stable storage. Raises StoreFullError, StoreUnavailableError."""
