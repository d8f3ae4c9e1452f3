"""Delivery: what is due goes to a provider, within bounds, until it is told to stop."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gateway.core.ids import new_reference, now_seconds
from gateway.core.outcome import Reason
from gateway.core.state import KEEPS_CONTENT, State
from gateway.delivery.attempt import Attempts
from gateway.delivery.desk import Desk, Policy
from gateway.delivery.lane import Lane
from gateway.delivery.lanes import Lanes
from gateway.delivery.leases import Leases
from gateway.delivery.patience import Patience
from gateway.delivery.registry import Provider
from gateway.delivery.room import Room
from gateway.delivery.routing import Routing
from gateway.delivery.steps import NextProvider, Tally, end_of_route, give_up, interrupt
from gateway.delivery.sweep import Sweep
from gateway.delivery.ticker import Ticker
from gateway.delivery.waiters import Waiters
from gateway.delivery.work import Work
from gateway.logs import Event, Log
from gateway.metrics import Metrics
from gateway.settings import DeliverySection
from gateway.spool.sealing import Sealer
from gateway.spool.store import AttemptEnd, LeasedMessage, Store, StoreUnavailableError

_LEASE_EVERY: Final = 1.0  # seconds: due times are whole seconds
_SWEEP_EVERY: Final = 5.0  # seconds

# After a drain: what is cut off may close its connection, and what was not begun is given back.
_LAST_WORDS: Final = 5.0  # seconds

# Messages given back in one write.
_AT_ONCE: Final = 500

# What a message that is waited for does not rest in: it is tried again by itself.
_UNSETTLED: Final = KEEPS_CONTENT - {State.IN_DOUBT}


class Delivery:
    """Hands messages over in the name of `owner`; one process has one.

    Messages come from intake through `submit`, leased to `owner` at their insert, or are read from the spool. `clock`
    gives seconds since 1970 UTC, `timer` those of a monotonic clock. `introduce` is called with each provider before
    its adapter is opened. `share` is how many processes hand over to the same providers.
    """

    def __init__(
        self,
        store: Store,
        sealer: Sealer,
        settings: DeliverySection,
        *,
        log: Log,
        metrics: Metrics,
        share: int = 1,
        clock: Callable[[], int] = now_seconds,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.introduce: Callable[[Provider], None] = lambda _: None
        # How a message ends that must not be sent, because of what its recipient asked for.
        self.suppressed: Callable[[Work, int], AttemptEnd | None] = lambda *_: None
        self.owner = new_reference()
        self._desk = Desk(store, self.owner, Policy.of(settings), log, metrics, clock, timer, Patience(log), share)
        self._log = log
        self._drain = settings.drain.total_seconds()
        self._room = Room(settings.in_memory)
        self._waiters = Waiters()
        self._held: dict[str, Work] = {}
        self._returned: list[Work] = []
        self._is_running = False
        self._is_over = False
        self._late: asyncio.Task[None] | None = None
        self._switching = asyncio.Lock()
        self._retiring: set[asyncio.Task[None]] = set()
        self._lanes = Lanes(self._desk, self._work_on, self.wake)
        self.lane_of, self.agree = self._lanes.get, self._lanes.agree
        self._attempts = Attempts(self._desk)
        self._leases = Leases(self._desk, sealer, self.submit, self._end, lanes=self._lanes, room=self._room)
        lease = settings.lease.total_seconds()
        self._sweep = Sweep(self._desk, self._lanes, self.wake, max(1, int(lease)))
        self._keeper = Ticker(lease / 3, self._sweep.keep_alive, log)
        self._sweeper = Ticker(_SWEEP_EVERY, self._sweep.run, log)
        self._leaser = Ticker(_LEASE_EVERY, self._leases.read, log)

    async def start(self, providers: Mapping[str, Provider], routing: Routing) -> None:
        """Open the providers and begin. Raises StoreUnavailableError."""
        await self._sweep.keep_alive()
        await self.switch(providers, routing)
        self._is_running = True
        for ticker in (self._keeper, self._sweeper, self._leaser):
            ticker.start()

    def configure(self, settings: DeliverySection) -> None:
        """Follow another policy from now on; lease and room stay what they were at the start."""
        self._desk.policy = Policy.of(settings)
        self._drain = settings.drain.total_seconds()

    async def take_over(self, providers: Mapping[str, Provider], routing: Routing) -> None:
        """Take over a configuration: from now on nothing begins under the old one.

        A provider that is as it was keeps its adapter; of the others, hand-overs end as they began. Raises what an
        adapter raises that cannot be opened; then everything is as it was.
        """
        async with self._switching:
            await self._open(self._lanes.fresh(providers))
            gone = self._lanes.set(providers, routing)
            self.wake()
            self._desk.metrics.configure(providers)
        task = asyncio.get_running_loop().create_task(self._retire(gone))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def switch(self, providers: Mapping[str, Provider], routing: Routing) -> None:
        """Take over a configuration, and return when the hand-overs under the old one have ended."""
        await self.take_over(providers, routing)
        await self._retired()

    async def _open(self, providers: Sequence[Provider]) -> None:
        opened: list[Provider] = []
        try:
            for provider in providers:
                self.introduce(provider)
                await provider.adapter.open()
                opened.append(provider)
        except BaseException:
            for provider in opened:
                await provider.adapter.close()
            raise

    async def _retire(self, gone: Sequence[Lane]) -> None:
        for lane in gone:
            await lane.crew.finish()
            self._lanes.forget(lane)
            await lane.provider.adapter.close()
        # A hand-over that ended just now was counted for a provider that is gone.
        self._desk.metrics.configure([lane.name for lane in self._lanes.all])

    async def _retired(self) -> None:
        if self._retiring:
            await asyncio.wait(set(self._retiring))

    async def stop(self) -> None:
        """Begin nothing more, let hand-overs end within `drain`, and give back the rest.

        What is cut off stays as an open attempt on disk: whoever takes it over finds it in doubt.
        """
        self._is_running = False
        self._lanes.stop()
        self._waiters.settle_all()
        await self._leaser.stop(self._drain)
        await self._finish()
        await self._sweeper.stop(_LAST_WORDS)
        self._returned += self._lanes.empty()
        self._is_over = True
        await self._give_back()
        await self._keeper.stop(_LAST_WORDS)
        async with self._switching:
            await self._retired()  # their hand-overs have ended by now
            for lane in self._lanes.all:
                await lane.provider.adapter.close()

    def providers(self) -> Mapping[str, Provider]:
        """Return the configured providers by name, with the adapters that are open."""
        return {lane.name: lane.provider for lane in self._lanes.all}

    def circuits(self) -> Mapping[str, Reason | None]:
        """Return the providers that are left alone now, with the reason."""
        return {lane.name: lane.circuit.reason for lane in self._lanes.all if lane.circuit.is_open}

    def has_room(self, client_id: int | None = None) -> bool:
        """Whether intake may lease a new message to `owner` at its insert and pass it on; of a client, its share."""
        return self._is_running and self._room.has_room(client_id)

    def room_for(self, client_id: int, count: int) -> int:
        """Return how many of a client's `count` messages intake may lease to `owner` at their insert, and pass on."""
        return self._room.room_for(client_id, count) if self._is_running else 0

    def submit(self, work: Work) -> None:
        """Take a message that is durable and leased to `owner`; one that is here already is left as it is."""
        if work.id in self._held:
            return
        self._held[work.id] = work
        self._room.take(work)
        if self._is_running:
            self._lanes.admit(work)
            return
        self._returned.append(work)
        if self._is_over:  # a request was at work still: without this its message waits for the end of the lease
            self._late = asyncio.get_running_loop().create_task(self._give_back())

    def wake(self) -> None:
        """Look into the spool now: something was put there that is due."""
        self._leaser.ring()

    async def wait_for(self, message_id: str, timeout: float) -> None:  # noqa: ASYNC109 (running out is no error here)
        """Wait until a message's hand-over has ended or is in doubt, for at most `timeout` seconds.

        Returns all the same where it has not, where there is no such message, and at a stop. Raises
        StoreUnavailableError.
        """
        future = self._waiters.add(message_id)
        try:
            if self._is_running and (message_id in self._held or await self._is_pending(message_id)):
                await asyncio.wait({future}, timeout=timeout)
        finally:
            self._waiters.remove(message_id, future)

    async def _is_pending(self, message_id: str) -> bool:
        status = await self._desk.store.status(message_id)
        return status is not None and status.state in _UNSETTLED

    async def _work_on(self, lane: Lane | None, work: Work) -> None:
        """Bring one message one step on; whatever goes wrong in it is this message's alone."""
        try:
            await self._advance(lane, work)
        except StoreUnavailableError:
            self._returned.append(work)
        except asyncio.CancelledError:
            if not work.is_out:
                self._returned.append(work)
            raise
        except Exception as error:  # noqa: BLE001 (a bug must not end the lane)
            self._log.error(Event.TASK_FAILED, message=work.id, error=error)
            in_doubt = work.is_out or work.doubted_provider is not None
            await self._end(work, give_up(Reason.PROVIDER_ERROR, in_doubt=in_doubt))

    async def _advance(self, lane: Lane | None, work: Work) -> None:
        if self._desk.clock() >= work.expires_at:
            await self._end(work, self._attempts.past_deadline(work))
            self._sweeper.ring()
            return
        if (end := work.refusal or self.suppressed(work, self._desk.clock())) is not None:
            await self._end(work, end)
            return
        chosen = self._lanes.choose(work)
        if isinstance(chosen, Tally):
            provider = self._lanes.provider(work.doubted_provider)
            await self._end(work, end_of_route(chosen, self._desk.policy.case(work, provider, self._desk.clock())))
        elif chosen is lane:
            await self._attempt(lane, work)
        else:
            # Since it was put in line its provider was left alone, or taken out of the configuration.
            chosen.crew.put(work, first=work.open_at is not None)

    async def _attempt(self, lane: Lane, work: Work) -> None:
        step = await self._attempts.attempt(work, lane, stops=lambda: not self._is_running)
        if step is None:
            self._let_go(work.id)
        elif isinstance(step, NextProvider):
            work.tally, work.is_out = step.tally, False
            self._lanes.place(work, first=True)
        else:
            await self._end(work, step)

    async def _end(self, work: Work | LeasedMessage, end: AttemptEnd) -> None:
        try:
            await self._attempts.record(work, end)
        finally:
            self._let_go(work.id)
        if end.state not in _UNSETTLED:
            self._waiters.settle(work.id)

    def _let_go(self, message_id: str) -> None:
        work = self._held.pop(message_id, None)
        if work is None:
            return
        self._room.give_back(work)
        if self._leases.is_held_up and self._room.is_worth_leasing:
            self._leaser.ring()

    async def _finish(self) -> None:
        """Let what is in hand end within the drain, then cut it off."""
        try:
            async with asyncio.timeout(self._drain):
                await self._lanes.finish()
        except TimeoutError:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_WORDS):
                    await self._lanes.cancel()

    async def _give_back(self) -> None:
        """Give back what was not handed over; where the spool cannot be written, the end of the lease does it."""
        works, self._returned = self._returned, []
        untouched = [work.id for work in works if work.open_at is None]
        refused = [work for work in works if work.open_at is not None]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                await self._desk.patience.call(lambda: self._release(untouched))
                for work in refused:
                    await self._attempts.record(work, interrupt(work.tally, self._desk.clock()))

    async def _release(self, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), _AT_ONCE):
            await self._desk.store.release(self.owner, ids[start : start + _AT_ONCE], self._desk.clock())
