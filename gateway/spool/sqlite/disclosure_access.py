"""The part of the SQLite store that holds versions of what is told about the use of data."""

from collections.abc import Sequence
from typing import Final

from gateway.spool.disclosures import StoredDisclosure
from gateway.spool.retention import Purge
from gateway.spool.sqlite import disclosures
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.queue import one_by_one

_PUBLISH: Final = Kind(one_by_one(disclosures.publish_disclosure), grows=True)
_PURGE: Final = Kind(one_by_one(disclosures.purge_disclosures))


class SqliteDisclosures(SqliteAccess):
    """The versions in the SQLite file; what the methods mean is said in `spool.disclosures`."""

    async def publish_disclosure(self, version: str, body: str, now: int) -> int:
        """Put a version into force, unless it is."""
        return await self._write(_PUBLISH, StoredDisclosure(version, now, body))

    async def disclosures(self) -> Sequence[StoredDisclosure]:
        """Return all versions, the one in force first."""
        return await self._read(disclosures.disclosures)

    async def purge_notices(self, replaced_before: int, limit: int) -> Purge:
        """Delete versions that were replaced before a time."""
        rows = await self._write(_PURGE, (replaced_before, limit))
        return Purge(rows, await self._read(disclosures.oldest_replaced))
