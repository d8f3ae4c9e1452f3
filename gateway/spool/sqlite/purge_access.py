"""The part of the SQLite store that remembers when each retention class was purged, and finds what is scheduled."""

import sqlite3
from collections.abc import Mapping
from typing import Final

from gateway.spool.queries import read_queries
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.queue import one_by_one
from gateway.spool.sqlite.records import CONTENTS_AN_EPOCH

_SQL = read_queries("sqlite", "purge")


def note_purged(connection: sqlite3.Connection, times: Mapping[str, int]) -> None:
    """Remember when classes were purged."""
    connection.executemany(_SQL["note_purged"], list(times.items()))


def purged_at(connection: sqlite3.Connection) -> Mapping[str, int]:
    """Return when each class was purged."""
    return dict(connection.execute(_SQL["purged_at"]).fetchall())


def oldest_scheduled(connection: sqlite3.Connection, now: int) -> int | None:
    """Return when the oldest of what lies in epochs after `now` was accepted: within each, they lie in that order."""
    places = {"first": (now + 1) * CONTENTS_AN_EPOCH, "an_epoch": CONTENTS_AN_EPOCH}
    [oldest] = connection.execute(_SQL["oldest_scheduled"], places).fetchone()
    # An id begins with its milliseconds (RFC 9562 §5.7).
    return None if oldest is None else int.from_bytes(oldest[:6]) // 1000


_NOTE: Final = Kind(one_by_one(note_purged))


class SqlitePurges(SqliteAccess):
    """What the retention engine remembers in the SQLite file; the methods are explained in `spool.retention`."""

    async def note_purged(self, times: Mapping[str, int]) -> None:
        """Remember when classes were purged."""
        await self._write(_NOTE, times)

    async def purged_at(self) -> Mapping[str, int]:
        """Return when each class was purged."""
        return await self._read(purged_at)

    async def oldest_scheduled(self, now: int) -> int | None:
        """Return when the oldest was accepted that is scheduled."""
        return await self._read(oldest_scheduled, now)
