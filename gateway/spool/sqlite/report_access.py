"""The part of the SQLite store that reports go to."""

from collections.abc import Sequence
from typing import Final

from gateway.spool.reports import Awaited, Telling, Told
from gateway.spool.sqlite import reports
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.queue import one_by_one

_REPORT: Final = Kind(one_by_one(reports.report))
_TAKE_TURN: Final = Kind(one_by_one(reports.take_turn))


class SqliteReports(SqliteAccess):
    """Reports in the SQLite file; what the methods mean is said in `spool.reports.ReportStore`."""

    async def report(self, told: Told, now: int) -> Telling:
        """Write down what a provider said of a message."""
        return await self._write(_REPORT, (told, now))

    async def awaited(self, provider: str, created: range, limit: int) -> Sequence[Awaited]:
        """Return messages that a provider has not reported the end of."""
        return await self._read(reports.awaited, provider, created, limit)

    async def expected(self, told: Told) -> Awaited | None:
        """Return the message that a report is about, where its end is not known."""
        return await self._read(reports.expected, told)

    async def take_turn(self, name: str, now: int, every: int) -> int | None:
        """Begin something that one process does every so many seconds."""
        return await self._write(_TAKE_TURN, (name, now, every))
