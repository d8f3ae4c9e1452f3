"""The part of the SQLite store that holds what clients have agreed to be shown to."""

from collections.abc import Sequence
from typing import Final

from gateway.spool.consents import Consent
from gateway.spool.retention import Purge
from gateway.spool.sqlite import consents
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.queue import one_by_one

_GIVE: Final = Kind(one_by_one(consents.give_consent), grows=True)
_WITHDRAW: Final = Kind(one_by_one(consents.withdraw_consent))
_PURGE: Final = Kind(one_by_one(consents.purge_consents))


class SqliteConsents(SqliteAccess):
    """Consents in the SQLite file; what the methods mean is said in `spool.consents`."""

    async def give_consent(self, client_id: int, consent: Consent) -> None:
        """Record a consent."""
        await self._write(_GIVE, (client_id, consent))

    async def withdraw_consent(self, client_id: int, processor: str, others: Sequence[str], now: int) -> None:
        """Record that a consent ended."""
        await self._write(_WITHDRAW, (client_id, processor, others, now))

    async def consents(self, client_id: int) -> Sequence[Consent]:
        """Return what a client has agreed to and withdrawn."""
        return await self._read(consents.consents, client_id)

    async def purge_consents(self, withdrawn_before: int, limit: int) -> Purge:
        """Delete records of consents that ended before a time."""
        rows = await self._write(_PURGE, (withdrawn_before, limit))
        return Purge(rows, await self._read(consents.oldest_ended))
