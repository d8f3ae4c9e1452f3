"""Delivery keeps what clients have agreed to, as it is when the message goes out."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.message import Channel
from gateway.core.outcome import Blame, Deferred, InDoubt, Outcome, Reason
from gateway.core.state import State
from gateway.delivery.agreeing import Agreeing
from gateway.delivery.registry import Provider
from gateway.logs import Log
from gateway.provider import Processor
from gateway.settings import DeliverySection
from gateway.spool.clients import Client, NewClient
from tests.fakes.adapters import ScriptedAdapter, scripted_provider
from tests.fakes.dispatch import Dispatch, dispatching

HOUR = timedelta(hours=1)
DOWN = Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)
FIELDS = {Channel.SMS: ("recipient", "text")}


def company(name: str, country: str, *outcomes: Outcome, **settings: object) -> tuple[Provider, ScriptedAdapter]:
    """Return a provider whose company is of a country, and what it was given."""
    adapter = ScriptedAdapter(list(outcomes)) if outcomes else ScriptedAdapter()
    found = scripted_provider(name, adapter, **settings)  # type: ignore[arg-type] # settings of any kind
    processor = Processor("Company", country, FIELDS, processes_in=(country,))
    return replace(found, type=replace(found.type, processor=processor)), adapter


async def european(world: Dispatch) -> int:
    """Add a client that agrees to the Union alone, and return its place among the clients."""
    new = NewClient("eu", frozenset(Channel), processor_countries=frozenset({"EU"}))
    client: Client = await world.spool.add_client(new, b"eu")
    world.clients = [*world.clients, client]
    return len(world.clients) - 1


async def test_a_message_from_the_spool_keeps_to_the_agreement(tmp_path: Path) -> None:
    """Others come first in the route; those that are not agreed to are passed over."""
    (abroad, far), (home, near) = company("us", "US"), company("de", "DE")
    async with dispatching(tmp_path, abroad, home) as world:
        client = await european(world)
        message_id = await world.accept(client=client, owner=None, wakes=True)
        assert (await world.becomes(message_id, State.SENT)).provider == "de"
    assert (len(far.taken), len(near.taken)) == (0, 1)


async def test_what_nobody_may_receive_any_more_has_failed(tmp_path: Path) -> None:
    """The configuration changed since it was accepted: it is not sent another way, and does not wait."""
    abroad, adapter = company("us", "US")
    async with dispatching(tmp_path, abroad) as world:
        message_id = await world.accept(client=await european(world), owner=None, wakes=True)
        found = await world.becomes(message_id, State.FAILED)
    assert (found.reason, found.attempts, adapter.taken) == (Reason.NOT_DISCLOSABLE, 0, [])


async def test_a_reload_is_kept_to(tmp_path: Path) -> None:
    """A provider that moves abroad while a message waits does not get it."""
    home, first = company("main", "DE", DOWN)
    moved, second = company("main", "US")
    async with dispatching(tmp_path, home) as world:
        message_id = await world.accept(client=await european(world), owner=None, wakes=True)
        await world.becomes(message_id, State.DEFERRED)
        world.providers = {"main": moved}
        await world.switch()
        world.clock.turn(HOUR)
        world.delivery.wake()
        found = await world.becomes(message_id, State.FAILED)
    assert (found.reason, len(first.taken), second.taken) == (Reason.NOT_DISCLOSABLE, 1, [])


async def test_a_doubt_is_not_repeated_to_whom_may_not_receive_it(tmp_path: Path) -> None:
    """What may have been handed over stays in doubt, and is held."""
    home, _ = company("main", "DE", InDoubt(Reason.TIMEOUT))
    moved, second = company("main", "US")
    settings = DeliverySection(on_doubt_sms="repeat")
    async with dispatching(tmp_path, home, settings=settings) as world:
        message_id = await world.accept(client=await european(world), owner=None, wakes=True)
        await world.becomes(message_id, State.IN_DOUBT)
        world.providers = {"main": moved}
        await world.switch()
        world.clock.turn(HOUR)
        world.delivery.wake()
        await world.has_reason(message_id, Reason.NOT_DISCLOSABLE)
        found = await world.status(message_id)
    assert (found.state, second.taken) == (State.IN_DOUBT, [])


async def test_intake_s_agreement_is_kept_to_in_memory(tmp_path: Path) -> None:
    """A message that was passed on without the spool carries it along."""
    abroad, adapter = company("us", "US")
    async with dispatching(tmp_path, abroad) as world:
        found = await world.settle(await world.accept(client=await european(world)))
    assert (found.state, found.reason, adapter.taken) == (State.FAILED, Reason.NOT_DISCLOSABLE, [])


async def limited(world: Dispatch, *names: str) -> int:
    """Add a client that agrees to these providers alone, and return its place among the clients."""
    client = await world.spool.add_client(NewClient("eu", frozenset(Channel), processors=names), b"eu")
    world.clients = [*world.clients, client]
    return len(world.clients) - 1


@pytest.mark.parametrize("others", [(), ("other",)])
async def test_a_withdrawal_reaches_what_waits_in_memory(tmp_path: Path, others: tuple[str, ...]) -> None:
    """A message in line goes to whoever is still agreed to, else to nobody; what was handed over has gone out."""
    main, adapter = company("main", "DE", max_concurrency=1)
    other, second = company("other", "DE")
    adapter.gate.clear()
    async with dispatching(tmp_path, main, other) as world:
        agreeing = Agreeing(world.spool, world.delivery.agree, Log(world.lines))
        client = await limited(world, "main", *others)
        await agreeing.refresh()
        first, waits = await world.accept(client=client), await world.accept(client=client)
        await adapter.arrived.wait()
        await world.spool.withdraw_consent(world.clients[client].id, "main", [], world.clock())
        await agreeing.refresh()
        adapter.gate.set()
        found = await world.settle(waits)
        assert (await world.settle(first)).state is State.SENT
        # One that intake accepted on what it still knew.
        stale = await world.settle(await world.accept(client=client))
    expected = (State.SENT, None, "other") if others else (State.FAILED, Reason.NOT_DISCLOSABLE, None)
    assert [(each.state, each.reason, each.provider) for each in (found, stale)] == [expected] * 2
    assert (len(adapter.taken), len(second.taken)) == (1, 2 * len(others))


async def test_a_withdrawal_reaches_what_goes_on_to_the_next_provider(tmp_path: Path) -> None:
    """While the first one refuses, the second one is no longer agreed to: the message ends."""
    main, adapter = company("main", "DE", DOWN)
    other, second = company("other", "DE")
    adapter.gate.clear()
    async with dispatching(tmp_path, main, other) as world:
        agreeing = Agreeing(world.spool, world.delivery.agree, Log(world.lines))
        client = await limited(world, "main", "other")
        message_id = await world.accept(client=client)
        await adapter.arrived.wait()
        for name in ("main", "other"):
            await world.spool.withdraw_consent(world.clients[client].id, name, [], world.clock())
        await agreeing.refresh()
        adapter.gate.set()
        found = await world.settle(message_id)
    assert (found.state, found.reason, second.taken) == (State.FAILED, Reason.NOT_DISCLOSABLE, [])


async def test_other_clients_are_left_alone(tmp_path: Path) -> None:
    """A change of one client's says nothing of another's, and what is the same as before is no change."""
    main, adapter = company("main", "DE")
    async with dispatching(tmp_path, main) as world:
        agreeing = Agreeing(world.spool, world.delivery.agree, Log(world.lines))
        client = await limited(world, "main")
        await agreeing.start()
        await world.spool.withdraw_consent(world.clients[client].id, "main", [], world.clock())
        await agreeing.refresh()
        await agreeing.refresh()
        assert (await world.settle(await world.accept())).state is State.SENT
        await agreeing.stop()
    assert (len(adapter.taken), world.lines.getvalue().count("agreement_changed")) == (1, 1)
