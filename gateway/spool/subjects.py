"""The persons behind recipients as the spool knows them, by keyed tags alone, and the protocol of their store."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from gateway.core.state import State
from gateway.spool.erasures import NOBODY_ERASES, Erasing

# All times are whole seconds since 1970 UTC; all ids are 32 hexadecimal digits.

# What is added to a due time while a message is held: later than any time, and what it was is not lost.
HELD: Final = 1 << 40


class Standing(StrEnum):
    """What a person has asked for, for all time to come."""

    OBJECTED = "objected"  # nothing is sent any more (Art. 21 GDPR)
    RESTRICTED = "restricted"  # nothing is done with what is there, and nothing new is taken (Art. 18 GDPR)


@dataclass(frozen=True, slots=True, repr=False)
class StoredStanding:
    """A standing of the person behind a lasting tag."""

    tag: bytes
    standing: Standing
    since: int


@dataclass(frozen=True, slots=True)
class Erased:
    """A message that is gone, with the last state it had; `was_open` says that a hand-over was under way.

    `provider` is who has it or may have it, None where nobody can; `is_ordered` says that it is to be erased there.
    """

    state: State
    was_open: bool
    provider: str | None = None
    is_ordered: bool = False


class SubjectStore(Protocol):
    """What is asked and done about one person; which that is nobody can tell without the keyring."""

    async def tagged(self, tags: Sequence[bytes]) -> Sequence[str]:
        """Return the ids of the messages to recipients with one of these tags, in the order of time."""

    async def of_client(self, client_id: int, after: str | None, limit: int) -> Sequence[str]:
        """Return up to `limit` ids of a client's messages, in the order of time, beginning after one of them."""

    async def erase_all(self, ids: Sequence[str], now: int, *, order_at: Erasing = NOBODY_ERASES) -> Sequence[Erased]:
        """Withdraw those messages that were not handed over, and erase all of them; those that are gone are left out.

        Of those that a provider has which is in `order_at`, the erasure there is ordered in the same transaction.
        A hand-over that is under way ends unrecorded, and is counted in usage as any other.
        """

    async def end_opted_out(self, ids: Sequence[str], now: int) -> int:
        """End what waits as `failed` for `opted_out`, content and all; returns how many.

        What is in doubt is never repeated, and what is being handed over is left to whoever hands it over.
        """

    async def hold(self, ids: Sequence[str], now: int) -> int:
        """Keep what waits from being handed over, by whomever it was leased, until `let_go`; returns how many."""

    async def let_go(self, ids: Sequence[str], now: int) -> int:
        """Let what is held be due as it was; returns how many there were."""

    async def put_standing(self, new: StoredStanding) -> bool:
        """Note a standing; False where it is there already."""

    async def drop_standings(self, tag: bytes) -> Sequence[StoredStanding]:
        """Forget all standings of a person and return them."""

    async def standings(self) -> Sequence[StoredStanding]:
        """Return all standings."""

    async def subjects_version(self) -> int:
        """Return a number that grows with every change of standings."""

    async def close_client(self, client_id: int) -> None:
        """End all keys of a client and forget what it might do; its number and name stay, for its usage."""
