"""The one door: a message is checked against what its client may do, sealed, put, and passed on."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from gateway.core.errors import FieldError, Flaw
from gateway.core.ids import new_message_id, now_seconds
from gateway.core.message import Message, Sms
from gateway.intake.beyond import Beyond, Deliverer, RouteFinder, Terms
from gateway.intake.capacity import Capacity
from gateway.intake.gate import Gate
from gateway.intake.letter import Draft, Submission, first_status, work_of
from gateway.intake.limits import Exceeded, Limit, Limits, Taken
from gateway.intake.permission import forbidden_fields
from gateway.intake.putting import A_TURN, Putter
from gateway.intake.refusal import Refusal, Refused, merged, with_those_over
from gateway.intake.times import ANY_TIME, Frame, Schedule, Times
from gateway.spool.answers import NewAnswer
from gateway.spool.clients import Client
from gateway.spool.keyring import KeyringError
from gateway.spool.store import MessageStatus, StoreFullError, StoreUnavailableError

__all__ = ["Beyond", "Deliverer", "Door", "Record", "Refusal", "Refused", "RouteFinder", "Submission", "Terms", "Times"]

# Seconds after which a client may try again, where nobody knows better.
_RETRY_SOON: Final = 5
_RETRY_LATER: Final = 60

_OF_LIMIT: Final = {Limit.RATE: Refusal.RATE, Limit.DAILY: Refusal.DAILY, Limit.MONTHLY: Refusal.MONTHLY}


# Makes the answer that is to be stored with the messages out of what became of them.
Record = Callable[[Sequence[MessageStatus | Refused], int], NewAnswer]


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
        self._schedule = Schedule(terms.deadline, terms.content, terms.scheduled)
        self._gate = Gate(beyond, terms)
        self._putter = Putter(beyond)
        self._clock = clock
        self._is_open = True

    def configure(self, routes: RouteFinder, terms: Terms) -> None:
        """Follow other routes and terms from the next message on."""
        self._beyond = replace(self._beyond, routes=routes)
        self._terms = terms
        self._gate = Gate(self._beyond, terms)
        self._schedule = Schedule(terms.deadline, terms.content, terms.scheduled)

    def close(self) -> None:
        """Refuse everything from now on: the gateway drains."""
        self._is_open = False

    async def accept(
        self,
        client: Client,
        message: Message,
        *,
        stripped: int = 0,
        times: Times = ANY_TIME,
        record: Record | None = None,
    ) -> MessageStatus | Refused:
        """Accept one message of a client; it is on stable storage when its status is returned.

        So is the answer that `record` makes. Raises AnswerTakenError where there is one under its key.
        """
        # As `_accept` does with many, without its lists.
        now, one = self._clock(), Submission.of(message, stripped)
        refused = self._refusal_of_all(1, times, now) or self._refusal_of(client, one)
        if refused is not None:
            return refused
        room = self._limits.take_one(client, one.segments or 0, now) or await self._take(client, (one,))
        if isinstance(room, Refused):
            return room
        if room.exceeded is not None:
            return _over(room.exceeded)
        drafts = self._drafts(client, (one,), self._schedule.frame(times, now))
        if isinstance(drafts, Refused):
            return drafts
        status = first_status(drafts[0])
        refused = await self._stored(client, drafts, None if record is None else record((status,), now))
        return status if refused is None else refused

    async def accept_all(
        self, client: Client, messages: Sequence[Message], *, stripped: int = 0, times: Times = ANY_TIME
    ) -> Sequence[MessageStatus] | Refused:
        """Accept all of a client's messages or none; they are on stable storage when their statuses are returned.

        `stripped` is what was dropped of each.
        """
        accepted = await self._accept(client, [Submission.of(message, stripped) for message in messages], times)
        if isinstance(accepted, Refused):
            return accepted
        return [status for status in accepted if isinstance(status, MessageStatus)]

    async def accept_some(
        self,
        client: Client,
        submissions: Sequence[Submission],
        *,
        times: Times = ANY_TIME,
        record: Record | None = None,
    ) -> Sequence[MessageStatus | Refused] | Refused:
        """Accept those of a client's messages that can be; they are on stable storage when this returns.

        Each gets a status or its refusal, in order; one refusal is that of all. As for `accept`, an answer is stored
        with them, unless none was accepted. Raises AnswerTakenError.
        """
        return await self._accept(client, submissions, times, partly=True, record=record)

    async def look(self, client: Client, message: Message, times: Times) -> Refused | tuple[str, ...]:
        """Say what would become of a message: why it would be refused, or its providers in order. Nothing is kept."""
        one = Submission.of(message)
        refused = self._refusal_of_all(1, times, self._clock()) or self._refusal_of(client, one)
        if refused is not None:
            return refused
        try:
            exceeded = await self._limits.look(client, one.segments or 0)
        except StoreUnavailableError:
            return Refused(Refusal.UNAVAILABLE, retry_after=_RETRY_SOON)
        return self._gate.providers(client, one) if exceeded is None else _over(exceeded)

    def refusal(self, client: Client, messages: Sequence[Message]) -> Refused | None:
        """Say why these messages cannot be accepted now, whatever the client's limits; nothing is taken."""
        refused = self._refusal_of_all(len(messages), ANY_TIME, self._clock())
        for message in messages:
            refused = refused or self._refusal_of(client, Submission.of(message))
        return refused

    def refusal_of_mailbox(self, address: str) -> Refused | None:
        """Say why nothing can be accepted for a mailbox now, whoever sends it."""
        refused = self._refusal_of_all(0, ANY_TIME, self._clock())
        if refused is None and self._beyond.suppresses(address):
            return Refused(Refusal.OPTED_OUT)
        return refused

    def _refusal_of_all(self, count: int, times: Times, now: int) -> Refused | None:
        """Say why no `count` messages can be accepted now, whosever they are, if so."""
        if not self._is_open:
            return Refused(Refusal.DRAINING, retry_after=_RETRY_SOON)
        if self._beyond.overdue():
            return Refused(Refusal.RETENTION, retry_after=_RETRY_LATER)
        if not self._capacity.has_room(count):
            return Refused(Refusal.FULL, retry_after=_RETRY_LATER)
        if self._capacity.is_stalled:
            return Refused(Refusal.UNAVAILABLE, retry_after=_RETRY_LATER)
        if times is not ANY_TIME and (faults := self._schedule.faults(times, now)):
            return Refused(Refusal.TIMES, faults)
        return None

    def _refusal_of(self, client: Client, submission: Submission) -> Refused | None:
        """Say why this message cannot be accepted from this client, if so."""
        message, terms = submission.message, self._terms
        errors = forbidden_fields(client, message, submission.channel)
        if errors:
            return Refused(Refusal.NOT_ALLOWED, errors)
        if submission.segments is not None and submission.segments > terms.max_segments:
            return Refused(Refusal.INVALID, (FieldError("text", Flaw.TOO_MANY_SEGMENTS),))
        flaw = self._sender_flaw(message) if terms.refuses_senders else None
        if flaw is not None:
            return Refused(Refusal.INVALID, (FieldError("sender_id", flaw),))
        recipient = message.recipient if isinstance(message, Sms) else message.recipient.address
        if self._beyond.suppresses(recipient):
            return Refused(Refusal.OPTED_OUT)
        found = self._gate.providers(client, submission)
        return found if isinstance(found, Refused) else None

    def _sender_flaw(self, message: Message) -> Flaw | None:
        return self._terms.senders.flaw(message) if isinstance(message, Sms) else None

    async def _accept(
        self,
        client: Client,
        submissions: Sequence[Submission],
        times: Times,
        *,
        partly: bool = False,
        record: Record | None = None,
    ) -> Sequence[MessageStatus | Refused] | Refused:
        refused = self._refusal_of_all(len(submissions), times, self._clock())
        if refused is not None:
            return refused
        refusals = await self._refusals(client, submissions)
        first = next(filter(None, refusals), None)
        if first is not None and not partly:
            return first
        wanted = [each for each, refusal in zip(submissions, refusals, strict=True) if refusal is None]
        room = await self._take(client, wanted)
        if isinstance(room, Refused):
            return room
        if room.exceeded is not None:
            if not partly:
                self._give_back(client, wanted[: room.count])
                return _over(room.exceeded)
            refusals = with_those_over(refusals, room.count, _over(room.exceeded))
        if not room.count:
            return [refusal for refusal in refusals if refusal is not None]
        return await self._keep(client, wanted[: room.count], refusals, times, record=record)

    async def _refusals(self, client: Client, submissions: Sequence[Submission]) -> list[Refused | None]:
        refusals: list[Refused | None] = []
        for each in submissions:
            if len(refusals) % A_TURN == A_TURN - 1:
                await asyncio.sleep(0)
            refusals.append(self._refusal_of(client, each))
        return refusals

    async def _take(self, client: Client, wanted: Sequence[Submission]) -> Taken | Refused:
        if not wanted:
            return Taken(0)
        try:
            taken = await self._limits.take(client, [each.segments or 0 for each in wanted])
        except StoreUnavailableError:
            return Refused(Refusal.UNAVAILABLE, retry_after=_RETRY_SOON)
        is_too_quick = taken.exceeded is not None and taken.exceeded.limit is Limit.RATE
        return _over(taken.exceeded) if taken.exceeded is not None and is_too_quick else taken

    def _give_back(self, client: Client, submissions: Sequence[Submission]) -> None:
        self._limits.give_back(client, len(submissions), sum(each.segments or 0 for each in submissions))

    async def _keep(
        self,
        client: Client,
        kept: Sequence[Submission],
        refusals: Sequence[Refused | None],
        times: Times,
        *,
        record: Record | None,
    ) -> Sequence[MessageStatus | Refused] | Refused:
        """Keep those for which room was taken, and return what became of all."""
        now = self._clock()
        drafts = self._drafts(client, kept, self._schedule.frame(times, now))
        if isinstance(drafts, Refused):
            return drafts
        results = merged([first_status(draft) for draft in drafts], refusals)
        refused = await self._stored(client, drafts, None if record is None else record(results, now))
        return results if refused is None else refused

    def _drafts(self, client: Client, kept: Sequence[Submission], frame: Frame) -> Sequence[Draft] | Refused:
        """Give messages their ids; the first of them, as many as delivery has room for, are leased to this process."""
        delivery = self._beyond.delivery
        room = delivery.room_for(client.id, len(kept)) if frame.due_at <= frame.now else 0
        try:
            shown = self._gate.shown(client, kept, frame.now)
        except KeyringError:
            self._give_back(client, kept)
            return Refused(Refusal.UNAVAILABLE, retry_after=_RETRY_SOON)
        if len(shown) == 1:
            return (Draft(new_message_id(), client, shown[0], frame, delivery.owner if room else None),)
        return [
            Draft(new_message_id(), client, each, frame, delivery.owner if number < room else None)
            for number, each in enumerate(shown)
        ]

    async def _stored(self, client: Client, drafts: Sequence[Draft], answer: NewAnswer | None) -> Refused | None:
        """Seal and store messages, and pass on those that are leased; or say why not. Raises AnswerTakenError."""
        is_kept = False
        try:
            await self._putter.put(drafts, answer)
            is_kept = True
        except StoreFullError:
            return Refused(Refusal.FULL, retry_after=_RETRY_LATER)
        except (StoreUnavailableError, KeyringError):
            return Refused(Refusal.UNAVAILABLE, retry_after=_RETRY_SOON)
        finally:
            if not is_kept:
                self._give_back(client, [draft.submission for draft in drafts])
        self._capacity.count_put(len(drafts))
        for draft in drafts:
            if self._sender_flaw(draft.submission.message) is not None:
                self._beyond.doubtful_sender(client.id)
                break
        for draft in drafts:
            if draft.owner is not None:
                self._beyond.delivery.submit(work_of(draft, self._beyond.references))
        return None


def _over(exceeded: Exceeded) -> Refused:
    return Refused(_OF_LIMIT[exceeded.limit], retry_after=exceeded.retry_after)
