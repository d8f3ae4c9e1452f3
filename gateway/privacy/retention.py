"""The retention engine: executes the retention classes every minute, and says which of them is overdue."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from gateway.core.ids import now_seconds
from gateway.logs import Event, Log
from gateway.metrics import Metrics
from gateway.privacy.classes import CLASSES, CONTENT, STANDINGS, RetentionClass
from gateway.privacy.key_ends import KeyEnd, next_key
from gateway.privacy.purges import Purges, Run
from gateway.settings import RetentionSection, Settings
from gateway.spool.keyring import Keyring
from gateway.spool.retention import RetentionStore

_LONGEST_PAUSE: Final = 60  # seconds between two runs, fewer where a class lives for minutes
_PAUSES_IN_A_LIFE: Final = 10
# How many runs may pass after something became due until it is overdue.
_RUNS_OF_GRACE: Final = 5
# Seconds between two notes in the spool of when classes were purged: other processes show it.
_NOTED_EVERY: Final = 60


@dataclass(frozen=True, slots=True)
class ClassState:
    """How a retention class stood after the last run: `oldest_seconds` is the age of the oldest that is kept.

    `purged` is how much the last run destroyed: messages, rows, counts or files. `purged_at` is when a run last left
    nothing of it that was due, None before the first; `next_key` is the next of its keys to die.
    """

    name: str
    keeps: timedelta
    oldest_seconds: int | None
    purged: int
    overdue: bool
    purged_at: int | None = None
    next_key: KeyEnd | None = None


@dataclass(slots=True)
class _Found:
    """What a run found of a class; `overdue_at` is when it will be overdue unless a run does better."""

    overdue_at: int
    oldest_at: int | None = None
    purged: int = 0
    was_overdue: bool = False
    purged_at: int | None = None
    next_key: KeyEnd | None = None


def grace(retention: RetentionSection) -> int:
    """Return for how many seconds something may be due until it is overdue: as long as some runs take."""
    return _RUNS_OF_GRACE * _pause_of(retention)


def _pause_of(retention: RetentionSection) -> int:
    shortest = min(int(each.lifetime(retention).total_seconds()) for each in CLASSES)
    return min(_LONGEST_PAUSE, max(1, shortest // _PAUSES_IN_A_LIFE))


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
        self._purges = Purges(settings, store, keyring, metrics=metrics, log=log)
        now = clock()
        self._found = {each.name: _Found(overdue_at=now + self._patience(each)) for each in CLASSES}
        self._overdue_at = min(found.overdue_at for found in self._found.values())
        self._uncut_since: int | None = None
        self._noted_at: int | None = None

    def configure(self, settings: Settings) -> None:
        """Follow other lifetimes from the next run on."""
        self._settings = settings
        self._purges.configure(settings)

    async def start(self) -> None:
        """Run again and again, until `stop`; on return nothing can be opened any more whose time has come."""
        await self._guarded(CONTENT, self._purges.destroy_keys)
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
        await self._guarded(CONTENT, self._purges.destroy_keys)
        for each in CLASSES:
            await self._guarded(each, self._purges.of[each.name])
        for each in self._declared():
            await self._guarded(each, partial(self._look_at_key, each))
        await self._guarded(CONTENT, self._note_in_spool)
        await self._cut_log()
        states = self.states()
        self._tell(states)
        return states

    def overdue(self) -> Sequence[str]:
        """Return the names of the classes of which something should be gone and is not."""
        now = self._clock()
        # Asked for each message.
        if now < self._overdue_at:
            return []
        return [each.name for each in self._declared() if now >= self._found[each.name].overdue_at]

    def cannot_cut(self) -> bool:
        """Tell whether what was destroyed has been in the write-ahead log for longer than some runs take."""
        return self._uncut_since is not None and self._clock() - self._uncut_since >= grace(self._settings.retention)

    def states(self) -> Sequence[ClassState]:
        """Return how every class stands that the operator keeps."""
        now, overdue = self._clock(), self.overdue()
        return [
            ClassState(
                each.name,
                each.lifetime(self._settings.retention),
                None if found.oldest_at is None else max(0, now - found.oldest_at),
                found.purged,
                each.name in overdue,
                found.purged_at,
                found.next_key,
            )
            for each in self._declared()
            for found in (self._found[each.name],)
        ]

    async def _run_on(self) -> None:
        while True:
            await self.run_once()
            await asyncio.sleep(self._pause())

    async def _guarded(self, each: RetentionClass, step: Callable[[int], Awaitable[Run | None]]) -> None:
        now = self._clock()
        try:
            run = await step(now)
        except Exception as error:  # noqa: BLE001 (whatever it was, the other classes are purged, and time tells)
            self._log.error(Event.RETENTION_FAILED, retention_class=each.name, error=error)
            return
        if run is not None:
            self._note(each, run, now)

    def _note(self, each: RetentionClass, run: Run, now: int) -> None:
        found = self._found[each.name]
        found.oldest_at, found.purged = run.purge.oldest_at, run.purge.rows
        # What comes after the run is younger than the run.
        held_since = now if run.held_since is None else min(run.held_since, now)
        found.overdue_at = held_since + self._patience(each)
        self._overdue_at = min(other.overdue_at for other in self._found.values())
        if each is not STANDINGS and held_since >= now - self._purges.lifetime(each):
            found.purged_at = now
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

    def _declared(self) -> Sequence[RetentionClass]:
        return [each for each in CLASSES if each.is_declared(self._settings.retention)]

    def _pause(self) -> int:
        return _pause_of(self._settings.retention)

    def _patience(self, each: RetentionClass) -> int:
        return self._purges.lifetime(each) + grace(self._settings.retention)

    # What goes with the purges.

    async def _prepare_keys(self, now: int) -> None:
        await asyncio.to_thread(self._keyring.prepare, now)

    async def _look_at_key(self, each: RetentionClass, now: int) -> None:
        retention = self._settings.retention
        self._found[each.name].next_key = await asyncio.to_thread(next_key, each, self._keyring, retention, now)

    async def _note_in_spool(self, now: int) -> None:
        if self._noted_at is not None and 0 <= now - self._noted_at < _NOTED_EVERY:
            return
        await self._store.note_purged({
            name: found.purged_at for name, found in self._found.items() if found.purged_at is not None
        })
        self._noted_at = now

    async def _cut_log(self) -> None:
        is_cut = False
        try:
            is_cut = await self._store.truncate_log()
            if not is_cut:
                self._log.warning(Event.CHECKPOINT_BLOCKED)
        except Exception as error:  # noqa: BLE001 (as in `_guarded`)
            self._log.error(Event.RETENTION_FAILED, retention_class=CONTENT.name, error=error)
        self._metrics.checkpoint(is_blocked=not is_cut)
        if is_cut:
            self._uncut_since = None
        elif self._uncut_since is None:
            self._uncut_since = self._clock()
