"""The part of the SQLite store that holds first answers."""

from typing import Final

from gateway.spool.answers import FirstAnswer
from gateway.spool.retention import Purge
from gateway.spool.sqlite import answers
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.queue import one_by_one

_PURGE_ANSWERS: Final = Kind(one_by_one(answers.purge_answers))


class SqliteAnswers(SqliteAccess):
    """First answers in the SQLite file; what the methods mean is said in `spool.answers` and `spool.store`."""

    async def first_answer(self, client_id: int, key: bytes, after: int) -> FirstAnswer | None:
        """Return what a client was answered under a key."""
        return await self._read(answers.first_answer, client_id, key, after)

    async def purge_answers(self, created_before: int, limit: int) -> Purge:
        """Delete old answers."""
        rows = await self._write(_PURGE_ANSWERS, (created_before, limit))
        return Purge(rows, await self._read(answers.oldest_answer))
