"""Delivery over the real spool: what is on disk when, and what becomes of it when a process or the spool goes."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.message import Email, Mailbox, Message, Sms
from gateway.core.outcome import Blame, Deferred, Reason, Rejected
from gateway.core.state import State
from gateway.provider import Handover
from gateway.settings import DeliverySection
from tests.fakes.adapters import ScriptedAdapter, scripted_provider
from tests.fakes.dispatch import DEADLINE, NUMBER, Dispatch, dispatching

MAIL = Email(Mailbox("office@praxis.example"), Mailbox("someone@example.org"), "Hello", "Text")
LEASE = timedelta(seconds=30)
SHORT = DeliverySection.model_validate({"drain": "10ms"})


def open_attempts(folder: Path) -> list[tuple[str, int]]:
    """Return provider and number of attempts of each message with an attempt open on disk."""
    with closing(sqlite3.connect(folder / "spool.db")) as database:
        return database.execute("SELECT provider, attempts FROM messages WHERE attempt_open = 1").fetchall()


async def test_the_intention_is_on_disk_before_the_provider_is_called(tmp_path: Path) -> None:
    """When an adapter is called, another connection sees the attempt at its provider open."""
    seen: list[list[tuple[str, int]]] = []

    async def look(_message: Message, _handover: Handover) -> None:
        seen.append(await asyncio.to_thread(open_attempts, tmp_path))

    first = ScriptedAdapter([Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)], before=look)
    second = ScriptedAdapter(before=look)
    async with dispatching(tmp_path, scripted_provider("a", first), scripted_provider("b", second)) as world:
        await world.settle(await world.accept())
        assert seen == [[("a", 1)], [("b", 2)]]
        assert open_attempts(tmp_path) == []


async def crash(world: Dispatch, adapter: ScriptedAdapter, message: Message) -> str:
    """Leave a message behind whose attempt is open, as a process does that is killed; return its id."""
    adapter.gate.clear()
    message_id = await world.accept(message)
    await adapter.arrived.wait()
    await world.delivery.stop()
    assert (await world.status(message_id)).state is State.SENDING
    adapter.gate.set()
    adapter.arrived.clear()
    return message_id


async def next_process(world: Dispatch) -> None:
    """Start another process when the lease of the one before has ended."""
    world.clock.turn(LEASE)
    world.delivery = world.another()
    await world.start()


@pytest.mark.parametrize(
    "message, idempotent, repeats",
    [(Sms(NUMBER, "Text"), False, False), (Sms(NUMBER, "Text"), True, True), (MAIL, False, True)],
)
async def test_an_attempt_that_was_cut_off_is_in_doubt(
    tmp_path: Path, message: Message, idempotent: bool, repeats: bool
) -> None:
    """Who takes over finds it in doubt: it is repeated at the same provider where that is safe or wanted, else held."""
    first, second = ScriptedAdapter(), ScriptedAdapter()
    providers = scripted_provider("a", first, idempotent=idempotent), scripted_provider("b", second)
    async with dispatching(tmp_path, *providers, settings=SHORT) as world:
        message_id = await crash(world, first, message)
        await next_process(world)
        found = await world.becomes(message_id, State.SENT if repeats else State.IN_DOUBT)
    assert (found.attempts, len(first.taken), second.taken) == (1 + repeats, 1 + repeats, [])
    assert len(set(first.references)) == 1


async def test_nothing_is_taken_over_before_the_lease_ends(tmp_path: Path) -> None:
    """While a process may live, its messages are its own."""
    adapter = ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("a", adapter), settings=SHORT) as world:
        message_id = await crash(world, adapter, MAIL)
        world.delivery = world.another()
        await world.start()
        await world.settle(await world.accept())
        assert (await world.status(message_id)).state is State.SENDING
    assert len(adapter.taken) == 2


async def test_what_is_in_hand_at_a_stop_ends_well(tmp_path: Path) -> None:
    """A stop waits for open hand-overs and records how they end."""
    adapter = ScriptedAdapter()
    adapter.gate.clear()
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        message_id = await world.accept()
        await adapter.arrived.wait()
        stop = asyncio.create_task(world.delivery.stop())
        await asyncio.sleep(0)
        adapter.gate.set()
        await stop
        found = await world.status(message_id)
    assert (found.state, adapter.is_open) == (State.SENT, False)


async def test_what_waits_at_a_stop_is_given_back(tmp_path: Path) -> None:
    """What was not begun is queued for the next process, which sends it without waiting for a lease to end."""
    adapter = ScriptedAdapter()
    adapter.gate.clear()
    provider = scripted_provider("main", adapter, max_concurrency=1)
    async with dispatching(tmp_path, provider, settings=SHORT) as world:
        ids = [await world.accept(Sms(NUMBER, str(number))) for number in range(5)]
        await adapter.arrived.wait()
        await world.delivery.stop()
        states = [(await world.status(each)).state for each in ids]
        assert states == [State.SENDING] + [State.QUEUED] * 4
        adapter.gate.set()
        world.delivery = world.another()
        await world.start()
        found = [await world.settle(each) for each in ids[1:]]
    assert [each.state for each in found] == [State.SENT] * 4
    assert sorted(adapter.texts) == ["0", "1", "2", "3", "4"]


async def test_a_message_between_two_providers_at_a_stop_is_deferred(tmp_path: Path) -> None:
    """Refused by one provider and not yet with the next, it is certainly not taken: due at once, not in doubt."""
    busy, first = ScriptedAdapter(), ScriptedAdapter([Rejected(Blame.ACCOUNT, Reason.NO_CREDIT)])
    busy.gate.clear()
    first.gate.clear()
    providers = scripted_provider("a", first), scripted_provider("b", busy, max_concurrency=1)
    async with dispatching(tmp_path, *providers) as world:
        world.routes = world.routes.model_copy(update={"email": ("b",)})
        await world.switch()
        await world.accept(MAIL)
        await busy.arrived.wait()
        message_id = await world.accept()
        await first.arrived.wait()
        stop = asyncio.create_task(world.delivery.stop())
        await asyncio.sleep(0)
        first.gate.set()
        busy.gate.set()
        await stop
        found = await world.status(message_id)
    assert (found.state, found.reason, len(busy.taken)) == (State.DEFERRED, Reason.NO_CREDIT, 1)


async def test_a_message_passed_on_during_a_stop_is_given_back(tmp_path: Path) -> None:
    """Intake may be late by a message; it is queued, not lost."""
    adapter = ScriptedAdapter()
    adapter.gate.clear()
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        await world.accept()
        await adapter.arrived.wait()
        stop = asyncio.create_task(world.delivery.stop())
        await asyncio.sleep(0)
        assert not world.delivery.has_room()
        message_id = await world.accept()
        adapter.gate.set()
        await stop
        assert (await world.status(message_id)).state is State.QUEUED
    assert len(adapter.taken) == 1


async def test_a_message_is_not_sent_after_its_deadline(tmp_path: Path) -> None:
    """What waited in memory past its deadline expires."""
    adapter = ScriptedAdapter()
    adapter.gate.clear()
    async with dispatching(tmp_path, scripted_provider("main", adapter, max_concurrency=1)) as world:
        await world.accept()
        late = await world.accept()
        await adapter.arrived.wait()
        world.clock.turn(DEADLINE)
        adapter.gate.set()
        found = await world.becomes(late, State.EXPIRED)
    assert (found.reason, found.attempts, len(adapter.taken)) == (Reason.DEADLINE, 0, 1)


async def test_a_message_in_doubt_is_not_repeated_after_its_deadline(tmp_path: Path) -> None:
    """What was due for a repeat and waited in memory past its deadline expires, too."""
    adapter = ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", adapter, max_concurrency=1), settings=SHORT) as world:
        doubted = await crash(world, adapter, MAIL)
        adapter.gate.clear()
        await world.accept(owner=None, due_in=-60)
        await next_process(world)
        await adapter.arrived.wait()
        await world.becomes(doubted, State.SENDING)
        world.clock.turn(DEADLINE)
        adapter.gate.set()
        found = await world.becomes(doubted, State.EXPIRED)
    assert (found.reason, found.attempts, len(adapter.taken)) == (Reason.DEADLINE, 1, 2)


async def test_an_erased_message_is_not_sent(tmp_path: Path) -> None:
    """What its client erased while it waited in memory goes nowhere, and the lane goes on."""
    adapter = ScriptedAdapter()
    adapter.gate.clear()
    async with dispatching(tmp_path, scripted_provider("main", adapter, max_concurrency=1)) as world:
        await world.accept(Sms(NUMBER, "first"))
        erased = await world.accept(Sms(NUMBER, "erased"))
        last = await world.accept(Sms(NUMBER, "last"))
        await adapter.arrived.wait()
        await world.spool.erase(erased, world.clients[0].id, world.clock())
        adapter.gate.set()
        await world.settle(last)
    assert adapter.texts == ["first", "last"]


async def test_a_message_passed_on_after_the_stop_is_given_back(tmp_path: Path) -> None:
    """A request that was at work when everything else had stopped leaves its message queued."""
    adapter = ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        await world.delivery.stop()
        message_id = await world.accept()
        await world.becomes(message_id, State.QUEUED)
    assert adapter.taken == []
