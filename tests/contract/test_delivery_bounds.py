"""Delivery over the real spool: how much at a time, whose turn it is, and that nothing is lost or sent twice."""

import asyncio
import time
from pathlib import Path

from gateway.core.message import Message, Sms
from gateway.core.outcome import Accepted, Blame, Deferred, Reason
from gateway.core.state import State
from gateway.provider import Handover
from gateway.settings import DeliverySection
from tests.fakes.adapters import ScriptedAdapter, scripted_provider
from tests.fakes.dispatch import NUMBER, dispatching, until


def numbered(number: int) -> Sms:
    """Return a message that is told from others."""
    return Sms(NUMBER, str(number))


async def test_two_thousand_messages_are_all_sent_once(tmp_path: Path) -> None:
    """Half of them passed on in memory, half read from the spool, at a provider that now and then defers."""
    adapter = ScriptedAdapter()
    script = [Deferred(Blame.RECIPIENT, Reason.UNAVAILABLE) if n % 50 == 0 else Accepted("ref") for n in range(2000)]
    adapter.script.extend(script)
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        ids = await asyncio.gather(
            *(world.accept(numbered(n), owner=None if n % 2 else "", client=n % 3) for n in range(2000))
        )

        async def all_asked() -> bool:
            return len(adapter.taken) >= 2000

        await until(all_asked)
        world.clock.turn(3600)
        world.delivery.wake()
        found = [await world.becomes(each, State.SENT) for each in ids]
    taken = sorted(map(int, adapter.texts))
    assert len(taken) == 2040
    assert sorted(set(taken)) == list(range(2000))
    assert sum(each.attempts for each in found) == 2040
    assert adapter.busiest <= 20


async def test_no_more_at_once_than_the_provider_allows(tmp_path: Path) -> None:
    """A provider's concurrency is a bound, however many messages wait."""
    adapter = ScriptedAdapter()
    adapter.gate.clear()
    async with dispatching(tmp_path, scripted_provider("main", adapter, max_concurrency=3)) as world:
        ids = [await world.accept(numbered(n)) for n in range(10)]

        async def three_are_busy() -> bool:
            return adapter.busy == 3

        await until(three_are_busy)
        adapter.gate.set()
        for each in ids:
            await world.settle(each)
    assert adapter.busiest == 3


async def test_a_backlog_of_one_client_does_not_keep_another_waiting(tmp_path: Path) -> None:
    """The messages of a client with few go between those of one with many."""
    adapter = ScriptedAdapter()
    adapter.gate.clear()
    async with dispatching(tmp_path, scripted_provider("main", adapter, max_concurrency=1)) as world:
        ids = [await world.accept(numbered(n)) for n in range(20)]
        await adapter.arrived.wait()
        ids += [await world.accept(numbered(n), client=1) for n in (100, 101)]
        adapter.gate.set()
        for each in ids:
            await world.settle(each)
    assert {adapter.texts.index("100"), adapter.texts.index("101")} <= set(range(1, 6))


async def test_memory_is_bounded(tmp_path: Path) -> None:
    """Intake is told when there is no room; the spool is read as room comes, until everything is sent."""
    adapter = ScriptedAdapter()
    adapter.gate.clear()
    settings = DeliverySection(in_memory=8)
    async with dispatching(tmp_path, scripted_provider("main", adapter, max_concurrency=1), settings=settings) as world:
        passed_on = 0
        while world.delivery.has_room(passed_on):
            await world.accept(numbered(passed_on), client=passed_on % 3)
            passed_on += 1
        ids = [await world.accept(numbered(n), owner=None) for n in range(100, 150)]
        world.delivery.wake()

        async def two_are_leased() -> bool:
            return [(await world.status(each)).state for each in ids].count(State.SENDING) == 2

        await until(two_are_leased)
        adapter.gate.set()
        for each in ids:
            await world.becomes(each, State.SENT)
    assert passed_on == 6
    assert len(adapter.taken) == len(set(adapter.texts)) == 56


