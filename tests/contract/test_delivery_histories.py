"""Delivery over the real spool: whatever providers answer and whenever processes go, no history breaks a promise."""

import asyncio
import tempfile
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.core.message import Email, Mailbox, Message, Sms
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.core.state import State
from gateway.delivery.registry import Provider
from gateway.provider import Handover
from gateway.settings import DeliverySection, RoutesSection
from tests.fakes.adapters import Clock, ScriptedAdapter, scripted_provider
from tests.fakes.dispatch import DEADLINE, NUMBER, Dispatch, dispatching, until

MAIL = Email(Mailbox("office@praxis.example"), Mailbox("someone@example.org"), "Hello", "Text")
TEXT = Sms(NUMBER, "Text")
NAMES = ("first", "second")
# Doubt is repeated where nothing says otherwise for mail, and at this provider.
IDEMPOTENT = "second"

OUTCOMES = st.one_of(
    st.just(Accepted("ref")),
    st.builds(Rejected, st.sampled_from(Blame), st.just(Reason.REFUSED)),
    st.builds(Deferred, st.sampled_from(Blame), st.just(Reason.UNAVAILABLE)),
    st.just(InDoubt(Reason.TIMEOUT)),
    st.just(Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)),
)


@dataclass
class Call:
    """One call of an adapter; it was cut off where it has no outcome."""

    provider: str
    at: int
    outcome: Outcome | None = None


@dataclass
class NotingAdapter(ScriptedAdapter):
    """Notes its calls by reference, in the order of all adapters that share `calls`."""

    name: str = ""
    clock: Clock = field(default_factory=Clock)
    calls: dict[str, list[Call]] = field(default_factory=dict)

    async def send(self, message: Message, handover: Handover) -> Outcome:
        """Answer by the script, and note it."""
        call = Call(self.name, self.clock.now)
        self.calls.setdefault(handover.reference, []).append(call)
        call.outcome = await super().send(message, handover)
        return call.outcome


@dataclass
class Told:
    """What a test knows of a message."""

    id: str
    reference: str
    message: Message
    expires_at: int
    # How often an operator has let it be tried again, and whether he has given it up.
    releases: int = 0
    is_given_up: bool = False


