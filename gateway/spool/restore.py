"""How a spool that was put back from a copy is told from the one that went on, and the protocol of its store."""

from dataclasses import dataclass
from typing import Protocol


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

    async def raise_generation(self, known: int, now: int) -> Generation:
        """Begin the next generation, greater than any that is `known` to the keyring.

        Of a copy the queue is held, and the generation is told and does not begin before `settle_generation`.
        """

    async def settle_generation(self, number: int) -> None:
        """Begin a generation: the copy knows all that has happened since it was made."""

    async def restored_waiting(self) -> int:
        """Count the messages that a copy has brought back and that are held."""

    async def release_restored(self, now: int) -> int:
        """Let them be handed over, though they may have been before; returns how many."""
