"""Erasures ordered of providers: with the erasure here or not at all, one attempt at a time, never for ever."""

from dataclasses import astuple
from pathlib import Path

import pytest

from gateway.core.state import State
from gateway.spool.erasures import Erasing, ErasureOrder
from gateway.spool.reports import Told
from gateway.spool.retention import Purge
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import AttemptEnd, Store, StoreFullError
from gateway.spool.subjects import Erased
from tests.contract.spool_rooms import ME, NOW, StoreIn, ended, leased_ids, opened, stored

LATER = NOW + 600


async def sent(store: Store, ref: str | None, provider: str = "alpha", state: State = State.SENT) -> str:
    """Put a message that a provider took, or may have, and return its id."""
    message_id = await stored(store)
    await leased_ids(store)
    assert await ended(store, message_id, AttemptEnd(state, provider_ref=ref), provider)
    return message_id


async def taken(store: Store, provider: str = "alpha", now: int = NOW) -> tuple[object, ...] | None:
    """Take an order until LATER, and return it but for its number."""
    order = await store.take_erasure(provider, now, LATER)
    return None if order is None else astuple(order)[1:]


async def test_a_client_erases_at_the_provider_too(spool: Store) -> None:
    """The order has the provider and its id; it is due at once."""
    message_id = await sent(spool, "ref-1")
    assert await spool.erase(message_id, 1, NOW + 5, order_at={"alpha": 0})
    assert (await spool.next_erasure("alpha"), await spool.next_erasure("beta")) == (NOW + 5, None)
    assert await taken(spool, now=NOW + 4) is None
    assert await taken(spool, now=NOW + 5) == ("alpha", "ref-1", NOW + 5, 1)


@pytest.mark.parametrize("order_at", [{}, {"beta": 0}, {"alphabeta": 0}])
async def test_what_does_not_erase_is_not_ordered_to(spool: Store, order_at: Erasing) -> None:
    """Only the providers that are named get orders, from clients and from persons."""
    await spool.erase(await sent(spool, "ref-1"), 1, NOW, order_at=order_at)
    [erased] = await spool.erase_all([await sent(spool, "ref-2")], NOW, order_at=order_at)
    assert erased == Erased(State.SENT, was_open=False, provider="alpha")
    assert await spool.waiting_erasures() == 0


@pytest.mark.parametrize(
    "state, due_at", [(State.SENT, NOW + 3600), (State.DELIVERED, NOW + 60), (State.UNDELIVERED, NOW + 60)]
)
async def test_what_may_still_be_delivered_is_left_for_a_while(spool: Store, state: State, due_at: int) -> None:
    """From the hand-over on; what has come to its end is not, whoever erases it."""
    first, second = await sent(spool, "ref-1"), await sent(spool, "ref-2", "beta")
    for message_id, provider in ((first, "alpha"), (second, "beta")):
        if state is not State.SENT:
            await spool.report(Told(provider, state, message_id), NOW + 30)
    await spool.erase(first, 1, NOW + 60, order_at={"alpha": 3600})
    await spool.erase_all([second], NOW + 60, order_at={"beta": 3600})
    assert [await spool.next_erasure(name) for name in ("alpha", "beta")] == [due_at, due_at]


async def test_what_was_handed_over_long_ago_is_not_waited_for(spool: Store) -> None:
    """Whether or not anybody told its end."""
    await spool.erase(await sent(spool, "ref-1"), 1, NOW + 7200, order_at={"alpha": 3600})
    assert await spool.next_erasure("alpha") == NOW + 7200


async def test_another_client_orders_nothing(spool: Store) -> None:
    """Whose the message is not cannot erase it, here or there."""
    assert await spool.erase(await sent(spool, "ref-1"), 2, NOW, order_at={"alpha": 0}) is None
    assert await spool.waiting_erasures() == 0


async def test_what_a_provider_never_had_is_not_ordered(spool: Store) -> None:
    """Nor what it gave no id for, which may be there all the same."""
    queued = await stored(spool, NOW + 100)
    failed = await sent(spool, None, state=State.FAILED)
    in_doubt = await sent(spool, None, state=State.IN_DOUBT)
    found = await spool.erase_all([queued, failed, in_doubt], NOW, order_at={"alpha": 0})
    assert [(each.state, each.provider, each.is_ordered) for each in found] == [
        (State.CANCELLED, None, False),
        (State.FAILED, None, False),
        (State.IN_DOUBT, "alpha", False),
    ]
    await spool.erase(await sent(spool, None), 1, NOW, order_at={"alpha": 0})
    assert await spool.waiting_erasures() == 0


