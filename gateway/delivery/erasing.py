"""Has messages erased at the providers that keep them, as was ordered: one at a time a provider, until it is done."""

import asyncio
import math
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, Protocol

from gateway.core.backoff import Backoff
from gateway.core.ids import now_seconds
from gateway.core.outcome import Reason
from gateway.delivery.lane import Lane
from gateway.delivery.registry import Provider
from gateway.delivery.ticker import Ticker
from gateway.logs import Event, Log
from gateway.metrics import Metrics
from gateway.privacy.classes import ERASURES
from gateway.provider import Erases, Erasure, Gone, NotPossible, NotYet
from gateway.settings import RetentionSection
from gateway.spool.erasures import ErasureOrder, ErasureStore

# Vendors may not let go of a message while it is on its way: minutes mostly, an hour at some, seldom days.
BACKOFF: Final = Backoff(first=timedelta(seconds=2), longest=timedelta(hours=6))

# Part of an order's life after which it is given up, so that this is told before retention takes it.
_GIVEN_UP_AFTER: Final = 14 / 15

_LOOK_EVERY: Final = 1.0  # seconds; where nothing is ordered, which is mostly so, a look is one short read
_LAST_WORDS: Final = 2.0  # seconds: what is cut off is repeated
_IN_A_ROW: Final = 50  # orders of one provider before the others are looked at again
_AT_ONCE: Final = 500  # orders that are given up in one write
_GRACE: Final = 1.25  # times the provider's time-out, as for a hand-over
_SLACK: Final = 5  # seconds from the longest call to the next attempt, where nobody says how it ended

# What says that the provider is away, or wants nothing now: the other orders need not ask.
_OF_THE_PROVIDER: Final = frozenset({
    Reason.CONNECTION_LOST, Reason.CREDENTIALS, Reason.NO_CREDIT, Reason.PROVIDER_ERROR, Reason.QUOTA,
    Reason.RATE_LIMITED, Reason.TIMEOUT, Reason.UNAVAILABLE,
})  # fmt: skip
_AWAY: Final = Backoff(first=timedelta(seconds=1), longest=timedelta(minutes=5))


class HasLanes(Protocol):
    """The delivery: its providers, and the lane of each."""

    @property
    def lane_of(self) -> Callable[[str], Lane | None]:
        """What returns the lane of a configured provider."""

    def providers(self) -> Mapping[str, Provider]:
        """Return the configured providers by name, with open adapters."""


