"""The one door: a message is checked against what its client may do, sealed, put, and passed on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

from gateway.core.errors import FieldError, Flaw
from gateway.core.ids import new_message_id, now_seconds
from gateway.core.message import Message, Sms, channel_of
from gateway.core.sms import segments as segments_of
from gateway.core.state import State
from gateway.delivery.work import Work
from gateway.intake.capacity import Capacity
from gateway.intake.limits import Limit, Limits
from gateway.intake.permission import forbidden_fields
from gateway.privacy.pseudonyms import Pseudonyms
from gateway.provider import Handover
from gateway.spool.clients import Client
from gateway.spool.keyring import KeyringError
from gateway.spool.references import References
from gateway.spool.sealing import Sealer
from gateway.spool.store import MessageStatus, MessageStore, NewMessage, StoreFullError, StoreUnavailableError

# Seconds after which a client may try again, where nobody knows better.
_RETRY_SOON: Final = 5
_RETRY_LATER: Final = 60


class Refusal(StrEnum):
    """Why a message was not accepted; nothing of it is kept then."""

    NOT_ALLOWED = "not_allowed"  # this client may not send this
    INVALID = "invalid"  # a field breaks a limit
    NO_ROUTE = "no_route"  # no provider is configured for it
    RATE = "rate"  # too many messages in a short time
    DAILY = "daily"  # too many messages today
    DRAINING = "draining"  # the gateway is about to stop
    RETENTION = "retention"  # what should be gone is not: nothing may be added
    FULL = "full"  # no room
    UNAVAILABLE = "unavailable"  # the spool or the keyring cannot be written


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal with the fields that it is about, and the seconds until it is worth trying again."""

    refusal: Refusal
    errors: tuple[FieldError, ...] = ()
    retry_after: int | None = None


class RouteFinder(Protocol):
    """Says which providers a message may go to."""

    def candidates(self, message: Message, client_name: str) -> tuple[str, ...]:
        """Return their names in order; none where there is no route."""


class Deliverer(Protocol):
    """Takes messages on in memory."""

    @property
    def owner(self) -> str:
        """The name that its leases have."""

    def has_room(self, client_id: int | None = None) -> bool:
        """Whether it takes one more of this client now."""

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
class Times:
    """When messages may be handed over at the earliest and are over at the latest, in seconds since 1970 UTC."""

    send_at: int | None = None
    expires_at: int | None = None


_ANY_TIME: Final = Times()


@dataclass(frozen=True, slots=True)
class Terms:
    """`max_segments` bounds a text message; after `deadline` a waiting message expires."""

    max_segments: int
    deadline: timedelta


