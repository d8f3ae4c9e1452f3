"""How long the spool keeps who writes waiting, as a protocol."""

from typing import Protocol


class StallStore(Protocol):
    """Tells of a disk, or of another process, that keeps what is written from being kept."""

    async def stalled_seconds(self) -> float:
        """Return how long writing takes at present, the last time or so far; a disk that hangs delays no answer."""
