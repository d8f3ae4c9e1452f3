"""Keeps the generation of the spool beside the keys, and tells a spool that was put back what was erased since."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from gateway.core.ids import now_seconds
from gateway.delivery.ticker import Ticker
from gateway.logs import Event, Log
from gateway.spool.erasures import Erasing
from gateway.spool.keyring import Keyring, KeyringError
from gateway.spool.ledger import Dropped, Erasure, Line
from gateway.spool.restore import go_on
from gateway.spool.store import Store, StoreUnavailableError
from gateway.spool.subjects import StoredStanding

# Seconds between two generations while anything changes. A copy is not told from a spool that crashed within that
# time after it was made; from one that was stopped in order it always is.
_EVERY: Final = 1.0
_STEP: Final = 500
_PATIENCE: Final = 1.0  # seconds


class Restoring:
    """Recognises a spool that is older than what its keyring has seen. Such a one starts with its queue held.

    `erasing` tells the providers that erase what they keep of a message.
    """

    def __init__(self, store: Store, keyring: Keyring, log: Log, *, erasing: Callable[[], Erasing] = dict) -> None:
        self._store = store
        self._erasing = erasing
        self._keyring = keyring
        self._log = log
        self._written = -1
        self._ticker = Ticker(_EVERY, self.look, log)

    async def start(self) -> None:
        """Look, before anything is handed over. Raises KeyringError, StoreUnavailableError."""
        await self._go_on()
        self._ticker.start()

    async def stop(self) -> None:
        """End, as the last that writes: no copy that was made before is taken for what is there now."""
        await self._ticker.stop(_PATIENCE)
        try:
            await self._go_on()
        except (KeyringError, StoreUnavailableError) as error:
            # As after a crash.
            self._log.error(Event.TASK_FAILED, error=error)

    async def look(self) -> bool:
        """Go on where anything has changed; false, for there is no more to do now.

        Raises KeyringError, StoreUnavailableError.
        """
        if self._store.changes() != self._written:
            await self._go_on()
        return False

    async def _go_on(self) -> None:
        # Counted before, and one for the generation itself: what is committed meanwhile is seen the next time.
        written = self._store.changes() + 1
        found = await go_on(self._store, self._keyring, now_seconds())
        if found.was_restored:
            self._log.warning(Event.RESTORED, count=found.held)
            await self._replay(await asyncio.to_thread(self._keyring.ledger.read))
            # Only now: a start that is cut off before finds a copy again.
            await self._store.settle_generation(found.number)
            await asyncio.to_thread(self._keyring.note_generation, found.number)
        self._written = written

    async def _replay(self, lines: Sequence[Line]) -> None:
        erased = [line.message_id for line in lines if isinstance(line, Erasure)]
        for start in range(0, len(erased), _STEP):
            # Orders that had been given since are not in the copy.
            step = erased[start : start + _STEP]
            await self._store.erase_all(step, now_seconds(), order_at=self._erasing())
        for line in lines:
            if isinstance(line, StoredStanding):
                await self._store.put_standing(line)
            elif isinstance(line, Dropped):
                await self._store.drop_standings(line.tag)
        await self._store.truncate_log()
