"""One hand-over: from the intention on disk to the recorded outcome."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from gateway.core.outcome import Accepted, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.core.state import State
from gateway.delivery.desk import Desk
from gateway.delivery.lane import Lane
from gateway.delivery.registry import Provider
from gateway.delivery.steps import Step, next_step
from gateway.delivery.work import Work
from gateway.logs import Event
from gateway.metrics import FINISHED, OutcomeName
from gateway.spool.store import AttemptEnd, LeasedMessage

# An adapter keeps its provider's time-out itself and knows best what it means; one that hangs is cut off after this
# many times of it.
_GRACE: Final = 1.25

_NAMES: Final[dict[type[Outcome], OutcomeName]] = {
    Accepted: "accepted",
    Rejected: "rejected",
    Deferred: "deferred",
    InDoubt: "in_doubt",
}


class Attempts:
    """Makes attempts and records how they end."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._store = desk.store
        self._log = desk.log
        self._clock = desk.clock

    async def attempt(self, work: Work, lane: Lane, *, stops: Callable[[], bool]) -> Step | None:
        """Hand a message to a lane's provider and decide what comes next; None when it is no longer ours.

        The intention is on disk before the first byte leaves. Raises StoreUnavailableError when the intention cannot
        be written and `stops` says that it is no use to wait; nothing was sent then.
        """
        outcome = None
        lane.admit()
        try:
            if not await self._begin(work, lane, stops):
                return None
            if self._clock() >= work.expires_at:
                return self.past_deadline(work)
            outcome, seconds = await self._send(work, lane.provider)
        finally:
            if outcome is None:
                lane.circuit.abandon()
        lane.record(outcome, seconds)
        step = next_step(outcome, work.tally, self._desk.policy.case(work, lane.provider, self._clock()))
        if lane.tells and isinstance(step, AttemptEnd) and step.state is State.SENT:
            return replace(step, awaits_report=True)
        return step

    async def record(self, work: Work | LeasedMessage, end: AttemptEnd) -> None:
        """Write down how an attempt ended, as soon as the spool lets it be written: it is never sent again instead."""
        recorded = await self._desk.patience.call(
            lambda: self._store.finish_attempt(work.id, self._desk.owner, end, self._clock())
        )
        if not recorded:
            self._log.info(Event.LEASE_LOST, message=work.id, state=end.state)
            await self._erase_there(work, end)
            return
        if end.state in FINISHED:
            self._desk.metrics.finished(work.channel, end.state)
        write = self._log.debug if end.state is State.SENT else self._log.info
        write(Event.MESSAGE_FINISHED, message=work.id, state=end.state, reason=end.reason, attempts=work.attempts)

    async def _erase_there(self, work: Work | LeasedMessage, end: AttemptEnd) -> None:
        """Order the erasure of what a provider took while it was erased here."""
        if not isinstance(work, Work) or None in (work.erased_after, work.open_at, end.provider_ref):
            return
        if await self._desk.patience.call(lambda: self._store.status(work.id)) is None:
            now = self._clock()
            order = str(work.open_at), str(end.provider_ref), now, now + (work.erased_after or 0)
            await self._desk.patience.call(lambda: self._store.order_erasure(*order))

    def past_deadline(self, work: Work) -> AttemptEnd:
        """End a message's stay in memory after its deadline: in a state from which it expires."""
        state = State.DEFERRED if work.doubted_provider is None else State.IN_DOUBT
        return AttemptEnd(state, Reason.DEADLINE)

    async def _begin(self, work: Work, lane: Lane, stops: Callable[[], bool]) -> bool:
        calls = 0

        async def begin() -> bool:
            nonlocal calls
            calls += 1
            return await self._store.begin_attempt(work.id, self._desk.owner, lane.name, self._clock())

        if await self._desk.patience.call(begin, ends=stops):
            work.attempts += 1
            work.open_at = lane.name
            work.erased_after = lane.provider.erased_after
            work.tally = work.tally.ask(lane.name)
            return True
        if calls > 1:
            # A call that failed may have been written all the same: then the attempt is open, and nothing was sent.
            await self.record(work, AttemptEnd(State.DEFERRED, Reason.UNAVAILABLE, due_at=self._clock()))
        else:
            self._log.info(Event.LEASE_LOST, message=work.id, provider=lane.name)
        return False

    async def _send(self, work: Work, provider: Provider) -> tuple[Outcome, float]:
        began_at = time.perf_counter()
        work.is_out = True
        outcome = await self._guarded(work, provider)
        seconds = time.perf_counter() - began_at
        name = _NAMES[type(outcome)]
        self._desk.metrics.attempted(provider.name, name, seconds)
        self._log.debug(Event.ATTEMPT_ENDED, message=work.id, provider=provider.name, outcome=name, seconds=seconds)
        return outcome, seconds

    async def _guarded(self, work: Work, provider: Provider) -> Outcome:
        """Call the adapter; whatever else it does than to return an outcome is in doubt."""
        try:
            async with asyncio.timeout(provider.settings.timeout.total_seconds() * _GRACE):
                outcome = await provider.adapter.send(work.message, work.handover)
        except TimeoutError:
            return InDoubt(Reason.TIMEOUT)
        except asyncio.CancelledError as error:
            if _is_being_cancelled():
                raise
            fault: object = error
        except Exception as error:  # noqa: BLE001 (an adapter may be anybody's)
            fault = error
        else:
            if type(outcome) in _NAMES:
                return outcome
            fault = TypeError
        self._log.error(Event.ATTEMPT_FAILED, message=work.id, provider=provider.name, error=fault)
        return InDoubt(Reason.PROVIDER_ERROR)


def _is_being_cancelled() -> bool:
    """Whether somebody cancels this task, not the adapter a task of its own."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
