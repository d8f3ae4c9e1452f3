"""The Store over one SQLite file: its parts joined, with what the retention engine and the self-check ask for."""

from typing import Final

from gateway.core.ids import now_seconds
from gateway.spool.retention import Purge
from gateway.spool.sqlite import clients, purge, views
from gateway.spool.sqlite.answer_access import SqliteAnswers
from gateway.spool.sqlite.audit_access import SqliteAudit
from gateway.spool.sqlite.client_access import SqliteClients
from gateway.spool.sqlite.clock import SqliteClock
from gateway.spool.sqlite.consent_access import SqliteConsents
from gateway.spool.sqlite.disclosure_access import SqliteDisclosures
from gateway.spool.sqlite.doubt import SqliteDoubt
from gateway.spool.sqlite.erasure_access import SqliteErasures
from gateway.spool.sqlite.event_access import SqliteEvents
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.message_access import SqliteMessages
from gateway.spool.sqlite.queue import one_by_one
from gateway.spool.sqlite.report_access import SqliteReports
from gateway.spool.sqlite.restore_access import SqliteRestore
from gateway.spool.sqlite.subject_access import SqliteSubjects

_PURGE_CONTENT: Final = Kind(one_by_one(purge.purge_content))
_PURGE_METADATA: Final = Kind(one_by_one(purge.purge_metadata))
_PURGE_USAGE: Final = Kind(one_by_one(purge.purge_usage))
_SET_NUMBER: Final = Kind(one_by_one(clients.set_number), grows=True)


class SqliteStore(
    SqliteMessages,
    SqliteDoubt,
    SqliteClock,
    SqliteReports,
    SqliteAnswers,
    SqliteClients,
    SqliteDisclosures,
    SqliteConsents,
    SqliteSubjects,
    SqliteErasures,
    SqliteAudit,
    SqliteRestore,
    SqliteEvents,
):
    """The whole spool in one SQLite file."""

    async def purge_content(self, epoch_before: int, now: int, limit: int) -> Purge:
        """Expire messages of old epochs."""
        expired = await self._write(_PURGE_CONTENT, (epoch_before, now, limit))
        return Purge(expired.total(), await self._read(purge.oldest_content), expired)

    async def purge_metadata(self, created_before: int, limit: int) -> Purge:
        """Delete rows of finished messages."""
        rows = await self._write(_PURGE_METADATA, (created_before, limit))
        return Purge(rows, await self._read(purge.oldest_finished))

    async def purge_usage(self, month_before: str, limit: int) -> Purge:
        """Delete counts of old months."""
        rows = await self._write(_PURGE_USAGE, (month_before, limit))
        return Purge(rows, await self._read(purge.oldest_usage))

    async def truncate_log(self) -> bool:
        """Cut the write-ahead log; False when a reader was in the way."""
        return await self._cut_log()

    async def check(self) -> None:
        """Write and read one row of the file that was opened. Raises StoreFullError, StoreUnavailableError."""
        self._refuse_moved()
        await self._write(_SET_NUMBER, ("checked_at", now_seconds()))
        await self._read(views.number, "checked_at")