async def test_many_are_ordered_at_once(spool: Store) -> None:
    """Each at its provider; what was being handed over is none yet."""
    ids = [await sent(spool, f"ref-{number}") for number in range(70)]
    other = await sent(spool, "ref-0", provider="beta")
    is_open = await stored(spool)
    await leased_ids(spool)
    await spool.begin_attempt(is_open, ME, "alpha", NOW)
    found = await spool.erase_all([*ids, other, is_open], NOW, order_at={"alpha": 0, "beta": 0})
    assert [each.is_ordered for each in found] == [*[True] * 71, False]
    assert await spool.waiting_erasures() == 71
    assert await taken(spool, "beta") == ("beta", "ref-0", NOW, 1)


async def test_an_order_is_given_once(spool: Store) -> None:
    """A copy of the spool that is put back may give it again."""
    await spool.order_erasure("alpha", "ref-1", NOW, NOW)
    await spool.order_erasure("alpha", "ref-1", NOW + 50, NOW + 50)
    await spool.order_erasure("beta", "ref-1", NOW + 50, NOW + 50)
    assert await spool.waiting_erasures() == 2
    assert await taken(spool) == ("alpha", "ref-1", NOW, 1)


async def test_an_attempt_that_nobody_ends_comes_again(spool: Store) -> None:
    """Until then nobody else makes it; the attempts are counted."""
    await spool.order_erasure("alpha", "ref-1", NOW, NOW)
    assert await taken(spool) == ("alpha", "ref-1", NOW, 1)
    assert await taken(spool, now=LATER - 1) is None
    assert await taken(spool, now=LATER) == ("alpha", "ref-1", NOW, 2)


async def test_orders_outlive_the_process(spool_in: StoreIn, tmp_path: Path) -> None:
    """What was ordered, and what was begun, is known after the next start."""
    async with opened(spool_in(tmp_path)) as spool:
        await spool.erase(await sent(spool, "ref-1"), 1, NOW, order_at={"alpha": 0})
        await spool.erase(await sent(spool, "ref-2"), 1, NOW + 1, order_at={"alpha": 0})
        assert await taken(spool) == ("alpha", "ref-1", NOW, 1)
    async with opened(spool_in(tmp_path)) as spool:
        assert await taken(spool, now=NOW + 1) == ("alpha", "ref-2", NOW + 1, 1)
        assert await taken(spool, now=LATER) == ("alpha", "ref-1", NOW, 2)


async def test_what_is_settled_or_put_off(spool: Store) -> None:
    """The one is gone, the other due at its time; settling twice settles no other."""
    for ref in ("ref-1", "ref-2"):
        await spool.order_erasure("alpha", ref, NOW, NOW)
    first, second = [await spool.take_erasure("alpha", NOW, LATER) for _ in range(2)]
    assert isinstance(first, ErasureOrder)
    assert isinstance(second, ErasureOrder)
    await spool.settle_erasure(first.number)
    await spool.put_off_erasure(second.number, NOW + 7)
    assert await spool.next_erasure("alpha") == NOW + 7
    assert await taken(spool, now=NOW + 7) == ("alpha", "ref-2", NOW, 2)
    await spool.settle_erasure(second.number)
    await spool.order_erasure("alpha", "ref-3", NOW, NOW)
    await spool.settle_erasure(second.number)
    assert await spool.waiting_erasures() == 1


async def test_old_orders_are_given_up(spool: Store) -> None:
    """Counted by provider, some at a time, the oldest first."""
    assert await spool.oldest_erasure() is None
    for number, provider in enumerate(("alpha", "beta", "alpha", "alpha")):
        await spool.order_erasure(provider, f"ref-{number}", NOW + number, NOW + number)
    assert await spool.oldest_erasure() == NOW
    assert await spool.give_up_erasures(NOW + 3, 2) == {"alpha": 1, "beta": 1}
    assert await spool.give_up_erasures(NOW + 3, 2) == {"alpha": 1}
    assert (await spool.oldest_erasure(), await spool.waiting_erasures()) == (NOW + 3, 1)


async def test_retention_takes_what_is_left(spool: Store) -> None:
    """To the second that its time is over, and tells of the oldest."""
    for number in range(3):
        await spool.order_erasure("alpha", f"ref-{number}", NOW + number, NOW + number)
    assert await spool.purge_erasures(NOW - 1, 500) == Purge(0, NOW)
    assert await spool.purge_erasures(NOW + 1, 500) == Purge(2, NOW + 2)
    assert await spool.purge_erasures(NOW + 2, 500) == Purge(1, None)


async def filled(spool: Store) -> None:
    """Put messages until there is no room."""
    for _ in range(10_000):
        await stored(spool, NOW + 100)


async def test_a_full_spool_erases_and_orders_all_the_same(tmp_path: Path) -> None:
    """The orders go into the room that the messages leave."""
    async with opened(SqliteStore(tmp_path / "spool.db", max_bytes=400_000)) as spool:
        ids = [await sent(spool, f"ref-{number}") for number in range(60)]
        with pytest.raises(StoreFullError):
            await filled(spool)
        found = await spool.erase_all(ids, NOW, order_at={"alpha": 0})
        assert all(each.is_ordered for each in found)
        assert await spool.waiting_erasures() == 60
