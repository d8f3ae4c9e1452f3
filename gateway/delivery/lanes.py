"""The lanes of the configured providers, and which of them a message takes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.delivery.crew import Crew
from gateway.delivery.desk import Desk
from gateway.delivery.lane import Lane
from gateway.delivery.registry import Provider
from gateway.delivery.routing import Routing
from gateway.delivery.steps import Tally
from gateway.delivery.work import Work
from gateway.logs import Event
from gateway.privacy.consent import Agreement

# Tasks for messages that no lane takes now: all that is done is to write that down.
_ASIDE: Final = 8

WorkOn = Callable[[Lane | None, Work], Awaitable[None]]


class Lanes:
    """One lane a provider, and one aside for messages that no provider takes now.

    `work_on` is called with each message when its turn comes, and with its lane; `reopened` when a provider that was
    left alone may be asked again.
    """

    def __init__(self, desk: Desk, work_on: WorkOn, reopened: Callable[[], None]) -> None:
        self._desk = desk
        self._log = desk.log
        self._work_on = work_on
        self._reopened = reopened
        self._lanes: dict[str, Lane] = {}
        self._routing: Routing | None = None
        self._aside = Crew(_ASIDE, lambda work: work_on(None, work))
        self._left: list[Lane] = []
        # Of clients that have changed theirs; whoever is not here has the one that came with the message.
        self._agreements: dict[int, Agreement] = {}

    @property
    def all(self) -> Sequence[Lane]:
        """The lanes of the providers that are configured now."""
        return tuple(self._lanes.values())

    def get(self, name: str) -> Lane | None:
        """Return the lane of a configured provider."""
        return self._lanes.get(name)

    def provider(self, name: str | None) -> Provider | None:
        """Return a configured provider by name."""
        lane = self._lanes.get(name) if name else None
        return None if lane is None else lane.provider

    def fresh(self, providers: Mapping[str, Provider]) -> Sequence[Provider]:
        """Return those that are not here as they are in `providers`: the ones that a `set` would make lanes for."""
        return [each for name, each in providers.items() if not _is_same(self.provider(name), each)]

    def set(self, providers: Mapping[str, Provider], routing: Routing) -> Sequence[Lane]:
        """Take over a configuration; return the lanes that are left behind with what they have in hand.

        A provider whose type and settings are as they were keeps its lane. What waits finds its lane anew.
        """
        waiting = self.empty()
        fresh = {each.name: self._make(each) for each in self.fresh(providers)}
        gone = [lane for name, lane in self._lanes.items() if name in fresh or name not in providers]
        for lane in gone:
            lane.crew.stop()
        self._left += gone
        self._lanes = {name: fresh.get(name) or self._lanes[name] for name in providers}
        self._routing = routing
        for work in waiting:
            self.admit(work)
        return gone

    def forget(self, lane: Lane) -> None:
        """Drop a lane that was left behind and has nothing in hand."""
        self._left.remove(lane)

    def agree(self, agreements: Mapping[int, Agreement]) -> None:
        """Hold messages to what their clients agree to now, those too that are here; clients are told by number."""
        self._agreements.update(agreements)
        for work in self.empty():
            self.admit(work)

    def admit(self, work: Work) -> None:
        """Find a message's route, and let it wait for its turn."""
        self._route(work)
        self._put(work)

    def _route(self, work: Work) -> None:
        try:
            self._find_route(work)
        except Exception as error:  # noqa: BLE001 (the message is durable: whoever passes it on has answered for it)
            self._log.error(Event.TASK_FAILED, message=work.id, error=error)
            work.route = ()

    def _find_route(self, work: Work) -> None:
        routing = self._routing
        work.agreement = self._agreements.get(work.client_id, work.agreement)
        if routing is None:
            work.route = ()
            return
        work.route = routing.candidates(work.message, work.client_name, work.agreement)
        doubted = work.doubted_provider
        if doubted is not None:
            work.is_barred = doubted in self._lanes and not routing.allows(doubted, work.agreement)
        else:
            work.is_barred = not work.route and routing.has_route(work.message, work.client_name)

    def place(self, work: Work, *, first: bool = False) -> None:
        """Let a message that was in hand wait in the lane that it takes now, or aside."""
        if work.client_id in self._agreements:
            self._route(work)
        self._put(work, first=first)

    def _put(self, work: Work, *, first: bool = False) -> None:
        chosen = self.choose(work)
        crew = chosen.crew if isinstance(chosen, Lane) else self._aside
        crew.put(work, first=first)

    def choose(self, work: Work) -> Lane | Tally:
        """Return the lane that a message takes now; where there is none, what stands in the way, with what was said.

        A message in doubt has one provider, whatever the routes say.
        """
        names = work.route if work.doubted_provider is None else (work.doubted_provider,)
        tally = work.tally
        for name in names:
            lane = self._lanes.get(name)
            if lane is None or name in tally.tried:
                continue
            wait = lane.wait()
            if not wait:
                return lane
            tally = tally.skip(lane.reason, wait)
        return tally

    def ready_channels(self) -> frozenset[Channel]:
        """Return the channels for which a provider may be asked now."""
        return frozenset(
            channel for lane in self._lanes.values() if not lane.wait() for channel in lane.provider.type.channels
        )

    def empty(self) -> list[Work]:
        """Return everything that waits; it is in no lane any more."""
        return [work for crew in self._crews() for work in crew.empty()]

    def stop(self) -> None:
        """Begin nothing more; what is in hand goes on."""
        for crew in self._crews():
            crew.stop()

    async def finish(self) -> None:
        """Wait for what is in hand, after a stop."""
        for crew in self._crews():
            await crew.finish()

    async def cancel(self) -> None:
        """End what is in hand where it stands."""
        for crew in self._crews():
            await crew.cancel()

    def _crews(self) -> list[Crew]:
        return [*(lane.crew for lane in (*self._lanes.values(), *self._left)), self._aside]

    def _make(self, provider: Provider) -> Lane:
        for forget in (self._desk.metrics.circuit, self._desk.metrics.account):
            forget(provider.name, False)  # noqa: FBT003 (what was known is known of another lane)
        return Lane(
            provider,
            self._work_on,
            share=self._desk.share,
            timer=self._desk.timer,
            changed=self._circuit_changed,
            refused=self._account_refused,
        )

    def _is_here(self, lane: Lane) -> bool:
        return self._lanes.get(lane.name) is lane

    def _account_refused(self, lane: Lane, reason: Reason | None) -> None:
        if self._is_here(lane):
            self._desk.metrics.account(lane.name, reason is not None)
        if reason is not None:
            self._log.error(Event.ACCOUNT_REFUSED, provider=lane.name, reason=reason)
        else:
            self._log.info(Event.ACCOUNT_ACCEPTED, provider=lane.name)

    def _circuit_changed(self, lane: Lane, is_open: bool) -> None:  # noqa: FBT001 (the one thing that it says)
        if self._is_here(lane):
            self._desk.metrics.circuit(lane.name, is_open)
        if is_open:
            self._log.warning(Event.CIRCUIT_OPENED, provider=lane.name, reason=lane.circuit.reason)
        else:
            self._log.info(Event.CIRCUIT_CLOSED, provider=lane.name)
            self._reopened()


def _is_same(old: Provider | None, new: Provider) -> bool:
    return old is not None and old.type is new.type and old.settings == new.settings
