"""The part of the SQLite store that knows persons by their tags."""

from collections.abc import Sequence
from typing import Final

from gateway.spool.erasures import NOBODY_ERASES, Erasing
from gateway.spool.sqlite import subjects, views
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.queue import one_by_one
from gateway.spool.sqlite.subjects import Wanted
from gateway.spool.subjects import Erased, StoredStanding

_ERASE_ALL: Final = Kind(one_by_one(subjects.erase_all))
_END_OPTED_OUT: Final = Kind(one_by_one(subjects.end_opted_out))
_HOLD: Final = Kind(one_by_one(subjects.hold))
_LET_GO: Final = Kind(one_by_one(subjects.let_go))
_PUT_STANDING: Final = Kind(one_by_one(subjects.put_standing))
_DROP_STANDINGS: Final = Kind(one_by_one(subjects.drop_standings))
_CLOSE_CLIENT: Final = Kind(one_by_one(subjects.close_client))


class SqliteSubjects(SqliteAccess):
    """Persons in the SQLite file; what the methods mean is said in `spool.subjects`."""

    async def tagged(self, tags: Sequence[bytes]) -> Sequence[str]:
        """Return the messages to recipients with these tags."""
        return await self._read(subjects.tagged, tags)

    async def of_client(self, client_id: int, after: str | None, limit: int) -> Sequence[str]:
        """Return one client's next messages."""
        return await self._read(subjects.of_client, client_id, after, limit)

    async def erase_all(self, ids: Sequence[str], now: int, *, order_at: Erasing = NOBODY_ERASES) -> Sequence[Erased]:
        """Withdraw and forget messages."""
        return await self._write(_ERASE_ALL, _wanted(ids, now, order_at))

    async def end_opted_out(self, ids: Sequence[str], now: int) -> int:
        """End what waits."""
        return await self._write(_END_OPTED_OUT, _wanted(ids, now))

    async def hold(self, ids: Sequence[str], now: int) -> int:
        """Hold what waits."""
        return await self._write(_HOLD, _wanted(ids, now))

    async def let_go(self, ids: Sequence[str], now: int) -> int:
        """Let go what is held."""
        return await self._write(_LET_GO, _wanted(ids, now))

    async def put_standing(self, new: StoredStanding) -> bool:
        """Note a standing."""
        return await self._write(_PUT_STANDING, new)

    async def drop_standings(self, tag: bytes) -> Sequence[StoredStanding]:
        """Forget a person's standings."""
        return await self._write(_DROP_STANDINGS, tag)

    async def standings(self) -> Sequence[StoredStanding]:
        """Return all standings."""
        return await self._read(subjects.standings)

    async def oldest_standing(self) -> int | None:
        """Return since when the oldest standing holds."""
        return await self._read(subjects.oldest_standing)

    async def subjects_version(self) -> int:
        """Return the number that grows with every change of standings."""
        return await self._read(views.number, "subjects_version")

    async def close_client(self, client_id: int) -> None:
        """Leave of a client its number and name."""
        await self._write(_CLOSE_CLIENT, client_id)


def _wanted(ids: Sequence[str], now: int, order_at: Erasing = NOBODY_ERASES) -> Wanted:
    return Wanted([bytes.fromhex(each) for each in ids], now, dict(order_at))
