"""The spool's contract about messages in doubt: an operator makes them due, or ends them."""

import pytest

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.reports import Effect, Told
from gateway.spool.store import AttemptEnd, Store
from tests.contract.spool_rooms import DAY, ME, NOW, OTHER, ended, leased_ids, state_of, stored

HELD = AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT)
REPEATED = AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT, due_at=NOW + 900)
ONES = (Channel.SMS,)


async def doubted(store: Store, end: AttemptEnd = HELD) -> str:
    """Return the id of a message that is in doubt at the provider alpha."""
    number = await stored(store, owner=ME)
    assert await ended(store, number, end)
    return number


@pytest.mark.parametrize("end", [HELD, REPEATED])
async def test_a_released_message_is_due_at_its_provider(spool: Store, end: AttemptEnd) -> None:
    """It is leased at once, and no other provider may be begun with."""
    number = await doubted(spool, end)
    assert await spool.release_doubted(number, NOW + 5, 1) == 1
    [leased] = await spool.lease(OTHER, NOW + 5, 10, channels=ONES)
    assert (leased.id, leased.doubted_provider, leased.attempts) == (number, "alpha", 1)
    assert not await spool.begin_attempt(number, OTHER, "beta", NOW + 5)
    assert await spool.begin_attempt(number, OTHER, "alpha", NOW + 5)


async def test_all_are_released_in_steps(spool: Store) -> None:
    """Each call takes at most so many, and those that are due already are not counted again."""
    numbers = {await doubted(spool) for _ in range(3)}
    await stored(spool)
    assert [await spool.release_doubted(None, NOW + 5, 2) for _ in range(3)] == [2, 1, 0]
    assert numbers < set(await leased_ids(spool, OTHER, NOW + 5))


@pytest.mark.parametrize("message_id", [None, "named"])
async def test_what_is_not_in_doubt_is_left(spool: Store, message_id: str | None) -> None:
    """Waiting, sent and unknown messages are neither released nor given up."""
    waiting, sent = await stored(spool, at=NOW + 100), await stored(spool, owner=ME)
    assert await ended(spool, sent, AttemptEnd(State.SENT))
    for number in (waiting, sent, "0" * 32):
        wanted = None if message_id is None else number
        assert await spool.release_doubted(wanted, NOW + 5, 10) == 0
        assert await spool.give_up_doubted(wanted, NOW + 5, 10) == 0
    assert [await state_of(spool, number) for number in (waiting, sent)] == [State.QUEUED, State.SENT]


async def test_what_is_past_its_deadline_is_not_released(spool: Store) -> None:
    """It expires."""
    number = await doubted(spool)
    assert await spool.release_doubted(number, NOW + DAY, 1) == 0
    assert await spool.expire(NOW + DAY, 10) == {Channel.SMS: 1}
    assert await state_of(spool, number) is State.EXPIRED


async def test_a_message_that_is_given_up_fails_with_its_reason(spool: Store) -> None:
    """It is not due any more, its content is gone, and a report that comes later changes nothing."""
    number, other = await doubted(spool, REPEATED), await doubted(spool)
    assert await spool.give_up_doubted(number, NOW + 5, 1) == 1
    status = await spool.status(number)
    assert status is not None
    assert (status.state, status.reason, status.updated_at) == (State.FAILED, Reason.TIMEOUT, NOW + 5)
    assert (await spool.report(Told("alpha", State.DELIVERED, number), NOW + 6)).effect is Effect.NOTHING
    assert await spool.give_up_doubted(None, NOW + 7, 10) == 1
    assert await state_of(spool, other) is State.FAILED
    assert await leased_ids(spool, OTHER, NOW + 1000) == []
