"""The part of the SQLite store that knows whether it was put back from a copy."""

from typing import Final

from gateway.spool.restore import Generation
from gateway.spool.sqlite import restore
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.purge_access import SqlitePurges
from gateway.spool.sqlite.queue import one_by_one
from gateway.spool.sqlite.views import number

_RAISE: Final = Kind(one_by_one(restore.raise_generation), grows=True)
_SETTLE: Final = Kind(one_by_one(restore.settle_generation), grows=True)
_RELEASE: Final = Kind(one_by_one(restore.release_restored))


class SqliteRestore(SqlitePurges):
    """The generation of the SQLite file; what the methods mean is said in `spool.restore`."""

    def changes(self) -> int:
        """Return how many rows this process has changed."""
        return 0 if self._writer is None else self._writer.changes

    async def generation(self) -> int:
        """Return the generation."""
        return await self._read(number, "generation")

    async def raise_generation(self, known: int, now: int) -> Generation:
        """Begin the next generation."""
        return await self._write(_RAISE, (known, now))

    async def settle_generation(self, following: int) -> None:
        """Begin a generation."""
        await self._write(_SETTLE, following)

    async def restored_waiting(self) -> int:
        """Count what a copy brought back and is held."""
        return await self._read(restore.restored_waiting)

    async def release_restored(self, now: int) -> int:
        """Let it go."""
        return await self._write(_RELEASE, now)
