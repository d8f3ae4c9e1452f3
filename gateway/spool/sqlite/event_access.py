"""The part of the SQLite store that holds webhooks and events."""

from collections.abc import Sequence
from typing import Final

from gateway.spool.events import Claim, Claimed, Told, Webhook
from gateway.spool.sqlite import events
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.queue import one_by_one

_SET_WEBHOOK: Final = Kind(one_by_one(events.set_webhook), grows=True)
_ROTATE_SECRET: Final = Kind(one_by_one(events.rotate_secret))
_REMOVE_WEBHOOK: Final = Kind(one_by_one(events.remove_webhook))
_CLAIM_EVENTS: Final = Kind(one_by_one(events.claim_events))
# What was told is not told again because a caller did not wait.
_NOTE_TOLD: Final = Kind(one_by_one(events.note_told), always=True)


class SqliteEvents(SqliteAccess):
    """Webhooks and events in the SQLite file; what the methods mean is said in `spool.events.EventStore`."""

    async def set_webhook(self, client_id: int, url: str, secret: bytes) -> None:
        """Tell a client at this URL from now on."""
        await self._write(_SET_WEBHOOK, (client_id, url, secret))

    async def rotate_secret(self, client_id: int, secret: bytes, old_until: int) -> bool:
        """Give a webhook a new secret."""
        return await self._write(_ROTATE_SECRET, (client_id, secret, old_until))

    async def remove_webhook(self, client_id: int) -> bool:
        """Forget a webhook and what waits for it."""
        return await self._write(_REMOVE_WEBHOOK, client_id)

    async def webhook(self, client_id: int) -> Webhook | None:
        """Return one client's webhook."""
        return await self._read(events.webhook, client_id)

    async def webhooks(self) -> Sequence[Webhook]:
        """Return all webhooks."""
        return await self._read(events.webhooks)

    async def due_clients(self, now: int) -> Sequence[int]:
        """Return the clients that may be told something now."""
        return await self._read(events.due_clients, now)

    async def claim_events(self, claim: Claim) -> Claimed:
        """Take events of a client that are due."""
        return await self._write(_CLAIM_EVENTS, claim)

    async def note_told(self, told: Told) -> int | None:
        """Record how telling ended."""
        return await self._write(_NOTE_TOLD, told)
