"""The calling programs as the spool keeps them, and the protocol of the store that does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.message import Channel
from gateway.core.rate import Rate

# Times are whole seconds since 1970 UTC.


class NameTakenError(Exception):
    """A client of this name is there already."""


@dataclass(frozen=True, slots=True)
class Client:
    """A calling program and what it may do; an empty `senders` or `countries` means any, of `sender_ids` none."""

    id: int
    name: str
    channels: frozenset[Channel]
    senders: tuple[str, ...] = ()
    sender_ids: tuple[str, ...] = ()
    countries: frozenset[str] = frozenset()
    rate: Rate | None = None
    daily: int | None = None
    sender_disclosure: str = "full"
    # Mail over SMTP with an attachment: `strip` drops it, `reject` refuses the mail.
    on_attachment: str = "strip"
    created_at: int = 0
    revoked: bool = False
    # Beside `daily`: quotas of a UTC day and month, in messages and in segments; requests at the same time.
    monthly: int | None = None
    daily_segments: int | None = None
    monthly_segments: int | None = None
    concurrent: int | None = None
    # What it has agreed to: names of providers (None: any), and countries of their companies (`EU`, `EEA` too; empty:
    # any).
    processors: tuple[str, ...] | None = None
    processor_countries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client to be added; `id` is the store's choice."""

    name: str
    channels: frozenset[Channel]
    senders: tuple[str, ...] = ()
    sender_ids: tuple[str, ...] = ()
    countries: frozenset[str] = frozenset()
    rate: Rate | None = None
    daily: int | None = None
    sender_disclosure: str = "full"
    # Mail over SMTP with an attachment: `strip` drops it, `reject` refuses the mail.
    on_attachment: str = "strip"
    created_at: int = 0
    # Beside `daily`: quotas of a UTC day and month, in messages and in segments; requests at the same time.
    monthly: int | None = None
    daily_segments: int | None = None
    monthly_segments: int | None = None
    concurrent: int | None = None
    # What it has agreed to: names of providers (None: any), and countries of their companies (`EU`, `EEA` too; empty:
    # any).
    processors: tuple[str, ...] | None = None
    processor_countries: frozenset[str] = frozenset()
    # The version of the notice that it has agreed to these on; each is recorded as a consent then.
    notice: str | None = None


class ClientStore(Protocol):
    """The calling programs and their keys, which are kept as keyed hashes only."""

    async def add_client(self, client: NewClient, key_digest: bytes) -> Client:
        """Store a client with its first key. Raises NameTakenError."""

    async def client_of_key(self, key_digest: bytes, now: int) -> Client | None:
        """Return the client whose live key has this digest; revoked clients have none."""

    async def client_named(self, name: str) -> Client | None:
        """Return one client by name, revoked ones too."""

    async def clients(self) -> Sequence[Client]:
        """Return all clients, by name."""

    async def rotate_key(self, client_id: int, key_digest: bytes, old_until: int) -> None:
        """Give a client a new key; the old ones stay good until `old_until`."""

    async def revoke_client(self, client_id: int) -> None:
        """End all keys of a client."""

    async def clients_version(self) -> int:
        """Return a number that grows with every change of clients or keys: caches are dropped when it does."""