async def test_there_is_no_room_before_the_start_and_after_the_stop(tmp_path: Path) -> None:
    """Intake passes nothing on to a delivery that does not run."""
    async with dispatching(tmp_path, scripted_provider("main"), starts=False) as world:
        before = world.delivery.has_room()
        await world.start()
        between = world.delivery.has_room()
        await world.delivery.stop()
        assert [before, between, world.delivery.has_room()] == [False, True, False]


async def test_a_message_that_is_here_already_is_not_taken_twice(tmp_path: Path) -> None:
    """A second copy of what waits or is in hand is left alone."""
    adapter = ScriptedAdapter()
    adapter.gate.clear()
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        message_id = await world.accept()
        await adapter.arrived.wait()
        copy = world.last_work
        world.delivery.submit(copy)
        adapter.gate.set()
        found = await world.settle(message_id)
    assert (found.attempts, len(adapter.taken)) == (1, 1)


async def test_a_scheduled_message_waits_for_its_time(tmp_path: Path) -> None:
    """What is not due is not read."""
    adapter = ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        scheduled = await world.accept(numbered(1), owner=None, due_in=60)
        await world.settle(await world.accept(numbered(2), owner=None, wakes=True))
        assert (await world.status(scheduled)).state is State.QUEUED
        world.clock.turn(60)
        world.delivery.wake()
        await world.becomes(scheduled, State.SENT)
    assert adapter.texts == ["2", "1"]


async def test_a_rate_holds_in_every_window(tmp_path: Path) -> None:
    """Hand-overs wait in line for their turn under the rate; none of them is put off or goes elsewhere."""
    times: list[float] = []

    async def note(_message: Message, _handover: Handover) -> None:
        times.append(time.monotonic())

    adapter, other = ScriptedAdapter(before=note), ScriptedAdapter()
    providers = scripted_provider("main", adapter, rate="3/s"), scripted_provider("other", other)
    began_at = time.monotonic()
    async with dispatching(tmp_path, *providers, timer=time.monotonic) as world:
        found = [await world.settle(each) for each in [await world.accept(numbered(n)) for n in range(7)]]
    assert [each.provider for each in found] == ["main"] * 7
    # Each may come later than its turn, on a busy machine, but none may come before it.
    assert [at - began_at >= number // 3 for number, at in enumerate(times)] == [True] * 7


async def test_a_rate_that_is_used_up_for_long_leaves_the_next_provider(tmp_path: Path) -> None:
    """Where the turn would come too late, the next provider takes over; without one the message waits in the spool."""
    main, other = ScriptedAdapter(), ScriptedAdapter()
    providers = scripted_provider("main", main, rate="2/h"), scripted_provider("other", other, rate="1/h")
    async with dispatching(tmp_path, *providers) as world:
        ids = [await world.accept(numbered(n)) for n in range(4)]
        last = await world.becomes(ids[3], State.DEFERRED)
        assert (last.reason, last.attempts) == (Reason.RATE_LIMITED, 0)
        assert (main.texts, other.texts) == (["0", "1"], ["2"])
        world.clock.turn(3600)
        world.delivery.wake()
        found = await world.becomes(ids[3], State.SENT)
    assert found.provider == "main"


async def test_a_stop_does_not_wait_for_a_rate(tmp_path: Path) -> None:
    """What waits for its turn is given back at once."""
    adapter = ScriptedAdapter()
    provider = scripted_provider("main", adapter, rate="1/m")
    async with dispatching(tmp_path, provider, timer=time.monotonic) as world:
        await world.settle(await world.accept())
        waiting = await world.accept()
        await asyncio.sleep(0.05)  # its turn is being waited for by now; the test holds where it is not yet
        await world.delivery.stop()
        assert (await world.status(waiting)).state is State.QUEUED
