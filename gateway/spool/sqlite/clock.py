"""The wall clock was set back: what that means for the SQLite file."""

import sqlite3
from typing import Final

from gateway.spool.queries import read_queries
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.queue import one_by_one

SQL: Final = read_queries("sqlite", "clock")


def set_back(connection: sqlite3.Connection, request: tuple[int, int, int]) -> int:
    """Bring forward what was due, and shorten leases."""
    now, seconds, lease = request
    connection.execute(SQL["shorten_leases"], {"lease_until": now + lease})
    moved = {"now": now, "seconds": seconds}
    connection.execute(SQL["bring_events_forward"], moved)
    connection.execute(SQL["bring_webhooks_forward"], moved)
    return connection.execute(SQL["bring_forward"], moved).rowcount


_SET_BACK: Final = Kind(one_by_one(set_back))


class SqliteClock(SqliteAccess):
    """Clocks that were set back; what the method means is said in `spool.clock.ClockStore`."""

    async def set_back(self, now: int, seconds: int, lease: int) -> int:
        """Follow a clock that was set back."""
        return await self._write(_SET_BACK, (now, seconds, lease))
