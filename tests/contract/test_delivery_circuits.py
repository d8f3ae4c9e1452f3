"""Delivery over the real spool: providers that are left alone, probed, and changed while messages wait."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from gateway.core.message import Message, Sms
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Reason, Rejected
from gateway.core.state import State
from gateway.provider import Handover
from gateway.settings import RoutesSection
from tests.fakes.adapters import ScriptedAdapter, scripted_provider
from tests.fakes.dispatch import NUMBER, Dispatch, dispatching, until

DOWN = Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)
HOUR = timedelta(hours=1)


async def open_circuit(world: Dispatch) -> None:
    """Let five messages meet the fault that the only provider is scripted with."""
    for _ in range(5):
        await world.attempted(await world.accept(), 1)


def is_open(world: Dispatch, provider: str = "main") -> bool:
    """Whether the metrics say that a provider is left alone."""
    return f'umschlag_provider_circuit_open{{provider="{provider}"}} 1.0' in world.metrics.render().decode()


async def test_a_provider_at_fault_is_left_alone_until_a_probe(tmp_path: Path) -> None:
    """After five faults messages wait without an attempt; after the pause one probes, and its success lets all go."""
    adapter = ScriptedAdapter([DOWN] * 5)
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        await open_circuit(world)
        assert is_open(world)
        assert world.delivery.circuits() == {"main": Reason.UNAVAILABLE}
        waiting = [await world.accept() for _ in range(5)]
        found = [await world.becomes(each, State.DEFERRED) for each in waiting]
        assert {(each.reason, each.attempts) for each in found} == {(Reason.UNAVAILABLE, 0)}
        assert len(adapter.taken) == 5
        adapter.gate.clear()
        adapter.arrived.clear()
        world.clock.turn(HOUR)
        world.delivery.wake()
        await adapter.arrived.wait()
        assert (len(adapter.taken), is_open(world)) == (6, True)
        adapter.gate.set()
        for each in waiting:
            world.clock.turn(5)
            world.delivery.wake()
            await world.becomes(each, State.SENT)
        assert not is_open(world)
    log = world.lines.getvalue()
    assert (log.count('"circuit_opened"'), log.count('"circuit_closed"')) == (1, 1)


async def test_a_failed_probe_puts_off_the_rest(tmp_path: Path) -> None:
    """A probe that meets the fault again costs one attempt alone."""
    adapter = ScriptedAdapter(otherwise=DOWN)
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        await open_circuit(world)
        world.clock.turn(HOUR)
        world.delivery.wake()

        async def has_probed() -> bool:
            return len(adapter.taken) == 6

        await until(has_probed)
        assert is_open(world)
        await world.becomes(await world.accept(), State.DEFERRED)
        assert len(adapter.taken) == 6


async def test_a_provider_that_is_left_alone_is_passed_over(tmp_path: Path) -> None:
    """The next provider gets the messages meanwhile, without the one at fault being asked."""
    first, second = ScriptedAdapter(otherwise=DOWN), ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", first), scripted_provider("other", second)) as world:
        found = [await world.settle(await world.accept()) for _ in range(8)]
    assert [each.provider for each in found] == ["other"] * 8
    assert [each.attempts for each in found] == [2] * 5 + [1] * 3
    assert (len(first.taken), len(second.taken)) == (5, 8)


async def test_what_is_in_line_for_a_provider_at_fault_goes_to_the_next(tmp_path: Path) -> None:
    """Messages that waited for a provider while it was found at fault are not tried there."""
    first, second = ScriptedAdapter(otherwise=DOWN), ScriptedAdapter()
    first.gate.clear()
    providers = scripted_provider("main", first, max_concurrency=1), scripted_provider("other", second)
    async with dispatching(tmp_path, *providers) as world:
        ids = [await world.accept() for _ in range(8)]
        first.gate.set()
        found = [await world.settle(each) for each in ids]
    assert [each.provider for each in found] == ["other"] * 8
    assert (len(first.taken), len(second.taken)) == (5, 8)


async def test_bad_numbers_leave_a_provider_in_use(tmp_path: Path) -> None:
    """However many recipients it rejects, a provider is asked for the next."""
    adapter = ScriptedAdapter([Rejected(Blame.RECIPIENT, Reason.INVALID_RECIPIENT)] * 20)
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        found = [await world.settle(await world.accept()) for _ in range(21)]
    assert [each.state for each in found] == [State.FAILED] * 20 + [State.SENT]


async def test_doubt_opens_too(tmp_path: Path) -> None:
    """A provider that leaves one message after the other in doubt does not get the next into doubt as well."""
    first, second = ScriptedAdapter(otherwise=InDoubt(Reason.TIMEOUT)), ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", first), scripted_provider("other", second)) as world:
        found = [await world.settle(await world.accept()) for _ in range(6)]
    assert [each.state for each in found] == [State.IN_DOUBT] * 5 + [State.SENT]
    assert found[5].provider == "other"


async def test_a_channel_whose_providers_are_left_alone_is_not_read(tmp_path: Path) -> None:
    """Its messages stay in the spool as they are, so that an outage costs no writes."""
    adapter = ScriptedAdapter([DOWN] * 5)
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        await open_circuit(world)
        waiting = await world.accept(owner=None, wakes=True)
        world.delivery.wake()
        await asyncio.sleep(0.05)
        assert (await world.status(waiting)).state is State.QUEUED
        world.clock.turn(HOUR)
        world.delivery.wake()
        await world.becomes(waiting, State.SENT)


async def test_attempts_and_ends_are_counted(tmp_path: Path) -> None:
    """Metrics tell hand-overs by provider and outcome, ends by channel and state."""
    adapter = ScriptedAdapter([Accepted("a"), Rejected(Blame.CONTENT, Reason.TOO_LONG), InDoubt(Reason.TIMEOUT), DOWN])
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        for _ in range(4):
            await world.attempted(await world.accept(), 1)
        text = world.metrics.render().decode()
    for outcome in ("accepted", "rejected", "in_doubt", "deferred"):
        assert f'umschlag_attempts_total{{outcome="{outcome}",provider="main"}} 1.0' in text
    for state in ("sent", "failed"):
        assert f'umschlag_messages_finished_total{{channel="sms",status="{state}"}} 1.0' in text


async def test_a_changed_provider_ends_what_it_has_in_hand(tmp_path: Path) -> None:
    """What is in hand ends with the old adapter, which is closed then; what waits goes to the new one."""
    old, new = ScriptedAdapter(), ScriptedAdapter()
    old.gate.clear()
    async with dispatching(tmp_path, scripted_provider("main", old, max_concurrency=1)) as world:
        ids = [await world.accept(Sms(NUMBER, str(number))) for number in range(3)]
        await old.arrived.wait()
        world.providers["main"] = scripted_provider("main", new)
        switch = asyncio.create_task(world.switch())
        for each in ids[1:]:
            await world.settle(each)
        assert (old.is_open, new.is_open, switch.done()) == (True, True, False)
        old.gate.set()
        await switch
        first = await world.settle(ids[0])
        assert (first.state, old.is_open) == (State.SENT, False)
    assert (old.texts, new.texts, new.is_open) == (["0"], ["1", "2"], False)


async def test_an_unchanged_provider_keeps_its_adapter(tmp_path: Path) -> None:
    """A provider whose type and settings are as they were is not opened anew, and what is known of it stays."""
    adapter, built_again = ScriptedAdapter(otherwise=DOWN), ScriptedAdapter()
    provider = scripted_provider("main", adapter)
    async with dispatching(tmp_path, provider) as world:
        await open_circuit(world)
        world.providers["main"] = type(provider)("main", provider.type, provider.settings, built_again)
        await world.switch()
        assert (adapter.is_open, built_again.is_open, is_open(world)) == (True, False, True)


async def test_a_changed_route_holds_for_what_waits(tmp_path: Path) -> None:
    """Messages that wait in memory go by the routes that are in force when their turn comes."""
    first, second = ScriptedAdapter(), ScriptedAdapter()
    first.gate.clear()
    providers = scripted_provider("a", first, max_concurrency=1), scripted_provider("b", second)
    async with dispatching(tmp_path, *providers) as world:
        ids = [await world.accept() for _ in range(3)]
        await first.arrived.wait()
        world.routes = RoutesSection(sms=("b",))
        await world.switch()
        for each in ids[1:]:
            await world.settle(each)
        first.gate.set()
        await world.settle(ids[0])
    assert (len(first.taken), len(second.taken)) == (1, 2)


async def test_without_a_route_a_message_waits(tmp_path: Path) -> None:
    """A route taken out of the configuration leaves accepted messages waiting, not failed."""
    adapter = ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        world.routes = RoutesSection()
        await world.switch()
        message_id = await world.accept()
        found = await world.becomes(message_id, State.DEFERRED)
        assert found.reason is Reason.NO_ROUTE
        world.routes = RoutesSection(sms=("main",))
        await world.switch()
        world.clock.turn(HOUR)
        world.delivery.wake()
        await world.becomes(message_id, State.SENT)


def told(world: Dispatch, event: str) -> list[tuple[str, str | None]]:
    """Return the providers and reasons of one event, in order."""
    lines = [json.loads(line) for line in world.lines.getvalue().splitlines()]
    return [(line["provider"], line.get("reason")) for line in lines if line["event"] == event]


def refuses_account(world: Dispatch) -> float | None:
    """Return what the metrics say of the provider `main`."""
    return world.metrics.registry.get_sample_value("umschlag_provider_account_refused", {"provider": "main"})


async def test_a_refused_account_is_told_once_until_it_is_accepted(tmp_path: Path) -> None:
    """The first refusal raises the alert, further ones and faults of the provider change nothing, an answer ends it."""
    no_credit = Rejected(Blame.ACCOUNT, Reason.NO_CREDIT)
    adapter = ScriptedAdapter([no_credit, no_credit, DOWN, Accepted("ref")])
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        seen = []
        for _ in range(4):
            await world.attempted(await world.accept(), 1)
            seen.append(refuses_account(world))
        assert seen == [1, 1, 1, 0]
        assert told(world, "account_refused") == [("main", "no_credit")]
        assert told(world, "account_accepted") == [("main", None)]


async def test_a_changed_provider_begins_without_a_fault(tmp_path: Path) -> None:
    """An operator who writes down another key sees the alert end; the lane that was left does not raise it again."""
    refused = Rejected(Blame.ACCOUNT, Reason.CREDENTIALS)
    old = ScriptedAdapter([refused, refused])
    async with dispatching(tmp_path, scripted_provider("main", old)) as world:
        await world.attempted(await world.accept(), 1)
        assert refuses_account(world) == 1
        old.gate.clear()
        old.arrived.clear()
        late = await world.accept()
        await old.arrived.wait()
        world.providers["main"] = scripted_provider("main", ScriptedAdapter())
        switch = asyncio.create_task(world.switch())
        await world.settle(await world.accept())
        old.gate.set()
        await switch
        await world.settle(late)
        assert refuses_account(world) == 0


async def test_slow_answers_bring_the_next_provider(tmp_path: Path) -> None:
    """Where a bound is set, answers beyond it open the circuit, and what comes goes to the next provider."""

    async def dawdle(_message: Message, _handover: Handover) -> None:
        await asyncio.sleep(0.02)

    slow, quick = ScriptedAdapter(before=dawdle), ScriptedAdapter()
    providers = scripted_provider("slow", slow, slow_after="1ms"), scripted_provider("quick", quick)
    async with dispatching(tmp_path, *providers) as world:
        for _ in range(6):
            await world.settle(await world.accept())
        assert (len(slow.taken), len(quick.taken)) == (5, 1)
        assert world.delivery.circuits() == {"slow": Reason.TIMEOUT}