class Histories(RuleBasedStateMachine):
    """Accepts messages, lets providers answer anything, turns clocks, stops, kills, edits, and decides about doubt."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.calls: dict[str, list[Call]] = {}
        self.told: list[Told] = []
        self.adapters = {name: NotingAdapter(name=name, calls=self.calls) for name in NAMES}
        providers = [self._provider(name) for name in NAMES]
        self.context: AbstractAsyncContextManager[Dispatch] = dispatching(
            Path(self.folder.name), *providers, settings=DeliverySection.model_validate({"drain": "10ms"})
        )
        self.world = self.runner.run(self.context.__aenter__())
        for adapter in self.adapters.values():
            adapter.clock = self.world.clock

    @rule(
        message=st.sampled_from([MAIL, TEXT]),
        in_memory=st.booleans(),
        first=st.lists(OUTCOMES, max_size=2),
        second=st.lists(OUTCOMES, max_size=2),
    )
    def accept(self, message: Message, in_memory: bool, first: list[Outcome], second: list[Outcome]) -> None:
        """A message is accepted, and passed on or left in the spool; providers have their next answers ready."""
        self.adapters["first"].script.extend(first)
        self.adapters["second"].script.extend(second)
        self.runner.run(self._accept(message, in_memory=in_memory))

    @rule(seconds=st.sampled_from([1, 60, 3600, DEADLINE // 3]))
    def turn(self, seconds: int) -> None:
        """Time passes, and what is due by then is handed over."""
        self.world.clock.turn(seconds)
        self.runner.run(self._rest())

    @rule()
    def restart(self) -> None:
        """The process stops in order, and another begins."""
        self.runner.run(self.world.restart())
        self.runner.run(self._rest())

    @rule(message=st.sampled_from([MAIL, TEXT]), name=st.sampled_from(NAMES))
    def kill(self, message: Message, name: str) -> None:
        """The process goes while a provider has a message in hand; another takes over when the lease has ended."""
        self.runner.run(self._kill(message, self.adapters[name]))

    @rule(order=st.permutations(NAMES), count=st.integers(1, 2), renewed=st.sampled_from([None, *NAMES]))
    def switch(self, order: list[str], count: int, renewed: str | None) -> None:
        """The configuration changes: the order of providers, whether both are routed to, the settings of one."""
        if renewed is not None:
            adapter = NotingAdapter(name=renewed, calls=self.calls, clock=self.world.clock)
            adapter.script = self.adapters[renewed].script
            self.adapters[renewed] = adapter
            self.world.providers[renewed] = self._provider(renewed, timeout=f"{30 + len(self.told)}s")
        names = tuple(order[:count])
        self.world.routes = RoutesSection(sms=names, email=names)
        self.runner.run(self._switch())

    @rule(is_release=st.booleans())
    def decide(self, is_release: bool) -> None:
        """An operator lets everything in doubt be tried again, or gives it up."""
        self.runner.run(self._decide(is_release=is_release))

    @rule(seconds=st.sampled_from([60, 3600]))
    def set_back(self, seconds: int) -> None:
        """The spool follows a clock that was set back; what waits is due earlier than it would have been."""
        now = self.world.clock()
        self.runner.run(self.world.spool.set_back(now, seconds, 30))
        self.runner.run(self._rest())

    @invariant()
    def promises_are_kept(self) -> None:
        """What was taken is not sent again, doubt goes to nobody else, and nothing is sent too late."""
        for told in self.told:
            calls = self.calls.get(told.reference, [])
            for number, call in enumerate(calls):
                assert call.at < told.expires_at
                check_next(told, call, calls[number + 1 :])

    def teardown(self) -> None:
        """Every message has come to an end that its calls bear out."""
        self.world.clock.turn(DEADLINE)
        self.runner.run(self._end())
        self.runner.close()
        self.folder.cleanup()

    async def _accept(self, message: Message, *, in_memory: bool) -> None:
        message_id = await self.world.accept(message, owner="" if in_memory else None, wakes=True)
        self._note(message_id, message)
        await self._rest()

    def _note(self, message_id: str, message: Message) -> None:
        work = self.world.last_work
        self.told.append(Told(message_id, work.handover.reference, message, work.expires_at))

    def _provider(self, name: str, timeout: str = "30s") -> Provider:
        return scripted_provider(name, self.adapters[name], idempotent=name == IDEMPOTENT, timeout=timeout)

    async def _switch(self) -> None:
        await self.world.switch()
        await self._rest()

    async def _decide(self, *, is_release: bool) -> None:
        now = self.world.clock()
        for told in self.told:
            if (await self.world.status(told.id)).state is not State.IN_DOUBT:
                continue
            if is_release:
                told.releases += await self.world.spool.release_doubted(told.id, now, 1)
            else:
                told.is_given_up = await self.world.spool.give_up_doubted(told.id, now, 1) == 1
        await self._rest()

    async def _kill(self, message: Message, adapter: NotingAdapter) -> None:
        adapter.gate.clear()
        self._note(await self.world.accept(message), message)
        await asyncio.sleep(0.02)  # as far as it gets
        await self.world.delivery.stop()
        adapter.gate.set()
        self.world.clock.turn(timedelta(seconds=30))
        self.world.delivery = self.world.another()
        await self.world.start()
        await self._rest()

    async def _rest(self) -> None:
        self.world.delivery.wake()

        async def nothing_is_in_hand() -> bool:
            return all([(await self.world.status(told.id)).state is not State.SENDING for told in self.told])

        await asyncio.sleep(0)
        await until(nothing_is_in_hand)

    async def _end(self) -> None:
        await self.world.restart()
        for told in self.told:
            found = await self.world.becomes(told.id, State.SENT, State.FAILED, State.EXPIRED)
            calls = self.calls.get(told.reference, [])
            taken = [call for call in calls if isinstance(call.outcome, Accepted)]
            assert (found.state is State.SENT) == bool(taken)
            assert found.attempts == len(calls)
            if taken:
                assert found.provider == taken[0].provider
            if found.state is State.FAILED and not told.is_given_up:
                assert all(not is_doubt(call) or call.provider == IDEMPOTENT for call in calls)
        await self.context.__aexit__(None, None, None)


def is_doubt(call: Call) -> bool:
    """Whether a provider may have taken what it was called with."""
    return call.outcome is None or isinstance(call.outcome, InDoubt)


def check_next(told: Told, call: Call, after: list[Call]) -> None:
    """Check what came after one call."""
    if isinstance(call.outcome, Accepted):
        assert after == []
    if is_doubt(call):
        assert {each.provider for each in after} <= {call.provider}
        if isinstance(told.message, Sms) and call.provider != IDEMPOTENT:
            assert len(after) <= told.releases
    if isinstance(call.outcome, Rejected) and call.outcome.blame.ends_message:
        # Of a repeat it says nothing about what came before, which stays in doubt.
        assert len(after) <= told.releases


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=20, stateful_step_count=12)
