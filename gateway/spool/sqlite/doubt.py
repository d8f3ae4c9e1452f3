"""What an operator decides about messages in doubt, in the SQLite file."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from gateway.spool.queries import read_queries
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.queue import one_by_one

SQL: Final = read_queries("sqlite", "doubt")


@dataclass(frozen=True, slots=True)
class Decision:
    """About which messages, one or all, and when."""

    message_id: str | None
    now: int
    limit: int


def release(connection: sqlite3.Connection, decision: Decision) -> int:
    """Make messages due."""
    return _decide(connection, SQL["release_one"], SQL["release_some"], decision)


def give_up(connection: sqlite3.Connection, decision: Decision) -> int:
    """End messages."""
    return _decide(connection, SQL["give_up_one"], SQL["give_up_some"], decision)


def _decide(connection: sqlite3.Connection, one: str, some: str, decision: Decision) -> int:
    if decision.message_id is None:
        values: dict[str, int | bytes] = {"now": decision.now, "limit": decision.limit}
        return connection.execute(some, values).rowcount
    values = {"now": decision.now, "id": bytes.fromhex(decision.message_id)}
    return connection.execute(one, values).rowcount


_RELEASE: Final = Kind(one_by_one(release))
_GIVE_UP: Final = Kind(one_by_one(give_up))


class SqliteDoubt(SqliteAccess):
    """Messages in doubt; what the methods mean is said in `spool.doubt.DoubtStore`."""

    async def release_doubted(self, message_id: str | None, now: int, limit: int) -> int:
        """Make messages in doubt due now."""
        return await self._write(_RELEASE, Decision(message_id, now, limit))

    async def give_up_doubted(self, message_id: str | None, now: int, limit: int) -> int:
        """End messages in doubt."""
        return await self._write(_GIVE_UP, Decision(message_id, now, limit))
