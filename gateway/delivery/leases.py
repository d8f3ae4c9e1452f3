"""Reads from the spool what is due: retries, schedules, and what did not fit into memory."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from gateway.core.outcome import Reason
from gateway.delivery.desk import Desk
from gateway.delivery.lanes import Lanes
from gateway.delivery.room import BATCH, Room
from gateway.delivery.steps import give_up
from gateway.delivery.work import Work
from gateway.logs import Event
from gateway.privacy.consent import ANYTHING, agreement_of
from gateway.provider import Handover
from gateway.spool.clients import Client
from gateway.spool.keyring import KeyringError
from gateway.spool.sealing import ContentCorruptError, ContentGoneError, Sealer
from gateway.spool.store import AttemptEnd, LeasedMessage

End = Callable[[LeasedMessage, AttemptEnd], Awaitable[None]]


class Leases:
    """Takes what is due while there is room, and passes it on, opened, to `submit`; `end` ends what does not open."""

    def __init__(
        self, desk: Desk, sealer: Sealer, submit: Callable[[Work], None], end: End, *, lanes: Lanes, room: Room
    ) -> None:
        self._desk = desk
        self._store = desk.store
        self._log = desk.log
        self._sealer = sealer
        self._submit = submit
        self._end = end
        self._lanes = lanes
        self._room = room
        self._clients: dict[int, Client] = {}
        self._version: int | None = None
        # Whether more was due than there was room for.
        self.is_held_up = False

    async def read(self) -> bool:
        """Take one batch; return whether there may be more now. Raises StoreUnavailableError."""
        limit = min(BATCH, self._room.to_lease)
        channels = self._lanes.ready_channels()
        self.is_held_up = not limit
        if not limit or not channels:
            return False
        leased = await self._store.lease(self._desk.owner, self._desk.clock(), limit, channels=channels)
        if leased:
            await self._learn_clients()
        return await self._pass_on(leased) and len(leased) == limit

    async def _learn_clients(self) -> None:
        # Routes may go by client, and a client may have taken back what it has agreed to: without knowing it as it is
        # now, a message could take a way that was never meant for it.
        version = await self._desk.patience.call(self._store.clients_version)
        if version != self._version:
            clients = await self._desk.patience.call(self._store.clients)
            self._clients, self._version = {client.id: client for client in clients}, version

    async def _pass_on(self, leased: Sequence[LeasedMessage]) -> bool:
        """Open messages and pass them on; return whether the keyring could be read."""
        ends: list[Awaitable[None]] = []
        unread: list[str] = []
        for each in leased:
            found = self._open(each)
            if isinstance(found, Work):
                self._submit(found)
            elif found is None:
                unread.append(each.id)
            else:
                ends.append(self._end(each, give_up(found, in_doubt=each.doubted_provider is not None)))
        await asyncio.gather(*ends)
        if unread:
            await self._desk.patience.call(lambda: self._store.release(self._desk.owner, unread, self._desk.clock()))
        return not unread

    def _open(self, leased: LeasedMessage) -> Work | Reason | None:
        """Open one message; a reason where that can never be done, None where the keyring cannot be read now."""
        try:
            message, reference = self._sealer.open(leased.content, message_id=leased.id, client_id=leased.client_id)
        except KeyringError as error:
            self._log.error(Event.KEYRING_UNAVAILABLE, error=error)
            return None
        except ContentGoneError:
            self._log.warning(Event.CONTENT_GONE, message=leased.id)
            return Reason.DEADLINE
        except ContentCorruptError:
            self._log.error(Event.CONTENT_CORRUPT, message=leased.id)
            return Reason.PROVIDER_ERROR
        client = self._clients.get(leased.client_id)
        return Work(
            id=leased.id,
            client_id=leased.client_id,
            client_name="" if client is None else client.name,
            agreement=ANYTHING if client is None else agreement_of(client),
            channel=leased.channel,
            message=message,
            handover=Handover(reference, leased.created_at),
            attempts=leased.attempts,
            created_at=leased.created_at,
            expires_at=leased.expires_at,
            doubted_provider=leased.doubted_provider,
            was_leased=True,
        )
