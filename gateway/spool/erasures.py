"""Erasures that are ordered of providers and not carried out yet, as the spool knows them, with their protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from gateway.spool.retention import Purge

# All times in this file are whole seconds since 1970 UTC.


# The providers that erase, by name, with the seconds that each is left to deliver a message whose end is not known:
# there are some that would not send what is erased too soon.
Erasing = Mapping[str, int]
NOBODY_ERASES: Final[Erasing] = MappingProxyType({})


@dataclass(frozen=True, slots=True, repr=False)
class ErasureOrder:
    """What a provider is to erase, by its own id of a message. Nothing tells whose it was, or to whom.

    `attempts` counts this one too.
    """

    number: int
    provider: str
    provider_ref: str
    ordered_at: int
    attempts: int


class ErasureStore(Protocol):
    """Orders, which outlive the process and the messages that they are about, until they are settled or too old."""

    async def order_erasure(self, provider: str, provider_ref: str, now: int, due_at: int) -> None:
        """Note an order; one that is there already stays as it is."""

    async def next_erasure(self, provider: str) -> int | None:
        """Return when the first order of a provider is due."""

    async def take_erasure(self, provider: str, now: int, until: int) -> ErasureOrder | None:
        """Take the first order that is due, for an attempt: it is due again at `until`, should nobody settle it."""

    async def settle_erasure(self, number: int) -> None:
        """Forget an order."""

    async def put_off_erasure(self, number: int, due_at: int) -> None:
        """Let an order be due at a time."""

    async def oldest_erasure(self) -> int | None:
        """Return when the oldest order was given."""

    async def waiting_erasures(self) -> int:
        """Count the orders."""

    async def give_up_erasures(self, ordered_before: int, limit: int) -> Mapping[str, int]:
        """Forget orders from before a time; returns how many there were, by provider."""

    async def purge_erasures(self, ordered_before: int, limit: int) -> Purge:
        """Forget orders from before or at that time, as the retention engine asks for it."""
