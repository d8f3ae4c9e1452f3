"""Delivery over the real spool while the wall clock is set: nothing stalls, nothing floods, no living one is buried."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.outcome import Accepted, Blame, Deferred, Reason
from gateway.core.state import State
from gateway.delivery.clock_watch import NOTICED, ClockWatch
from gateway.settings import DeliverySection
from tests.fakes.adapters import ScriptedAdapter, scripted_provider
from tests.fakes.dispatch import Dispatch, dispatching, until

HOUR = 3600
DOWN = Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)
QUICK = DeliverySection.model_validate({"lease": "2s", "backoff_first": "1s", "backoff_longest": "1s"})


@dataclass
class Monotonic:
    """The clock that nobody sets; seconds."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Return it."""
        return self.now


@asynccontextmanager
async def two_clocks(folder: Path, adapter: ScriptedAdapter) -> AsyncIterator[tuple[Dispatch, Callable[[float], None]]]:
    """Deliver by two clocks; the function lets time pass on both."""
    monotonic = Monotonic()
    provider = scripted_provider("main", adapter)
    async with dispatching(folder, provider, settings=QUICK, timer=monotonic) as world:

        def turn(seconds: float) -> None:
            monotonic.now += seconds
            world.clock.turn(seconds)

        yield world, turn


def events(world: Dispatch, name: str) -> int:
    """Return how often an event was logged."""
    return world.lines.getvalue().count(f'"{name}"')


async def noticed(world: Dispatch, name: str) -> None:
    """Wait until delivery has noticed that the clock was set; it looks several times in a lease."""

    async def is_there() -> bool:
        return events(world, name) > 0

    await until(is_there)


@pytest.mark.parametrize(
    "step, told", [(0, 0), (NOTICED - 1, 0), (1 - NOTICED, 0), (NOTICED, NOTICED), (-HOUR, -HOUR), (HOUR, HOUR)]
)
def test_a_clock_that_was_set_is_noticed_once(step: int, told: int) -> None:
    """What a time service corrects is no step; what was noticed is not told again."""
    wall, monotonic = [1_800_000_000], [50.0]
    watch = ClockWatch(lambda: wall[0], lambda: monotonic[0])
    wall[0] += step + 5
    monotonic[0] += 5
    assert [watch.look(), watch.look()] == [told, 0]


async def test_a_clock_that_is_set_back_stalls_nothing(tmp_path: Path) -> None:
    """What waits for another attempt is tried after its wait, not an hour later."""
    adapter = ScriptedAdapter([DOWN])
    async with two_clocks(tmp_path, adapter) as (world, turn):
        message = await world.accept()
        await world.attempted(message, 1)
        world.clock.turn(-HOUR)
        await noticed(world, "clock_set_back")
        turn(2)
        world.delivery.wake()
        await world.becomes(message, State.SENT)
    assert len(adapter.taken) == 2


async def test_a_clock_that_is_set_forward_buries_nobody(tmp_path: Path) -> None:
    """Another process waits a lease before it takes over: what the first one has in hand is not put in doubt."""
    adapter = ScriptedAdapter([Accepted("ref")])
    adapter.gate.clear()
    async with two_clocks(tmp_path, adapter) as (world, _turn):
        message = await world.accept()
        await adapter.arrived.wait()
        other = world.another()
        await other.start({}, world.routing())
        try:
            world.clock.turn(timedelta(seconds=HOUR))
            await noticed(world, "clock_set_forward")
            await asyncio.sleep(0.1)
            assert (await world.status(message)).state is State.SENDING
            adapter.gate.set()
            await world.becomes(message, State.SENT)
        finally:
            await other.stop()
    assert events(world, "recovered") == 0
