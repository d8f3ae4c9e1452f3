"""Delivery over the real spool: what becomes of messages while the spool cannot be written."""

from pathlib import Path
from typing import cast

import pytest

from gateway.core.message import Message
from gateway.core.outcome import Accepted, Blame, Reason, Rejected
from gateway.core.state import State
from gateway.provider import Handover
from gateway.settings import DeliverySection
from gateway.spool.store import MessageStatus, Store
from tests.fakes.adapters import ScriptedAdapter, scripted_provider
from tests.fakes.dispatch import DEADLINE, dispatching, until
from tests.fakes.failing_store import FailingStore

SHORT = DeliverySection.model_validate({"drain": "10ms"})


async def ends_after(tmp_path: Path, **failures: dict[str, int]) -> tuple[MessageStatus, ScriptedAdapter, str]:
    """Deliver one message while calls of the spool fail; return how it ended, its adapter and the log."""
    adapter = ScriptedAdapter([Accepted("abc")])
    async with dispatching(tmp_path, scripted_provider("main", adapter), between=cut) as world:
        store = cast("FailingStore", world.store)
        store.before.update(failures.get("before", {}))
        store.after.update(failures.get("after", {}))
        message_id = await world.accept()
        found = await world.becomes(message_id, State.SENT)
    return found, adapter, world.lines.getvalue()


def cut(store: Store) -> Store:
    """Put a wire that can be cut before the spool."""
    return cast("Store", FailingStore(store))


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_outcome_that_cannot_be_recorded_is_kept(tmp_path: Path, when: str) -> None:
    """The spool gone while an outcome is recorded: it is recorded when the spool is back, and nothing is sent again."""
    found, adapter, log = await ends_after(tmp_path, **{when: {"finish_attempt": 3}})
    assert (found.provider_ref, found.attempts, len(adapter.taken)) == ("abc", 1, 1)
    assert (log.count('"spool_unavailable"'), log.count('"spool_recovered"')) == (1, 1)


async def test_an_intention_that_cannot_be_written_waits(tmp_path: Path) -> None:
    """The spool gone before the attempt: nothing is sent until the intention is on disk."""
    found, adapter, _ = await ends_after(tmp_path, before={"begin_attempt": 3})
    assert (found.attempts, len(adapter.taken)) == (1, 1)


async def test_an_intention_written_without_an_answer_is_taken_back(tmp_path: Path) -> None:
    """The answer lost, the attempt is open on disk and nothing was sent: the message is due again, and sent once."""
    found, adapter, _ = await ends_after(tmp_path, after={"begin_attempt": 1})
    assert (found.attempts, len(adapter.taken)) == (2, 1)


async def test_a_spool_that_stays_away_leaves_the_attempt_open(tmp_path: Path) -> None:
    """A stop while an outcome cannot be recorded leaves the attempt open; nothing is sent again by this process."""
    adapter = ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", adapter), settings=SHORT, between=cut) as world:
        store = cast("FailingStore", world.store)
        store.before["finish_attempt"] = 1_000_000
        message_id = await world.accept()
        await adapter.arrived.wait()
        await world.delivery.stop()
        left = await world.status(message_id)
        assert (left.state, left.attempts) == (State.SENDING, 1)
        store.before.clear()
        world.clock.turn(world.settings.lease)
        world.delivery = world.another()
        await world.start()
        found = await world.becomes(message_id, State.IN_DOUBT)
    assert (found.reason, len(adapter.taken)) == (Reason.CONNECTION_LOST, 1)


async def test_a_stop_while_the_intention_cannot_be_written(tmp_path: Path) -> None:
    """The message was not sent; it is given back when the spool lets it."""
    adapter = ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", adapter), between=cut) as world:
        store = cast("FailingStore", world.store)
        store.before["begin_attempt"] = 1_000_000
        message_id = await world.accept()
        await until(lambda: store.called("begin_attempt", 2))
        await world.delivery.stop()
        assert (await world.status(message_id)).state is State.QUEUED
    assert adapter.taken == []


async def test_a_stop_while_the_spool_hangs(tmp_path: Path) -> None:
    """A spool that does not answer holds a stop up for the drain only; nothing was sent."""
    adapter = ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", adapter), settings=SHORT, between=cut) as world:
        store = cast("FailingStore", world.store)
        store.hangs.add("begin_attempt")
        message_id = await world.accept()
        await until(lambda: store.called("begin_attempt", 1))
        await world.delivery.stop()
        assert (await world.status(message_id)).state is State.QUEUED
    assert adapter.taken == []


async def test_a_deadline_that_passes_while_the_intention_is_written(tmp_path: Path) -> None:
    """The spool back after the deadline, the message expires without being sent."""
    adapter = ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", adapter), between=cut) as world:
        store = cast("FailingStore", world.store)
        store.before["begin_attempt"] = 1_000_000
        message_id = await world.accept()
        await until(lambda: store.called("begin_attempt", 1))
        world.clock.turn(DEADLINE)
        store.before.clear()
        await world.becomes(message_id, State.DEFERRED, State.EXPIRED)
        await world.restart()
        await world.becomes(message_id, State.EXPIRED)
    assert adapter.taken == []


async def test_a_stop_while_the_next_intention_is_not_written(tmp_path: Path) -> None:
    """Refused by one provider, the spool hanging before the next: certainly not taken, so deferred, not in doubt."""
    second = ScriptedAdapter()
    first = ScriptedAdapter([Rejected(Blame.ACCOUNT, Reason.NO_CREDIT)])
    providers = scripted_provider("a", first), scripted_provider("b", second)
    async with dispatching(tmp_path, *providers, settings=SHORT, between=cut) as world:
        store = cast("FailingStore", world.store)

        async def hang(_message: Message, _handover: Handover) -> None:
            store.hangs.add("begin_attempt")

        first.before = hang
        message_id = await world.accept()
        await until(lambda: store.called("begin_attempt", 2))
        await world.delivery.stop()
        found = await world.status(message_id)
    assert (found.state, found.reason, second.taken) == (State.DEFERRED, Reason.NO_CREDIT, [])
