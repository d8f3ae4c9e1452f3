"""The part of the SQLite store that holds what providers are to erase."""

from collections.abc import Mapping
from typing import Final

from gateway.spool.erasures import ErasureOrder
from gateway.spool.retention import Purge
from gateway.spool.sqlite import erasures
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.queue import one_by_one

_ORDER: Final = Kind(one_by_one(erasures.order_one), always=True)
_TAKE: Final = Kind(one_by_one(erasures.take))
_SETTLE: Final = Kind(one_by_one(erasures.settle), always=True)
_PUT_OFF: Final = Kind(one_by_one(erasures.put_off), always=True)
_GIVE_UP: Final = Kind(one_by_one(erasures.give_up))


class SqliteErasures(SqliteAccess):
    """Orders in the SQLite file; what the methods mean is said in `spool.erasures`."""

    async def order_erasure(self, provider: str, provider_ref: str, now: int, due_at: int) -> None:
        """Note an order."""
        await self._write(_ORDER, (provider, provider_ref, now, due_at))

    async def next_erasure(self, provider: str) -> int | None:
        """Return when the first order of a provider is due."""
        return await self._read(erasures.next_due, provider)

    async def take_erasure(self, provider: str, now: int, until: int) -> ErasureOrder | None:
        """Take the first order that is due."""
        return await self._write(_TAKE, (provider, now, until))

    async def settle_erasure(self, number: int) -> None:
        """Forget an order."""
        await self._write(_SETTLE, number)

    async def put_off_erasure(self, number: int, due_at: int) -> None:
        """Let an order be due at a time."""
        await self._write(_PUT_OFF, (number, due_at))

    async def oldest_erasure(self) -> int | None:
        """Return when the oldest order was given."""
        return await self._read(erasures.oldest)

    async def waiting_erasures(self) -> int:
        """Count the orders."""
        return await self._read(erasures.waiting)

    async def give_up_erasures(self, ordered_before: int, limit: int) -> Mapping[str, int]:
        """Forget orders from before a time."""
        return await self._write(_GIVE_UP, (ordered_before, limit))

    async def purge_erasures(self, ordered_before: int, limit: int) -> Purge:
        """Forget orders from before or at that time."""
        given_up = await self._write(_GIVE_UP, (ordered_before + 1, limit))
        return Purge(sum(given_up.values()), await self._read(erasures.oldest))
