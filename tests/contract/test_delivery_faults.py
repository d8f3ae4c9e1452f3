"""Delivery over the real spool: what is broken in one message or one place leaves all others alone."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from gateway.core.message import Email, Mailbox, Sms
from gateway.core.outcome import Blame, Deferred, InDoubt, Reason, Rejected
from gateway.core.state import State
from gateway.settings import RouteRule, RoutesSection
from gateway.spool.keyring import DirKeyring
from gateway.spool.store import Store
from tests.fakes.adapters import ScriptedAdapter, scripted_provider
from tests.fakes.dispatch import DEADLINE, NUMBER, dispatching, until
from tests.fakes.failing_store import FailingStore

MAIL = Email(Mailbox("office@praxis.example"), Mailbox("someone@example.org"), "Hello", "Text")


def cut(store: Store) -> Store:
    """Put a wire that can be cut before the spool."""
    return cast("Store", FailingStore(store))


def buggy(store: Store) -> Store:
    """Put a wire before the spool that fails as a bug does."""
    return cast("Store", FailingStore(store, RuntimeError))


# What can happen to the row with a message's sealed bytes.
DAMAGES = [
    "UPDATE contents SET ciphertext = zeroblob(length(ciphertext)) WHERE message = ?",
    "UPDATE contents SET ciphertext = x'' WHERE message = ?",
    "UPDATE contents SET wrapped_key = zeroblob(5) WHERE message = ?",
    "DELETE FROM contents WHERE message = ?",
]


def damage(folder: Path, message_id: str, statement: str = DAMAGES[0]) -> None:
    """Damage the sealed bytes of a message."""
    with closing(sqlite3.connect(folder / "spool.db")) as database:
        database.execute(statement, (bytes.fromhex(message_id),))
        database.commit()


@pytest.mark.parametrize("statement", DAMAGES)
async def test_content_that_does_not_open_fails_alone(tmp_path: Path, statement: str) -> None:
    """A message whose sealed bytes are corrupt or lost fails and is told; those read together with it are sent."""
    adapter = ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", adapter), starts=False) as world:
        ids = [await world.accept(Sms(NUMBER, str(number)), owner=None) for number in range(3)]
        damage(tmp_path, ids[1], statement)
        await world.start()
        found = [await world.settle(each) for each in ids]
        assert f'"content_corrupt","message":"{ids[1]}"' in world.lines.getvalue()
    assert [each.state for each in found] == [State.SENT, State.FAILED, State.SENT]
    assert (found[1].reason, found[1].attempts) == (Reason.PROVIDER_ERROR, 0)
    assert sorted(adapter.texts) == ["0", "2"]


async def test_content_whose_key_is_gone_fails_alone(tmp_path: Path) -> None:
    """A message whose epoch's key was destroyed fails for its deadline."""
    adapter = ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        old = await world.accept(owner=None, due_in=DEADLINE // 2)
        world.clock.turn(DEADLINE // 2)
        world.keyring.destroy_content_keys(world.clock() - 3600)
        world.delivery.wake()
        found = await world.settle(old)
        after = await world.settle(await world.accept(owner=None, wakes=True))
    assert (found.state, found.reason, after.state) == (State.FAILED, Reason.DEADLINE, State.SENT)


async def test_doubt_about_content_that_does_not_open_stays(tmp_path: Path) -> None:
    """A message in doubt may have been taken: it is held, not failed, when it cannot be repeated."""
    adapter = ScriptedAdapter([InDoubt(Reason.TIMEOUT)])
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        message_id = await world.accept(MAIL)
        await world.becomes(message_id, State.IN_DOUBT)
        damage(tmp_path, message_id)
        world.clock.turn(3600)
        world.delivery.wake()
        await world.has_reason(message_id, Reason.PROVIDER_ERROR)
        found = await world.status(message_id)
    assert (found.state, found.attempts) == (State.IN_DOUBT, 1)


async def test_a_keyring_that_cannot_be_read_fails_nothing(tmp_path: Path) -> None:
    """Messages go back to the spool and are sent when the keyring is well again."""
    adapter = ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", adapter), starts=False) as world:
        message_id = await world.accept(owner=None)
        keyring = DirKeyring(tmp_path / "keys")  # one that has not read the key yet
        keyring.open()
        world.use_keyring(keyring)
        (tmp_path / "keys").rename(tmp_path / "away")
        (tmp_path / "keys").write_text("no folder")
        await world.start()

        async def is_told() -> bool:
            return '"keyring_unavailable"' in world.lines.getvalue()

        await until(is_told)
        (tmp_path / "keys").unlink()
        (tmp_path / "away").rename(tmp_path / "keys")
        world.delivery.wake()
        found = await world.becomes(message_id, State.SENT)
    assert found.attempts == 1


@pytest.mark.parametrize(
    "method, state, sent",
    [("begin_attempt", State.FAILED, 0), ("finish_attempt", State.IN_DOUBT, 1)],
)
async def test_a_bug_ends_one_message_alone(tmp_path: Path, method: str, state: State, sent: int) -> None:
    """What is broken before the hand-over fails the message, after it leaves doubt; the next one is sent."""
    adapter = ScriptedAdapter()
    provider = scripted_provider("main", adapter, max_concurrency=1)
    async with dispatching(tmp_path, provider, between=buggy) as world:
        cast("FailingStore", world.store).before[method] = 1
        found = await world.settle(await world.accept())
        assert (found.state, found.reason, len(adapter.taken)) == (state, Reason.PROVIDER_ERROR, sent)
        after = await world.settle(await world.accept())
    assert after.state is State.SENT
    assert '"RuntimeError"' in world.lines.getvalue()


async def test_a_bug_that_stays_does_not_end_the_lane(tmp_path: Path) -> None:
    """Even where a message's end cannot be recorded at all, the messages behind it are sent."""
    adapter = ScriptedAdapter()
    provider = scripted_provider("main", adapter, max_concurrency=1)
    loop_errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: loop_errors.append(context))
    async with dispatching(tmp_path, provider, between=buggy) as world:
        cast("FailingStore", world.store).before["finish_attempt"] = 2
        await world.accept()
        after = await world.settle(await world.accept())
    assert (after.state, len(adapter.taken)) == (State.SENT, 2)


async def test_a_message_that_cannot_be_routed_waits(tmp_path: Path) -> None:
    """A bug in the rules is that message's alone: intake, which has answered for it, does not hear of it."""
    routes = RoutesSection(email=("main",), sms=("main",), rules=(RouteRule(country=("AT",), use=("main",)),))
    async with dispatching(tmp_path, scripted_provider("main"), routes=routes) as world:
        found = await world.becomes(await world.accept(Sms("no number", "Text")), State.DEFERRED)
        after = await world.settle(await world.accept())
    assert (found.reason, after.state) == (Reason.NO_ROUTE, State.SENT)


async def test_the_spool_gone_for_a_while_is_read_again(tmp_path: Path) -> None:
    """Reading, taking over and counting go on when the spool is back."""
    async with dispatching(tmp_path, scripted_provider("main"), between=cut) as world:
        store = cast("FailingStore", world.store)
        for method in ("lease", "recover", "expire", "queue_depths", "clients"):
            store.before[method] = 1
        await world.restart()
        found = await world.becomes(await world.accept(owner=None, wakes=True), State.SENT)
    assert found.attempts == 1


async def test_waiting_ends_with_the_hand_over(tmp_path: Path) -> None:
    """All who wait for a message are told when its hand-over has ended."""
    adapter = ScriptedAdapter()
    adapter.gate.clear()
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        message_id = await world.accept()
        waiting = [asyncio.create_task(world.settle(message_id)) for _ in range(3)]
        await adapter.arrived.wait()
        adapter.gate.set()
        found = [await each for each in waiting]
    assert [each.state for each in found] == [State.SENT] * 3


async def test_waiting_for_what_has_ended_or_never_was_ends_at_once(tmp_path: Path) -> None:
    """Nobody waits for a message that is settled, or unknown."""
    async with dispatching(tmp_path, scripted_provider("main")) as world:
        message_id = await world.accept()
        await world.settle(message_id)
        await world.delivery.wait_for(message_id, 3600)
        await world.delivery.wait_for("0" * 32, 3600)


async def test_waiting_runs_out(tmp_path: Path) -> None:
    """A message that waits for its next attempt is not settled."""
    adapter = ScriptedAdapter([Deferred(Blame.RECIPIENT, Reason.UNAVAILABLE)])
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        message_id = await world.accept()
        await world.becomes(message_id, State.DEFERRED)
        await world.delivery.wait_for(message_id, 0.01)
        assert (await world.status(message_id)).state is State.DEFERRED


async def test_waiting_ends_at_a_stop(tmp_path: Path) -> None:
    """A stop lets those go who wait for what is not handed over any more."""
    async with dispatching(tmp_path, scripted_provider("main")) as world:
        message_id = await world.accept(owner=None, due_in=60)
        waiting = asyncio.create_task(world.delivery.wait_for(message_id, 3600))
        await asyncio.sleep(0.01)
        await world.delivery.stop()
        await waiting
        await world.delivery.wait_for(message_id, 3600)


async def test_a_message_whose_lease_was_lost_is_left_alone(tmp_path: Path) -> None:
    """An outcome of what somebody else has by now changes nothing there, and the lane goes on."""
    adapter = ScriptedAdapter([Rejected(Blame.CONTENT, Reason.TOO_LONG)])
    adapter.gate.clear()
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        message_id = await world.accept()
        await adapter.arrived.wait()
        await world.spool.erase(message_id, world.clients[0].id, world.clock())
        adapter.gate.set()
        after = await world.settle(await world.accept())
        gone = await world.spool.status(message_id)
    assert (after.state, gone) == (State.SENT, None)
    assert '"lease_lost"' in world.lines.getvalue()


async def test_many_expire(tmp_path: Path) -> None:
    """More messages than expire in one write expire in one go, and each is counted as finished."""
    async with dispatching(tmp_path, scripted_provider("main"), starts=False) as world:
        ids = [await world.accept(owner=None, due_in=60, expires_in=100) for _ in range(520)]
        world.clock.turn(100)
        await world.start()
        found = [await world.becomes(each, State.EXPIRED) for each in ids]

        async def is_counted() -> bool:
            line = 'umschlag_messages_finished_total{channel="sms",status="expired"} 520.0'
            return line in world.metrics.render().decode()

        await until(is_counted)
    assert {each.reason for each in found} == {Reason.DEADLINE}


async def test_what_waits_is_counted(tmp_path: Path) -> None:
    """Metrics tell how many messages wait, and since when the oldest does."""
    async with dispatching(tmp_path, scripted_provider("main"), starts=False) as world:
        await world.accept(owner=None, due_in=3600)
        world.clock.turn(60)
        await world.accept(owner=None, due_in=3600)
        await world.start()

        async def is_counted() -> bool:
            text = world.metrics.render().decode()
            return 'umschlag_queue_messages{channel="sms",status="queued"} 2.0' in text

        await until(is_counted)
        assert 'umschlag_queue_oldest_seconds{channel="sms"} 60.0' in world.metrics.render().decode()
