"""The part of the SQLite store that holds the audit."""

from typing import Final

from gateway.spool.audit import Chain, NewEntry
from gateway.spool.retention import Purge
from gateway.spool.sqlite import audit
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.queue import one_by_one

_ADD_ENTRY: Final = Kind(one_by_one(audit.add_entry), grows=True)
_PURGE_AUDIT: Final = Kind(one_by_one(audit.purge_audit))


class SqliteAudit(SqliteAccess):
    """The audit in the SQLite file; what the methods mean is said in `spool.audit`."""

    async def add_entry(self, new: NewEntry, key: bytes, end: int = 0) -> int:
        """Add an entry to the chain."""
        return await self._write(_ADD_ENTRY, (new, key, end))

    async def audit_chain(self) -> Chain:
        """Return all entries."""
        return await self._read(audit.audit_chain)

    async def purge_audit(self, at_before: int, limit: int, key: bytes) -> Purge:
        """Delete the oldest entries."""
        rows = await self._write(_PURGE_AUDIT, (at_before, limit, key))
        return Purge(rows, await self._read(audit.oldest_entry))
