"""Which client is calling: keys are looked up by keyed hash, in memory where they are known."""

import asyncio
import hmac
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from gateway.core.ids import now_seconds
from gateway.delivery.ticker import Ticker
from gateway.intake.keys import Credentials, KeyHasher, read_credentials
from gateway.logs import Log
from gateway.spool.clients import Client, ClientStore
from gateway.spool.store import StoreUnavailableError

_POLL: Final = 1.0  # seconds

# Seconds after which a known key is looked up again: a key that was rotated ends without a new version.
_REREAD_AFTER: Final = 60
# Refusals that are remembered, so that a program with an old key does not ask the database each time.
_REFUSALS: Final = 4096
# Headers that are known again as they stand: each client sends one, or a few.
_HEADERS: Final = 4096
# Keys that are looked up in the database at the same time, and that may wait for it.
_READERS: Final = 4
_WAITING: Final = 256


class AuthRefusal(StrEnum):
    """Why a caller is no client now."""

    UNKNOWN = "unknown"  # nothing was shown, or no client has this name with this key
    BUSY = "busy"  # it cannot be looked up now: too many wrong keys at once, or the spool is away


class Authenticator:
    """Tells clients by their keys.

    Every refusal takes the same steps, whatever was wrong: three hashes, a look at the refusals and, for what is not
    among them, one look at the database. `auth_key` is the keyring's key for hashing keys.
    """

    def __init__(
        self, store: ClientStore, auth_key: bytes, log: Log, *, clock: Callable[[], int] = now_seconds
    ) -> None:
        self._store = store
        self._hasher = KeyHasher(auth_key)
        self._clock = clock
        self._known: dict[bytes, Client] = {}
        # The same clients by the whole headers that were right.
        self._at_hand: dict[bytes, Client] = {}
        self._refused: dict[bytes, None] = {}
        self._readers = asyncio.Semaphore(_READERS)
        self._waiting = 0
        # Grows when the caches are dropped: what was read before is not put in them afterwards.
        self._generation = 0
        self._version: int | None = None
        self._reread_at = 0
        self._ticker = Ticker(_POLL, self.refresh, log)

    def known(self, authorization: str | None) -> Client | None:
        """Return the client that has shown this header lately; whoever it is not has to be asked for."""
        return None if authorization is None else self._at_hand.get(self._hasher.of_header(authorization))

    async def authenticate(self, authorization: str | None) -> Client | AuthRefusal:
        """Return the client that an Authorization header names."""
        generation = self._generation
        found = await self.check(read_credentials(authorization))
        if authorization is not None and isinstance(found, Client) and generation == self._generation:
            if len(self._at_hand) >= _HEADERS:
                self._at_hand.clear()
            self._at_hand[self._hasher.of_header(authorization)] = found
        return found

    async def check(self, credentials: Credentials) -> Client | AuthRefusal:
        """Return the client that has these credentials."""
        key_digest = self._hasher.of_key(credentials.key)
        client = self._known.get(key_digest)
        if client is not None and _is_named(client, credentials):
            return client
        pair_digest = self._hasher.of_pair(credentials)
        if pair_digest in self._refused:
            return AuthRefusal.UNKNOWN
        generation = self._generation
        try:
            client = await self._look_up(key_digest)
        except StoreUnavailableError:
            return AuthRefusal.BUSY
        if client is not None and generation == self._generation:
            self._known[key_digest] = client
        if client is not None and _is_named(client, credentials):
            return client
        if generation == self._generation:
            self._remember_refusal(pair_digest)
        return AuthRefusal.UNKNOWN

    async def refresh(self) -> bool:
        """Drop what is known if clients or keys have changed; false, for there is no more to do now.

        Raises StoreUnavailableError; whoever is known stays known then: without the spool nothing is accepted anyway.
        """
        version, now = await self._store.clients_version(), self._clock()
        if version == self._version and now < self._reread_at:
            return False
        self._generation += 1
        self._refused.clear()
        self._at_hand.clear()
        # One by one, not all at once: the clients that call meanwhile do not all ask the database.
        for key_digest in tuple(self._known):
            client = await self._store.client_of_key(key_digest, now)
            if client is None:
                del self._known[key_digest]
            else:
                self._known[key_digest] = client
        # Again: meanwhile somebody may have been known by what has changed.
        self._at_hand.clear()
        self._version, self._reread_at = version, now + _REREAD_AFTER
        return False

    def start(self) -> None:
        """Begin to look for changes, each second."""
        self._ticker.start()

    async def stop(self) -> None:
        """End looking for changes."""
        await self._ticker.stop(_POLL)

    async def _look_up(self, key_digest: bytes) -> Client | None:
        if self._waiting >= _WAITING:
            raise StoreUnavailableError
        self._waiting += 1
        try:
            async with self._readers:
                return await self._store.client_of_key(key_digest, self._clock())
        finally:
            self._waiting -= 1

    def _remember_refusal(self, pair_digest: bytes) -> None:
        if len(self._refused) >= _REFUSALS:
            del self._refused[next(iter(self._refused))]
        self._refused[pair_digest] = None


def _is_named(client: Client, credentials: Credentials) -> bool:
    """Whether the name that was shown, if any, is this client's; both ways take one comparison."""
    shown = client.name if credentials.name is None else credentials.name
    return hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), client.name.encode())
