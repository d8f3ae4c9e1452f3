"""The spool's contract: whatever is called in whatever order, a message moves legally and is never in two hands."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.report import REPORTED
from gateway.core.state import KEEPS_CONTENT, MOVES, State
from gateway.spool.reports import Effect, Told
from gateway.spool.store import AttemptEnd, RepeatPolicy, Store
from tests.contract.spool_rooms import DAY, HOUR, NOW, implementations, message, opened

OWNERS = ("owner-a", "owner-b")
PROVIDERS = ("alpha", "beta")
ENDS = (
    AttemptEnd(State.SENT, segments=1),
    AttemptEnd(State.FAILED, Reason.REFUSED),
    AttemptEnd(State.DEFERRED, Reason.UNAVAILABLE, due_at=NOW),
    AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT),
    AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT, due_at=NOW),
    AttemptEnd(State.QUEUED, due_at=NOW),
)

owners = st.sampled_from(OWNERS)
places = st.integers(0, 1)
parts = st.sampled_from([None, "1", "2"])
steps = st.one_of(
    st.tuples(st.just("lease"), owners),
    st.tuples(st.just("begin"), places, owners, st.sampled_from(PROVIDERS)),
    st.tuples(st.just("finish"), places, owners, st.sampled_from(ENDS)),
    st.tuples(st.just("release"), places, owners),
    st.tuples(st.just("report"), places, st.sampled_from(PROVIDERS), st.sampled_from(sorted(REPORTED)), parts),
    st.tuples(st.just("die"), st.booleans()),
    st.tuples(st.just("expire")),
    st.tuples(st.just("purge_content")),
    st.tuples(st.just("erase"), places),
)


def onward(state: State) -> frozenset[State]:
    """Return every state that can come after one, in any number of moves."""
    found: set[State] = {state}
    while more := {target for each in found for target in MOVES[each]} - found:
        found |= more
    return frozenset(found)


@dataclass(slots=True)
class Life:
    """What a store is asked, with what the test remembers of it."""

    store: Store
    ids: Sequence[str]
    states: dict[str, State] = field(default_factory=dict)
    # Where a message was handed to, while nobody has said that it was not taken.
    maybe_at: dict[str, str] = field(default_factory=dict)
    sent: int = 0

    async def lease(self, owner: str) -> None:
        """Take two messages, or fewer."""
        leased = await self.store.lease(owner, NOW, 2, channels=tuple(Channel))
        assert {State.SENDING} >= {await self.state(each.id) for each in leased}

    async def begin(self, place: int, owner: str, provider: str) -> None:
        """Begin an attempt, which must not be at a second provider while one may have it."""
        begun = await self.store.begin_attempt(self.ids[place], owner, provider, NOW)
        if begun:
            assert self.maybe_at.get(self.ids[place], provider) == provider

    async def finish(self, place: int, owner: str, end: AttemptEnd) -> None:
        """End an attempt, open or not."""
        before = await self.store.status(self.ids[place])
        if await self.store.finish_attempt(self.ids[place], owner, end, NOW):
            assert await self.state(self.ids[place]) is end.state
            self.sent += end.state is State.SENT and before is not None and before.attempts > 0
            if end.state is State.IN_DOUBT and before is not None and before.provider:
                self.maybe_at.setdefault(self.ids[place], before.provider)

    async def report(self, place: int, provider: str, state: State, part: str | None) -> None:
        """Tell what a provider says, at any moment."""
        before = await self.store.status(self.ids[place])
        reason = Reason.REFUSED if state is State.UNDELIVERED else None
        told = Told(provider, state, self.ids[place], reason=reason, part=part, parts=2 if part else None)
        telling = await self.store.report(told, NOW)
        now = await self.store.status(self.ids[place])
        if telling.effect is Effect.CHANGED:
            assert before is not None
            assert now is not None
            assert (now.state, now.provider) == (telling.state, provider)
            assert self.maybe_at.get(self.ids[place], provider) == provider
            self.sent += before.state is State.IN_DOUBT
        else:
            assert now == before

    async def release(self, place: int, owner: str) -> None:
        """Give one message back."""
        await self.store.release(owner, [self.ids[place]], NOW)

    async def die(self, repeats: bool) -> None:
        """Take over from everybody: nobody said that it lives."""
        before = {each: await self.store.status(each) for each in self.ids}
        await self.store.recover(NOW, RepeatPolicy(frozenset(Channel) if repeats else frozenset()))
        for each, status in before.items():
            if status and status.state is State.SENDING and await self.state(each) is State.IN_DOUBT:
                assert status.provider is not None
                self.maybe_at.setdefault(each, status.provider)

    async def expire(self) -> None:
        """End one message, long after its deadline."""
        await self.store.expire(NOW + 2 * DAY, 1)

    async def purge_content(self) -> None:
        """End one message whose key is gone."""
        assert (await self.store.purge_content(NOW + HOUR, NOW, 1)).rows <= 1

    async def erase(self, place: int) -> None:
        """Withdraw and forget one message."""
        await self.store.erase(self.ids[place], 1, NOW)

    async def state(self, message_id: str) -> State | None:
        """Return the state of one message, None where it was erased."""
        status = await self.store.status(message_id)
        return None if status is None else status.state

    async def look(self) -> None:
        """Check what holds at every moment."""
        seen = [status for each in self.ids if (status := await self.store.status(each))]
        for status in seen:
            assert status.state in onward(self.states.get(status.id, State.QUEUED))
            self.states[status.id] = status.state
        waiting = [status.state for status in seen if status.state in KEEPS_CONTENT]
        depths = {depth.state: depth.count for depth in await self.store.queue_depths()}
        assert {state: waiting.count(state) for state in waiting} == depths


async def play(store: Store, plan: Sequence[tuple[Any, ...]]) -> None:
    """Ask a store for one thing after the other and look at it each time."""
    async with opened(store):
        new = [message(), message(owner=OWNERS[0])]
        await store.put(new)
        life = Life(store, [each.id for each in new])
        for name, *arguments in plan:
            call: Callable[..., Coroutine[Any, Any, None]] = getattr(life, name)
            await call(*arguments)
            await life.look()
        counted = sum(row.messages for row in await store.usage("2027-01"))
        assert counted >= life.sent


@pytest.mark.parametrize("name", ["sqlite"])
@settings(max_examples=25)
@given(plan=st.lists(steps, min_size=15, max_size=30))
def test_messages_live_by_the_rules(name: str, plan: Sequence[tuple[Any, ...]]) -> None:
    """Moves are legal, what waits is counted, an end that is recorded holds, and a doubted message has one provider."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(implementations()[name](Path(folder)), plan))


def test_the_rules_name_every_state() -> None:
    """From `queued` every state can be reached, so no state escapes the test above by never being legal."""
    assert frozenset(State) == onward(State.QUEUED)
