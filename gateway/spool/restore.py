"""How a spool that was put back from a copy is told from the one that went on, and the protocol of its store."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # What writes the spool imports this, and needs no ciphers.
    from gateway.spool.keyring_port import Keyring


@dataclass(frozen=True, slots=True)
class Generation:
    """Where a spool is in its life: a number that grows while a gateway runs on it.

    `was_restored` says that the keyring has seen a greater one; `held` is how many messages that waited in the copy
    are in doubt now, for they may have been handed over since it was made.
    """

    number: int
    was_restored: bool = False
    held: int = 0


class RestoreStore(Protocol):
    """The generation of the spool, and what a copy has brought back."""

    def changes(self) -> int:
        """Return how many rows this process has changed here; a generation that begins is one of them."""

    async def generation(self) -> int:
        """Return the generation of the spool, 0 before the first."""

    async def raise_generation(self, known: int, now: int) -> Generation:
        """Begin the next generation, greater than any that is `known` to the keyring.

        Of a copy the queue is held, and the generation is told and does not begin before `settle_generation`.
        """

    async def settle_generation(self, following: int) -> None:
        """Begin a generation: the copy knows all that has happened since it was made."""

    async def restored_waiting(self) -> int:
        """Count the messages that a copy has brought back and that are held."""

    async def release_restored(self, now: int) -> int:
        """Let them be handed over, though they may have been before; returns how many."""


async def go_on(store: RestoreStore, keyring: "Keyring", now: int) -> Generation:
    """Begin the next generation in a spool and beside the keys: every copy that was made before is older from now on.

    What is found of a copy is returned, and nothing begins. Raises KeyringError, StoreUnavailableError.
    """
    known = await asyncio.to_thread(keyring.generation)
    # The spool first: after a crash between the two it is ahead of the keyring, which is well.
    found = await store.raise_generation(known, now)
    if not found.was_restored:
        await asyncio.to_thread(keyring.note_generation, found.number)
    return found
