"""The part of the SQLite store that holds clients."""

from collections.abc import Sequence
from typing import Final

from gateway.spool.clients import Client, NewClient
from gateway.spool.sqlite import clients, views
from gateway.spool.sqlite.access import SqliteAccess
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.queue import one_by_one

_ADD_CLIENT: Final = Kind(one_by_one(clients.add_client), grows=True)
_ROTATE_KEY: Final = Kind(one_by_one(clients.rotate_key))
_REVOKE_CLIENT: Final = Kind(one_by_one(clients.revoke_client))


class SqliteClients(SqliteAccess):
    """Clients in the SQLite file; what the methods mean is said in `spool.store.ClientStore`."""

    async def add_client(self, client: NewClient, key_digest: bytes) -> Client:
        """Store a client with its first key. Raises NameTakenError."""
        return await self._write(_ADD_CLIENT, (client, key_digest))

    async def client_of_key(self, key_digest: bytes, now: int) -> Client | None:
        """Return whose key this is."""
        return await self._read(views.client_of_key, key_digest, now)

    async def client_named(self, name: str) -> Client | None:
        """Return one client by name."""
        return await self._read(views.client_named, name)

    async def clients(self) -> Sequence[Client]:
        """Return all clients, by name."""
        return await self._read(views.clients)

    async def rotate_key(self, client_id: int, key_digest: bytes, old_until: int) -> None:
        """Give a client a new key."""
        await self._write(_ROTATE_KEY, (client_id, key_digest, old_until))

    async def revoke_client(self, client_id: int) -> None:
        """End all keys of a client."""
        await self._write(_REVOKE_CLIENT, client_id)

    async def clients_version(self) -> int:
        """Return the number that grows with every change of clients or keys."""
        return await self._read(views.number, "clients_version")
