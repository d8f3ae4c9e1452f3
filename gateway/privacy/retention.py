"""The retention engine: executes the retention classes every minute, and says which of them is overdue."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from gateway.core.ids import now_seconds
from gateway.logs import Event, Log, log_files
from gateway.metrics import Metrics
from gateway.privacy.classes import (
    ANSWERS,
    AUDIT,
    CLASSES,
    CONSENTS,
    CONTENT,
    ERASURES,
    LOGS,
    METADATA,
    NOTICES,
    STANDINGS,
    USAGE,
    RetentionClass,
)
from gateway.privacy.steps import in_steps
from gateway.settings import Settings
from gateway.spool.dates import month_of, month_start
from gateway.spool.keyring import KeyPurpose, Keyring
from gateway.spool.retention import Purge, RetentionStore

_LONGEST_PAUSE: Final = 60  # seconds between two runs, fewer where a class lives for minutes
_PAUSES_IN_A_LIFE: Final = 10
# How many runs may pass after something became due until it is overdue.
_RUNS_OF_GRACE: Final = 5


@dataclass(frozen=True, slots=True)
class ClassState:
    """How a retention class stood after the last run: `oldest_seconds` is the age of the oldest that is kept.

    `purged` is how much the last run destroyed: messages, rows, counts or files.
    """

    name: str
    keeps: timedelta
    oldest_seconds: int | None
    purged: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run did to a class; `held_since` is the age of what a copy that was stolen could still give back."""

    purge: Purge
    held_since: int | None


@dataclass(slots=True)
class _Found:
    """What a run found of a class; `overdue_at` is when it will be overdue unless a run does better."""

    overdue_at: int
    oldest_at: int | None = None
    purged: int = 0
    was_overdue: bool = False


