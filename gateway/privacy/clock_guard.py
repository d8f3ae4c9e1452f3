"""Keeps a clock that is wrong from destroying what it should not, or from keeping what it should destroy."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from gateway.logs import Event, Log
from gateway.spool.keyring import Keyring, KeyringError
from gateway.spool.keyring_clock import ClockReading
from gateway.spool.store import QueueDepth, StoreUnavailableError

_NOTE_EVERY: Final = 30  # seconds


class Waiting(Protocol):
    """The part of the spool that says what waits."""

    async def queue_depths(self) -> Sequence[QueueDepth]:
        """Count what waits, by state and channel."""


class ClockGuard:
    """Compares the clock with the time when the keyring was last used, and holds the keyring where they do not fit."""

    def __init__(self, store: Waiting, keyring: Keyring, log: Log) -> None:
        self._store = store
        self._keyring = keyring
        self._log = log
        self._last_used = 0
        self._told: str | None = None

    async def start(self, now: int) -> None:
        """Look, before anything is destroyed or expires. Raises KeyringError, also where the clock is wrong."""
        fault = await self._fault(await asyncio.to_thread(self._keyring.clock, now))
        if fault is not None:
            raise KeyringError(fault)
        await asyncio.to_thread(self._keyring.note_used, now)

    async def may_purge(self, now: int) -> bool:
        """Whether the clock is right; else the keyring is held until it is."""
        try:
            reading = await asyncio.to_thread(self._keyring.clock, now)
        except KeyringError:  # rows can be purged without it, by the clock as it was known
            reading = ClockReading(now, self._last_used)
        fault = await self._fault(reading)
        self._keyring.hold(fault)
        if fault is not None and self._told is None:
            self._log.error(Event.CLOCK_REFUSED, seconds=abs(now - reading.last_used))
        self._told = fault
        if fault is None and now - reading.last_used >= _NOTE_EVERY:
            await self._note(now)
        return fault is None

    async def _fault(self, reading: ClockReading) -> str | None:
        self._last_used = reading.last_used
        fault = reading.fault()
        if fault is None or not reading.was_long_unused:
            return fault
        # A pause of some days, after which perhaps nothing waits that could be lost.
        try:
            waits = any(depth.count for depth in await self._store.queue_depths())
        except StoreUnavailableError:
            waits = True
        return fault if waits else None

    async def _note(self, now: int) -> None:
        try:
            await asyncio.to_thread(self._keyring.note_used, now)
        except KeyringError as error:
            self._log.error(Event.KEYRING_UNAVAILABLE, error=error)
        else:
            self._last_used = now
