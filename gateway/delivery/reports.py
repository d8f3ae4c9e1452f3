"""Providers' reports become states; what comes too early is held for a while and told again."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.core.ids import now_seconds
from gateway.core.report import REPORTED, Report
from gateway.core.state import State
from gateway.delivery.registry import Provider
from gateway.delivery.ticker import Ticker
from gateway.logs import Event, Log
from gateway.metrics import Metrics
from gateway.provider import Announces
from gateway.spool.references import References
from gateway.spool.reports import Effect, ReportStore, Telling, Told
from gateway.spool.store import StoreUnavailableError

# Seconds between one telling of an early report and the next: together longer than any hand-over takes.
_WAITS: Final = (1, 2, 4, 8, 15, 30, 60, 120)

# Reports that are held at the same time; a report is some hundred bytes.
MOST_HELD: Final = 10_000

_TURN_EVERY: Final = 1.0  # seconds
_LAST_WORDS: Final = 5.0  # seconds
_MAX_REF: Final = 128  # characters


@dataclass(frozen=True, slots=True)
class _Held:
    """When an early report is told again, and how often it has been."""

    due_at: int
    tellings: int = 0


class Reports:
    """Takes what providers tell of messages. `clock` gives seconds since 1970 UTC.

    A report can come before the answer to its hand-over was written down: it is held in memory, at most `most_held` of
    them, and told again with growing waits. A report that finds nothing at the end is of a message that was erased.
    """

    def __init__(
        self,
        store: ReportStore,
        references: References,
        *,
        log: Log,
        metrics: Metrics,
        clock: Callable[[], int] = now_seconds,
        most_held: int = MOST_HELD,
    ) -> None:
        self._most_held = most_held
        self._store = store
        self._references = references
        self._log = log
        self._metrics = metrics
        self._clock = clock
        self._held: dict[Told, _Held] = {}
        self._ticker = Ticker(_TURN_EVERY, self.tell_again, log)

    @property
    def held(self) -> int:
        """How many reports are held."""
        return len(self._held)

    def start(self) -> None:
        """Begin to tell held reports again."""
        self._ticker.start()

    async def stop(self) -> None:
        """Tell what is held for the last time, and let go of it."""
        await self._ticker.stop(_LAST_WORDS)
        self._held = {told: replace(held, due_at=0) for told, held in self._held.items()}
        try:
            await self.tell_again()
        except StoreUnavailableError as error:
            self._log.warning(Event.SPOOL_UNAVAILABLE, error=error)

    async def take(self, provider: str, reports: Sequence[Report]) -> None:
        """Write down what a configured provider told. Raises StoreUnavailableError: the provider has to repeat it."""
        told = [each for report in reports if (each := self.told(provider, report)) is not None]
        for each, telling in zip(told, await self._tell(told), strict=True):
            if _may_be_early(each, telling):
                self._hold(each)
            else:
                self._conclude(each, telling)

    def told(self, provider: str, report: Report) -> Told | None:
        """Return a report in the spool's words; None for what no report can say."""
        ref = report.provider_ref
        if report.state not in REPORTED or (ref is not None and not _is_writable(ref)):
            return None
        found = None if report.reference is None else self._references.message_id(report.reference)
        part = report.part if report.part is None or _is_writable(report.part) else "?"
        return Told(provider, report.state, found, ref, report.reason, part, report.parts)

    def introduce(self, provider: Provider) -> None:
        """Let an adapter that hears of reports by itself tell them here."""

        async def take(reports: Sequence[Report]) -> bool:
            try:
                await self.take(provider.name, reports)
            except StoreUnavailableError as error:
                self._log.warning(Event.SPOOL_UNAVAILABLE, error=error)
                return False
            return True

        if isinstance(provider.adapter, Announces):
            provider.adapter.announce_to(take)

    async def tell_again(self) -> bool:
        """Tell the held reports whose time has come; False: there is nothing to do at once."""
        now = self._clock()
        due = [told for told, held in self._held.items() if held.due_at <= now]
        for told, telling in zip(due, await self._tell(due), strict=True):
            held = self._held.pop(told, _Held(now))
            if _may_be_early(told, telling) and held.tellings + 1 < len(_WAITS):
                tellings = held.tellings + 1
                self._held[told] = _Held(now + _WAITS[tellings], tellings)
            else:
                self._conclude(told, telling)
        return False

    async def _tell(self, told: Sequence[Told]) -> Sequence[Telling]:
        """Tell all at the same time: the spool writes what waits together."""
        now = self._clock()
        return await asyncio.gather(*(self._store.report(each, now) for each in told))

    def _hold(self, told: Told) -> None:
        self._metrics.reported(told.provider, "early")
        if told not in self._held and len(self._held) < self._most_held:
            self._held[told] = _Held(self._clock() + _WAITS[0])

    def _conclude(self, told: Told, telling: Telling) -> None:
        self._metrics.reported(told.provider, telling.effect.value)
        if telling.effect is not Effect.CHANGED or telling.channel is None or telling.state is None:
            return
        self._metrics.finished(telling.channel, telling.state)
        write = self._log.info if telling.state is State.UNDELIVERED else self._log.debug
        write(
            Event.MESSAGE_FINISHED,
            message=telling.message_id,
            provider=told.provider,
            state=telling.state,
            reason=told.reason,
        )


def _is_writable(text: str) -> bool:
    """Whether an id can be looked for; half a surrogate pair, which a call may hold, cannot be."""
    return 0 < len(text) <= _MAX_REF and text.isprintable()


def _may_be_early(told: Told, telling: Telling) -> bool:
    """Whether it may find more later: an attempt is open, or nothing is known of the vendor's id yet.

    With our own reference a message that is not there is gone for good.
    """
    return telling.effect is Effect.EARLY or (telling.effect is Effect.UNKNOWN and told.message_id is None)