class Retention:
    """Purges what is due. Data of a class that nobody could purge makes the class overdue, as does a run that hangs."""

    def __init__(
        self,
        settings: Settings,
        store: RetentionStore,
        keyring: Keyring,
        *,
        metrics: Metrics,
        log: Log,
        clock: Callable[[], int] = now_seconds,
        may_purge: Callable[[int], Awaitable[bool]] | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._keyring = keyring
        self._metrics = metrics
        self._log = log
        self._clock = clock
        self._may_purge = may_purge
        self._task: asyncio.Task[None] | None = None
        now = clock()
        self._purgers: dict[str, Callable[[int], Awaitable[_Run]]] = {
            CONTENT.name: self._purge_content,
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
        # What is scheduled lies with the content of its epoch, and dies with that.
        self._classes = [each for each in CLASSES if each.name in self._purgers]
        self._found = {each.name: _Found(overdue_at=now + self._patience(each)) for each in self._classes}
        self._overdue_at = min(found.overdue_at for found in self._found.values())

    def configure(self, settings: Settings) -> None:
        """Follow other lifetimes from the next run on."""
        self._settings = settings

    async def start(self) -> None:
        """Run again and again, until `stop`; on return nothing can be opened any more whose time has come."""
        await self._guarded(CONTENT, self._destroy_keys)
        self._task = asyncio.create_task(self._run_on())

    async def stop(self) -> None:
        """End the loop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def run_once(self) -> Sequence[ClassState]:
        """Destroy everything that is due; a class that fails is told and does not keep the others."""
        # By a clock that is wrong everything could be due.
        if self._may_purge is not None and not await self._may_purge(self._clock()):
            self._tell(states := self.states())
            return states
        await self._guarded(CONTENT, self._prepare_keys)
        # First of all: from then on no copy of the spool can give the content back.
        await self._guarded(CONTENT, self._destroy_keys)
        for each in self._classes:
            await self._guarded(each, self._purgers[each.name])
        await self._guarded(CONTENT, self._cut_log)
        states = self.states()
        self._tell(states)
        return states

    def overdue(self) -> Sequence[str]:
        """Return the names of the classes of which something should be gone and is not."""
        now = self._clock()
        # Asked for each message.
        if now < self._overdue_at:
            return []
        return [name for name, found in self._found.items() if now >= found.overdue_at]

    def states(self) -> Sequence[ClassState]:
        """Return how every class stands."""
        now, overdue = self._clock(), self.overdue()
        return [
            ClassState(
                each.name,
                each.lifetime(self._settings.retention),
                None if found.oldest_at is None else max(0, now - found.oldest_at),
                found.purged,
                each.name in overdue,
            )
            for each in self._classes
            for found in (self._found[each.name],)
        ]

    async def _run_on(self) -> None:
        while True:
            await self.run_once()
            await asyncio.sleep(self._pause())

    async def _guarded(self, each: RetentionClass, step: Callable[[int], Awaitable[_Run | None]]) -> None:
        now = self._clock()
        try:
            run = await step(now)
        except Exception as error:  # noqa: BLE001 (whatever it was, the other classes are purged, and time tells)
            self._log.error(Event.RETENTION_FAILED, retention_class=each.name, error=error)
            return
        if run is not None:
            self._note(each, run, now)

    def _note(self, each: RetentionClass, run: _Run, now: int) -> None:
        found = self._found[each.name]
        found.oldest_at, found.purged = run.purge.oldest_at, run.purge.rows
        # What comes after the run is younger than the run.
        held_since = now if run.held_since is None else min(run.held_since, now)
        found.overdue_at = held_since + self._patience(each)
        self._overdue_at = min(other.overdue_at for other in self._found.values())
        if run.purge.rows:
            self._log.info(Event.PURGED, retention_class=each.name, count=run.purge.rows)

    def _tell(self, states: Sequence[ClassState]) -> None:
        for state in states:
            self._metrics.retention(state.name, state.oldest_seconds or 0, state.overdue)
            found = self._found[state.name]
            if state.overdue and not found.was_overdue:
                self._log.error(Event.RETENTION_OVERDUE, retention_class=state.name, seconds=state.oldest_seconds)
            elif found.was_overdue and not state.overdue:
                self._log.info(Event.RETENTION_KEPT, retention_class=state.name)
            found.was_overdue = state.overdue

    def _pause(self) -> int:
        shortest = min(self._lifetime(each) for each in self._classes)
        return min(_LONGEST_PAUSE, max(1, shortest // _PAUSES_IN_A_LIFE))

    def _lifetime(self, each: RetentionClass) -> int:
        return int(each.lifetime(self._settings.retention).total_seconds())

    def _patience(self, each: RetentionClass) -> int:
        return self._lifetime(each) + _RUNS_OF_GRACE * self._pause()

    # What destroys each class.

    async def _prepare_keys(self, now: int) -> None:
        await asyncio.to_thread(self._keyring.prepare, now)

    async def _cut_log(self, _now: int) -> None:
        if not await self._store.truncate_log():
            self._log.warning(Event.CHECKPOINT_BLOCKED)

    async def _destroy_keys(self, now: int) -> None:
        destroyed = await asyncio.to_thread(self._keyring.destroy_content_keys, self._dead_before(now))
        if destroyed:
            self._log.info(Event.KEYS_DESTROYED, retention_class=CONTENT.name, count=destroyed)

    async def _purge_content(self, now: int) -> _Run:
        purge = await in_steps(lambda limit: self._store.purge_content(self._dead_before(now), now, limit))
        self._metrics.expired(purge.expired)
        epochs = await asyncio.to_thread(self._keyring.epochs)
        known = [at for at in (purge.oldest_at, *epochs[:1]) if at is not None]
        return _Run(purge, min(known, default=None))

    def _dead_before(self, now: int) -> int:
        """Return the time before which an epoch must have started to be over, key and all."""
        return now - self._lifetime(CONTENT) + 1

    async def _purge_metadata(self, now: int) -> _Run:
        before = now - self._lifetime(METADATA)
        # A month's tags are made until its end, so its key goes when the last of its messages has gone.
        await asyncio.to_thread(self._keyring.destroy_tag_keys, month_start(month_of(before)))
        await asyncio.to_thread(self._keyring.ledger.purge, before)
        purge = await in_steps(lambda limit: self._store.purge_metadata(before, limit))
        return _Run(purge, purge.oldest_at)

    async def _purge_answers(self, now: int) -> _Run:
        before = now - self._lifetime(ANSWERS)
        purge = await in_steps(lambda limit: self._store.purge_answers(before, limit))
        return _Run(purge, purge.oldest_at)

    async def _purge_usage(self, now: int) -> _Run:
        month = month_of(now - self._lifetime(USAGE))
        purge = await in_steps(lambda limit: self._store.purge_usage(month, limit))
        return _Run(purge, purge.oldest_at)

    async def _purge_audit(self, now: int) -> _Run:
        before = now - self._lifetime(AUDIT)
        key = await asyncio.to_thread(self._keyring.lasting_key, KeyPurpose.AUDIT)
        purge = await in_steps(lambda limit: self._store.purge_audit(before, limit, key))
        return _Run(purge, purge.oldest_at)

    async def _purge_erasures(self, now: int) -> _Run:
        purge = await in_steps(lambda limit: self._store.purge_erasures(now - self._lifetime(ERASURES), limit))
        return _Run(purge, purge.oldest_at)

    async def _purge_consents(self, now: int) -> _Run:
        before = now - self._lifetime(CONSENTS)
        purge = await in_steps(lambda limit: self._store.purge_consents(before, limit))
        return _Run(purge, purge.oldest_at)

    async def _purge_notices(self, now: int) -> _Run:
        before = now - self._lifetime(NOTICES)
        purge = await in_steps(lambda limit: self._store.purge_notices(before, limit))
        return _Run(purge, purge.oldest_at)

    async def _look_at_standings(self, _now: int) -> _Run:
        oldest_at = await self._store.oldest_standing()
        return _Run(Purge(0, oldest_at), oldest_at)

    async def _purge_logs(self, now: int) -> _Run:
        purge = await asyncio.to_thread(self._remove_log_files, now - self._lifetime(LOGS))
        return _Run(purge, purge.oldest_at)

    def _remove_log_files(self, before: int) -> Purge:
        path = self._settings.log.path
        if path is None:
            return Purge(0)
        self._log.turn_over()
        files = log_files(path)
        due = [file for file in files if file.oldest_at <= before]
        for file in due:
            file.path.unlink(missing_ok=True)
        return Purge(len(due), min((file.oldest_at for file in files if file not in due), default=None))