class Door:
    """Accepts messages; whatever the intake, they come through here."""

    def __init__(
        self,
        beyond: Beyond,
        limits: Limits,
        capacity: Capacity,
        terms: Terms,
        *,
        clock: Callable[[], int] = now_seconds,
    ) -> None:
        self._beyond = beyond
        self._limits = limits
        self._capacity = capacity
        self._terms = terms
        self._deadline = int(terms.deadline.total_seconds())
        self._clock = clock
        self._is_open = True

    def close(self) -> None:
        """Refuse everything from now on: the gateway drains."""
        self._is_open = False

    async def accept(
        self,
        client: Client,
        message: Message,
        *,
        stripped: int = 0,
        send_at: int | None = None,
        expires_at: int | None = None,
    ) -> MessageStatus | Refused:
        """Accept one message of a client; it is on stable storage when its status is returned."""
        times = Times(send_at, expires_at)
        accepted = await self.accept_all(client, (message,), stripped=stripped, times=times)
        return accepted if isinstance(accepted, Refused) else accepted[0]

    async def accept_all(
        self, client: Client, messages: Sequence[Message], *, stripped: int = 0, times: Times = _ANY_TIME
    ) -> Sequence[MessageStatus] | Refused:
        """Accept all of a client's messages or none; they are on stable storage when their statuses are returned.

        `stripped` is what was dropped of each.
        """
        refused = self.refusal(client, messages)
        if refused is not None:
            return refused
        try:
            exceeded = await self._limits.take(client, len(messages))
        except StoreUnavailableError:
            return Refused(Refusal.UNAVAILABLE, retry_after=_RETRY_SOON)
        if exceeded is not None:
            refusal = Refusal.RATE if exceeded.limit is Limit.RATE else Refusal.DAILY
            return Refused(refusal, retry_after=exceeded.retry_after)
        answer = await self._keep(client, messages, stripped=stripped, times=times)
        if isinstance(answer, Refused):
            self._limits.give_back(client, len(messages))
        return answer

    def refusal(self, client: Client, messages: Sequence[Message]) -> Refused | None:
        """Say why these messages cannot be accepted now, whatever the client's limits; nothing is taken."""
        refused = self._refusal_of_all(len(messages))
        for message in messages:
            refused = refused or self._refusal_of(client, message)
        return refused

    def _refusal_of_all(self, count: int) -> Refused | None:
        """Say why no `count` messages can be accepted now, whosever they are, if so."""
        if not self._is_open:
            return Refused(Refusal.DRAINING, retry_after=_RETRY_SOON)
        if self._beyond.overdue():
            return Refused(Refusal.RETENTION, retry_after=_RETRY_LATER)
        if not self._capacity.has_room(count):
            return Refused(Refusal.FULL, retry_after=_RETRY_LATER)
        return None

    def _refusal_of(self, client: Client, message: Message) -> Refused | None:
        """Say why this message cannot be accepted from this client, if so."""
        errors = forbidden_fields(client, message)
        if errors:
            return Refused(Refusal.NOT_ALLOWED, errors)
        needed = _segments(message)
        if needed is not None and needed > self._terms.max_segments:
            return Refused(Refusal.INVALID, (FieldError("text", Flaw.TOO_MANY_SEGMENTS),))
        if not self._beyond.routes.candidates(message, client.name):
            return Refused(Refusal.NO_ROUTE)
        return None

    async def _keep(
        self, client: Client, messages: Sequence[Message], *, stripped: int, times: Times
    ) -> Sequence[MessageStatus] | Refused:
        """Seal, put, and pass on what is due now."""
        now, delivery = self._clock(), self._beyond.delivery
        is_later = times.send_at is not None and times.send_at > now
        owner = delivery.owner if not is_later and delivery.has_room(client.id) else None
        frame = _Frame(now, times, stripped, owner)
        try:
            new = [self._seal(client, message, frame) for message in messages]
            await self._beyond.store.put(new)
        except StoreFullError:
            return Refused(Refusal.FULL, retry_after=_RETRY_LATER)
        except (StoreUnavailableError, KeyringError):
            return Refused(Refusal.UNAVAILABLE, retry_after=_RETRY_SOON)
        self._capacity.count_put(len(new))
        if owner is not None:
            for each, message in zip(new, messages, strict=True):
                delivery.submit(_work(each, client, message, self._beyond.references.of(each.id)))
        return [_first_status(each) for each in new]

    def _seal(self, client: Client, message: Message, frame: "_Frame") -> NewMessage:
        now, message_id = frame.now, new_message_id()
        reference = self._beyond.references.of(message_id)
        tag = self._beyond.pseudonyms.recipient_tag(message, client_id=client.id, now=now)
        due_at = max(now, frame.times.send_at or now)
        latest = due_at + self._deadline
        return NewMessage(
            id=message_id,
            client_id=client.id,
            channel=channel_of(message),
            content=self._beyond.sealer.seal(message, reference, message_id=message_id, client_id=client.id, now=now),
            created_at=now,
            due_at=due_at,
            expires_at=min(latest, frame.times.expires_at or latest),
            segments=_segments(message),
            stripped=frame.stripped,
            owner=frame.owner,
            recipient_tag=tag.value,
            tag_epoch=tag.month,
        )


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all messages of one acceptance have in common."""

    now: int
    times: Times
    stripped: int
    owner: str | None


def _segments(message: Message) -> int | None:
    return segments_of(message.text).count if isinstance(message, Sms) else None


def _work(new: NewMessage, client: Client, message: Message, reference: str) -> Work:
    return Work(
        id=new.id,
        client_id=client.id,
        client_name=client.name,
        channel=new.channel,
        message=message,
        handover=Handover(reference, new.created_at),
        attempts=0,
        created_at=new.created_at,
        expires_at=new.expires_at,
    )


def _first_status(new: NewMessage) -> MessageStatus:
    return MessageStatus(
        id=new.id,
        client_id=new.client_id,
        channel=new.channel,
        state=State.QUEUED,
        reason=None,
        provider=None,
        provider_ref=None,
        attempts=0,
        segments=new.segments,
        stripped=new.stripped,
        created_at=new.created_at,
        updated_at=new.created_at,
        expires_at=new.expires_at,
    )
