"""What destroys each retention class; the engine says when."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.logs import DAY, Event, Log, log_files
from gateway.metrics import Metrics
from gateway.privacy.classes import (
    ANSWERS,
    AUDIT,
    CONSENTS,
    CONTENT,
    ERASURES,
    LOGS,
    METADATA,
    NOTICES,
    SCHEDULED,
    STANDINGS,
    USAGE,
    RetentionClass,
)
from gateway.privacy.steps import in_steps
from gateway.settings import Settings
from gateway.spool.dates import month_of, month_start
from gateway.spool.keyring import KeyPurpose, Keyring
from gateway.spool.retention import Purge, RetentionStore

# All times in this file are whole seconds since 1970 UTC.

# Log files live and die as a whole: of a life of minutes none may hold more than this part.
_FILES_IN_A_LIFE: Final = 4


@dataclass(frozen=True, slots=True)
class Run:
    """What one run did to a class; `held_since` is the age of what a copy that was stolen could still give back."""

    purge: Purge
    held_since: int | None


class Purges:
    """The purges of all classes, by name in `of`. Each may raise whatever the spool or the keyring raises."""

    def __init__(
        self, settings: Settings, store: RetentionStore, keyring: Keyring, *, metrics: Metrics, log: Log
    ) -> None:
        self._settings = settings
        self._store = store
        self._keyring = keyring
        self._metrics = metrics
        self._log = log
        self.of: Mapping[str, Callable[[int], Awaitable[Run]]] = {
            CONTENT.name: self._purge_content,
            SCHEDULED.name: self._look_at_scheduled,
            METADATA.name: self._purge_metadata,
            ANSWERS.name: self._purge_answers,
            USAGE.name: self._purge_usage,
            AUDIT.name: self._purge_audit,
            LOGS.name: self._purge_logs,
            ERASURES.name: self._purge_erasures,
            CONSENTS.name: self._purge_consents,
            NOTICES.name: self._purge_notices,
            STANDINGS.name: self._look_at_standings,
        }

    def configure(self, settings: Settings) -> None:
        """Follow other lifetimes."""
        self._settings = settings

    def lifetime(self, each: RetentionClass) -> int:
        """Return for how many seconds a class is kept."""
        return int(each.lifetime(self._settings.retention).total_seconds())

    async def destroy_keys(self, now: int) -> None:
        """Destroy the keys of content whose time has come."""
        destroyed = await asyncio.to_thread(self._keyring.destroy_content_keys, self._dead_before(now))
        if destroyed:
            self._log.info(Event.KEYS_DESTROYED, retention_class=CONTENT.name, count=destroyed)

    async def _purge_content(self, now: int) -> Run:
        purge = await in_steps(lambda limit: self._store.purge_content(self._dead_before(now), now, limit))
        self._metrics.expired(purge.expired)
        epochs = await asyncio.to_thread(self._keyring.epochs)
        known = [at for at in (purge.oldest_at, *epochs[:1]) if at is not None]
        return Run(purge, min(known, default=None))

    def _dead_before(self, now: int) -> int:
        """Return the time before which an epoch must have started to be over, key and all."""
        return now - self.lifetime(CONTENT) + 1

    async def _purge_metadata(self, now: int) -> Run:
        before = now - self.lifetime(METADATA)
        # A month's tags are made until its end, so its key goes when the last of its messages has gone.
        await asyncio.to_thread(self._keyring.destroy_tag_keys, month_start(month_of(before)))
        await asyncio.to_thread(self._keyring.ledger.purge, before)
        purge = await in_steps(lambda limit: self._store.purge_metadata(before, limit))
        return Run(purge, purge.oldest_at)

    async def _purge_answers(self, now: int) -> Run:
        before = now - self.lifetime(ANSWERS)
        purge = await in_steps(lambda limit: self._store.purge_answers(before, limit))
        return Run(purge, purge.oldest_at)

    async def _purge_usage(self, now: int) -> Run:
        month = month_of(now - self.lifetime(USAGE))
        purge = await in_steps(lambda limit: self._store.purge_usage(month, limit))
        return Run(purge, purge.oldest_at)

    async def _purge_audit(self, now: int) -> Run:
        before = now - self.lifetime(AUDIT)
        key = await asyncio.to_thread(self._keyring.lasting_key, KeyPurpose.AUDIT)
        purge = await in_steps(lambda limit: self._store.purge_audit(before, limit, key))
        return Run(purge, purge.oldest_at)

    async def _purge_erasures(self, now: int) -> Run:
        purge = await in_steps(lambda limit: self._store.purge_erasures(now - self.lifetime(ERASURES), limit))
        return Run(purge, purge.oldest_at)

    async def _purge_consents(self, now: int) -> Run:
        before = now - self.lifetime(CONSENTS)
        purge = await in_steps(lambda limit: self._store.purge_consents(before, limit))
        return Run(purge, purge.oldest_at)

    async def _purge_notices(self, now: int) -> Run:
        before = now - self.lifetime(NOTICES)
        purge = await in_steps(lambda limit: self._store.purge_notices(before, limit))
        return Run(purge, purge.oldest_at)

    async def _look_at_scheduled(self, now: int) -> Run:
        # It lies with the content of its epoch, and dies with that.
        return Run(Purge(0, await self._store.oldest_scheduled(now)), None)

    async def _look_at_standings(self, _now: int) -> Run:
        oldest_at = await self._store.oldest_standing()
        return Run(Purge(0, oldest_at), oldest_at)

    async def _purge_logs(self, now: int) -> Run:
        purge = await asyncio.to_thread(self._remove_log_files, now)
        return Run(purge, purge.oldest_at)

    def _remove_log_files(self, now: int) -> Purge:
        path = self._settings.log.path
        if path is None:
            return Purge(0)
        self._log.turn_over(turned_over_before(now, self.lifetime(LOGS)))
        files = log_files(path)
        due = [file for file in files if file.oldest_at <= now - self.lifetime(LOGS)]
        for file in due:
            file.path.unlink(missing_ok=True)
        return Purge(len(due), min((file.oldest_at for file in files if file not in due), default=None))


def turned_over_before(now: int, lifetime: int) -> int:
    """Return the time whose lines must not stay in the log file that is in use, where log files live for so long."""
    return now - min(DAY, lifetime // _FILES_IN_A_LIFE)
