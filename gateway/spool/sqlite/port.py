"""What runs the transactions of a spool, as the event loop sees it: a thread or a process, behind one protocol."""

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.spool.sqlite.checkpointer import Checkpoint
from gateway.spool.sqlite.database import Database
from gateway.spool.sqlite.jobs import AwaitedJob

# Hears of jobs that have their answers, in the loop's thread.
Answered = Callable[[Sequence[AwaitedJob]], None]


class WriterPort(Protocol):
    """Writes one file, from `open` to `close`; everything is called in the loop's thread."""

    async def open(self, database: Database, cut_every: float, answered: Answered) -> None:
        """Begin to write a file that is there; `cut_every` as in `Checkpointer`."""

    def hand_over(self, jobs: Sequence[AwaitedJob]) -> None:
        """Take jobs, at least one: they are committed in order of their coming, many in one transaction."""

    def stalled_seconds(self) -> float:
        """Return how long a transaction takes, so far or the last time."""

    @property
    def changes(self) -> int:
        """How many rows were changed by what was answered."""

    @property
    def last_checkpoint(self) -> Checkpoint | None:
        """How the last attempt to cut the write-ahead log ended; None before anything is known."""

    async def cut(self) -> bool:
        """Write the log back and cut it; False when a reader was in the way. Raises StoreUnavailableError."""

    async def close(self) -> None:
        """Commit what waits, cut the log as far as readers allow, and end."""
