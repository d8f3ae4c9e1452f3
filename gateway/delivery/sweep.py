"""What delivery does on schedule: says that it lives, takes over from the dead, ends what is too late, counts."""

from collections.abc import Callable
from typing import Final

from gateway.delivery.clock_watch import ClockWatch
from gateway.delivery.desk import Desk
from gateway.delivery.lanes import Lanes
from gateway.logs import Event

# Messages that expire in one write.
_AT_ONCE: Final = 500


class Sweep:
    """The spool's regular needs; `lease` is in seconds, `wake` is called when something was taken over."""

    def __init__(self, desk: Desk, lanes: Lanes, wake: Callable[[], None], lease: int) -> None:
        self._desk = desk
        self._lanes = lanes
        self._wake = wake
        self._lease = lease
        self._clock_watch = ClockWatch(desk.clock, desk.timer)
        self._recovers_from = desk.timer()

    async def keep_alive(self) -> bool:
        """Say that this process lives for another lease. Raises StoreUnavailableError."""
        await self._watch_clock()
        await self._desk.store.keep_alive(self._desk.owner, self._desk.clock() + self._lease)
        return False

    async def run(self) -> bool:
        """Do the rest; return whether more is left to expire. Raises StoreUnavailableError.

        This process says first that it lives, so that after a long sleep of the machine it does not take its own
        messages for those of a dead one.
        """
        await self.keep_alive()
        if self._desk.timer() >= self._recovers_from:
            await self._recover()
        now = self._desk.clock()
        expired = await self._desk.store.expire(now, _AT_ONCE)
        if expired:
            self._desk.metrics.expired(expired)
            self._desk.log.info(Event.MESSAGE_EXPIRED, count=expired.total())
        await self._count(now)
        return expired.total() == _AT_ONCE

    async def _watch_clock(self) -> None:
        step = self._clock_watch.look()
        if not step:
            return
        # Others may not have noticed yet: they say first that they live.
        self._recovers_from = self._desk.timer() + self._lease
        self._desk.log.warning(Event.CLOCK_SET_FORWARD if step > 0 else Event.CLOCK_SET_BACK, seconds=abs(step))
        if step < 0:
            await self._desk.store.set_back(self._desk.clock(), -step, self._lease)
            self._wake()

    async def _recover(self) -> None:
        idempotent = (lane.name for lane in self._lanes.all if lane.provider.type.capabilities.idempotent)
        policy = self._desk.policy.repeats(frozenset(idempotent))
        recovered = await self._desk.store.recover(self._desk.clock(), policy)
        if recovered.queued or recovered.in_doubt:
            self._desk.log.warning(Event.RECOVERED, count=recovered.queued + recovered.in_doubt)
            self._wake()

    async def _count(self, now: int) -> None:
        depths = await self._desk.store.queue_depths()
        self._desk.metrics.queue([
            (each.channel, each.state, each.count, None if each.oldest_at is None else max(0, now - each.oldest_at))
            for each in depths
        ])
