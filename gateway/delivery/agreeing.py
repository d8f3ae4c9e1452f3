"""Keeps what clients have agreed to up to date for messages in memory, beside the commands that change it."""

from collections.abc import Callable, Mapping
from typing import Final

from gateway.delivery.ticker import Ticker
from gateway.logs import Event, Log
from gateway.privacy.consent import ANYTHING, Agreement, agreement_of
from gateway.spool.clients import ClientStore

_POLL: Final = 1.0  # seconds


class Agreeing:
    """Calls `changed` with the clients, by number, that agree to something else than before; at most a second late."""

    def __init__(self, store: ClientStore, changed: Callable[[Mapping[int, Agreement]], None], log: Log) -> None:
        self._store = store
        self._changed = changed
        self._log = log
        self._version: int | None = None
        self._known: dict[int, Agreement] = {}
        self._ticker = Ticker(_POLL, self.refresh, log)

    async def start(self) -> None:
        """Read what holds, and go on looking for changes. Raises StoreUnavailableError."""
        await self._read(await self._store.clients_version())
        self._ticker.start()

    async def stop(self) -> None:
        """End looking."""
        await self._ticker.stop(_POLL)

    async def refresh(self) -> bool:
        """Look for changes; false, for there is no more to do now. Raises StoreUnavailableError."""
        version = await self._store.clients_version()
        if version == self._version:
            return False
        before = self._known
        await self._read(version)
        changed = {number: now for number, now in self._known.items() if now != before.get(number, ANYTHING)}
        if changed:
            self._changed(changed)
            for number in changed:
                self._log.info(Event.AGREEMENT_CHANGED, client=number)
        return False

    async def _read(self, version: int) -> None:
        # The version first: what changes after it is read again.
        self._known = {client.id: agreement_of(client) for client in await self._store.clients()}
        self._version = version
