"""The part of the SQLite store that holds messages."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from gateway.core.ids import now_seconds
from gateway.core.message import Channel
from gateway.spool.answers import AnswerTakenError, NewAnswer
from gateway.spool.erasures import NOBODY_ERASES, Erasing
from gateway.spool.sqlite import erasures, messages, queue, views
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.port import WriterPort
from gateway.spool.sqlite.queue import one_by_one
from gateway.spool.store import (
    Accepted,
    AttemptEnd,
    LeasedMessage,
    Listing,
    MessageStatus,
    NewMessage,
    QueueDepth,
    Recovered,
    RepeatPolicy,
    UsageRow,
)

_PUT: Final = Kind(messages.put, grows=True, prepare=messages.Put.prepare)
_BEGIN: Final = Kind(messages.begin_attempts)
_FINISH: Final = Kind(messages.finish_attempts, always=True)
_LEASE: Final = Kind(one_by_one(queue.lease))
_RELEASE: Final = Kind(one_by_one(queue.release), always=True)
_ABANDON: Final = Kind(one_by_one(queue.abandon))
_KEEP_ALIVE: Final = Kind(one_by_one(queue.keep_alive))
_RECOVER: Final = Kind(one_by_one(queue.recover))
_EXPIRE: Final = Kind(one_by_one(queue.expire))
_ERASE: Final = Kind(one_by_one(erasures.erase))

# About what a message weighs besides its sealed bytes while it waits for the writer.
_MESSAGE_WEIGHT: Final = 1024


class SqliteMessages(SqliteAccess):
    """Messages in the SQLite file; what the methods mean is said in `spool.store.MessageStore`."""

    def __init__(
        self,
        path: Path,
        *,
        busy_timeout: float = 5.0,
        max_bytes: int | None = None,
        cut_every: float = 30.0,
        port: WriterPort | None = None,
    ) -> None:
        super().__init__(path, busy_timeout=busy_timeout, max_bytes=max_bytes, cut_every=cut_every, port=port)
        self._open_attempts: dict[bytes, messages.Begun] = {}

    async def put(self, new: Sequence[NewMessage], answer: NewAnswer | None = None) -> None:
        """Store all messages or none. Raises AnswerTakenError, IdTakenError, StoreFullError, StoreUnavailableError."""
        size = sum(len(message.content.ciphertext) for message in new)
        await self._put(messages.Put(new, answer), _MESSAGE_WEIGHT * len(new) + size)

    def put_made(
        self, make: Callable[[], Sequence[NewMessage]], answer: NewAnswer | None = None, *, weight: int
    ) -> Awaitable[None]:
        """Store messages that are made at the end of this turn of the loop, all or none. Raises as `put` and `make`."""
        return self._put(messages.Put((), answer, make), _MESSAGE_WEIGHT + weight)

    async def _put(self, put: messages.Put, weight: int) -> None:
        taken = await self._write(_PUT, put, undo=partial(self._give_back_new, put), weight=weight)
        if taken is not None:
            raise AnswerTakenError

    async def lease(
        self, owner: str, now: int, limit: int, *, channels: Collection[Channel]
    ) -> Sequence[LeasedMessage]:
        """Take messages that are due."""
        request = queue.Lease(owner, now, limit, tuple(channels))
        return await self._write(_LEASE, request, undo=partial(self._give_back_leased, owner))

    async def release(self, owner: str, ids: Sequence[str], now: int) -> None:
        """Give messages back."""
        await self._write(_RELEASE, queue.Release(owner, tuple(map(bytes.fromhex, ids)), now))

    async def begin_attempt(self, message_id: str, owner: str, provider: str, now: int) -> bool:
        """Write the intention to hand over."""
        request = messages.Begin(bytes.fromhex(message_id), owner, provider, now)
        begun = await self._write(_BEGIN, request, undo=partial(self._abandon, request))
        if begun is None:
            return False
        self._open_attempts[request.message_id] = begun
        return True

    async def finish_attempt(self, message_id: str, owner: str, end: AttemptEnd, now: int) -> bool:
        """Record how the attempt ended."""
        number = bytes.fromhex(message_id)
        is_recorded = await self._write(
            _FINISH, messages.Finish(number, owner, end, now, self._open_attempts.get(number))
        )
        self._open_attempts.pop(number, None)
        return is_recorded

    async def keep_alive(self, owner: str, lease_until: int) -> None:
        """Say that an owner lives."""
        await self._write(_KEEP_ALIVE, (owner, lease_until))

    async def recover(self, now: int, repeat: RepeatPolicy) -> Recovered:
        """Take back what owners hold whose lease has ended."""
        return await self._write(_RECOVER, (now, repeat))

    async def expire(self, now: int, limit: int) -> Counter[Channel]:
        """End messages whose deadline has passed."""
        return await self._write(_EXPIRE, (now, limit))

    async def erase(
        self, message_id: str, client_id: int, now: int, *, order_at: Erasing = NOBODY_ERASES
    ) -> MessageStatus | None:
        """Withdraw and forget a message."""
        request = queue.Erase(bytes.fromhex(message_id), client_id, now)
        return await self._write(_ERASE, erasures.Erase(request, dict(order_at)))

    async def status(self, message_id: str, client_id: int | None = None) -> MessageStatus | None:
        """Return what is known of one message."""
        return await self._read(views.status, bytes.fromhex(message_id), client_id)

    async def listing(self, wanted: Listing) -> Sequence[MessageStatus]:
        """Return one page of messages."""
        return await self._read(views.listing, wanted)

    async def queue_depths(self) -> Sequence[QueueDepth]:
        """Count what waits."""
        return await self._read(views.queue_depths)

    async def usage(self, month: str, client_id: int | None = None) -> Sequence[UsageRow]:
        """Return the counts of one month."""
        return await self._read(views.usage, month, client_id)

    async def accepted_in(self, period: str, client_id: int) -> Accepted:
        """Return what a client had accepted on one day or in one month."""
        return await self._read(views.accepted_in, period, client_id)

    def _give_back_new(self, put: messages.Put, _: None) -> None:
        for owner in {message.owner for message in put.messages if message.owner is not None}:
            ids = [message.id for message in put.messages if message.owner == owner]
            self._undo(self.release(owner, ids, now_seconds()))

    def _give_back_leased(self, owner: str, leased: Sequence[LeasedMessage]) -> None:
        self._undo(self.release(owner, [message.id for message in leased], now_seconds()))

    def _abandon(self, request: messages.Begin, begun: messages.Begun | None) -> None:
        if begun is not None:
            back = queue.Release(request.owner, (request.message_id,), request.now)
            self._undo(self._write(_ABANDON, back))
