"""How long the spool keeps who writes waiting, as a protocol."""

from typing import Protocol


class StallStore(Protocol):
    """Tells of a disk, or of another process, that keeps what is written from being kept."""

    async def stalled_seconds(self) -> float:
        """Return how long the write that is under way has taken so far; answers at once, also while the disk hangs."""