class Eraser:
    """Carries out orders; the bounds and the circuit of each provider's lane hold here too.

    An attempt is on disk before it begins, and the order is due again some time after it, whatever becomes of this
    process. `clock` gives seconds since 1970 UTC.
    """

    def __init__(
        self,
        store: ErasureStore,
        delivery: HasLanes,
        retention: RetentionSection,
        *,
        log: Log,
        metrics: Metrics,
        clock: Callable[[], int] = now_seconds,
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._retention = retention
        self._log = log
        self._metrics = metrics
        self._clock = clock
        self._failures: dict[str, _Failures] = {}
        self._ticker = Ticker(_LOOK_EVERY, self.look, log)

    def configure(self, retention: RetentionSection) -> None:
        """Follow other lifetimes."""
        self._retention = retention

    def start(self) -> None:
        """Begin."""
        self._ticker.start()

    async def stop(self) -> None:
        """Order nothing more; what is cut off is repeated after the next start."""
        await self._ticker.stop(_LAST_WORDS)

    async def look(self) -> bool:
        """Carry out what is due; return whether more is. Raises StoreUnavailableError."""
        oldest_at = await self._store.oldest_erasure()
        if oldest_at is None:
            self._metrics.erasures_waiting(0)
            return False
        if oldest_at < self._clock() - self._patience():
            await self._give_up()
        erasing = [name for name, provider in self._delivery.providers().items() if provider.erases]
        lanes = filter(None, map(self._delivery.lane_of, erasing))
        more = await asyncio.gather(*map(self._work_off, lanes))
        self._metrics.erasures_waiting(await self._store.waiting_erasures())
        return any(more)

    async def _give_up(self) -> None:
        """Forget orders that are too old, whether their provider is still configured or not."""
        before = self._clock() - self._patience()
        for name, count in (await self._store.give_up_erasures(before, _AT_ONCE)).items():
            self._tell_given_up(name, count)

    def _tell_given_up(self, provider: str, count: int) -> None:
        self._metrics.erased(provider, "given_up", count)
        self._log.error(Event.ERASURES_GIVEN_UP, provider=provider, count=count)

    def _patience(self) -> int:
        return int(ERASURES.lifetime(self._retention).total_seconds() * _GIVEN_UP_AFTER)

    async def _work_off(self, lane: Lane) -> bool:
        """Carry out one provider's orders; return whether there may be more."""
        failures = self._failures.setdefault(lane.name, _Failures())
        for _ in range(_IN_A_ROW):
            now = self._clock()
            due_at = await self._store.next_erasure(lane.name)
            if due_at is None or due_at > now or now < failures.until or lane.wait_for_call():
                return False
            order = await self._store.take_erasure(lane.name, now, now + math.ceil(_longest(lane)) + _SLACK)
            if order is None:  # another process has it
                continue
            erasure = await self._erase(lane, order)
            failures.note(erasure, self._clock())
            await self._record(order, erasure)
        return True

    async def _erase(self, lane: Lane, order: ErasureOrder) -> Erasure:
        """Call the adapter; whatever it does, it is an answer."""
        adapter = lane.provider.adapter
        if not isinstance(adapter, Erases):
            return NotPossible(Reason.REFUSED)
        lane.count_call()
        try:
            async with asyncio.timeout(_longest(lane)):
                answer: object = await adapter.erase(order.provider_ref)
        except TimeoutError:
            return NotYet(Reason.TIMEOUT)
        except Exception as error:  # noqa: BLE001 (an adapter may be anybody's)
            self._log.error(Event.TASK_FAILED, provider=lane.name, error=error)
            return NotYet(Reason.PROVIDER_ERROR)
        return answer if isinstance(answer, Erasure) else NotYet(Reason.PROVIDER_ERROR)

    async def _record(self, order: ErasureOrder, erasure: Erasure) -> None:
        """Settle an order, or let it be tried again as long as it lives."""
        if isinstance(erasure, Gone):
            await self._store.settle_erasure(order.number)
            self._metrics.erased(order.provider, "erased")
            self._log.info(Event.ERASED_THERE, provider=order.provider, attempts=order.attempts)
            return
        if isinstance(erasure, NotPossible):
            await self._store.settle_erasure(order.number)
            self._metrics.erased(order.provider, "impossible")
            self._log.error(Event.ERASURE_REFUSED, provider=order.provider, reason=erasure.reason)
            return
        wait = BACKOFF.wait(order.attempts, at_least=erasure.retry_after)
        due_at = self._clock() + math.ceil(wait.total_seconds())
        self._log.info(Event.ERASURE_PUT_OFF, provider=order.provider, reason=erasure.reason, attempts=order.attempts)
        if due_at > order.ordered_at + self._patience():
            await self._store.settle_erasure(order.number)
            self._tell_given_up(order.provider, 1)
            return
        await self._store.put_off_erasure(order.number, due_at)
        self._metrics.erased(order.provider, "later")


class _Failures:
    """How often in a row a provider was away, in memory only, and until when it is left alone for that."""

    def __init__(self) -> None:
        self.until = 0
        self._count = 0

    def note(self, erasure: Erasure, now: int) -> None:
        """Note an answer."""
        if isinstance(erasure, NotYet) and erasure.reason in _OF_THE_PROVIDER:
            self._count += 1
            self.until = now + math.ceil(_AWAY.wait(self._count).total_seconds())
        else:
            self._count = self.until = 0


def _longest(lane: Lane) -> float:
    return lane.provider.settings.timeout.total_seconds() * _GRACE
