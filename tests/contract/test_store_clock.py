"""The spool's contract about a wall clock that was set back."""

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.store import AttemptEnd, RepeatPolicy, Store
from tests.contract.spool_rooms import DAY, HOUR, ME, NOW, OTHER, ended, leased_ids, state_of, stored

LEASE = 30
BACK = NOW - HOUR  # what the clock says after it was set back by an hour


async def test_what_was_due_stays_due(spool: Store) -> None:
    """Messages that were due by the old clock are due by the new one."""
    waiting = [await stored(spool, at=NOW - age) for age in (0, 60)]
    assert await leased_ids(spool, OTHER, BACK) == []
    assert await spool.set_back(BACK, HOUR, LEASE) == 2
    assert set(await leased_ids(spool, OTHER, BACK)) == set(waiting)


async def test_a_wait_is_as_long_as_it_was_meant_to_be(spool: Store) -> None:
    """A message that waits for another attempt in a minute does so, and not in an hour and a minute."""
    number, doubted = await stored(spool, owner=ME), await stored(spool, owner=ME)
    assert await ended(spool, number, AttemptEnd(State.DEFERRED, Reason.UNAVAILABLE, due_at=NOW + 60))
    assert await ended(spool, doubted, AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT, due_at=NOW + 90))
    assert await spool.set_back(BACK, HOUR, LEASE) == 2
    found = [await leased_ids(spool, OTHER, BACK + seconds) for seconds in (59, 60, 89, 90)]
    assert found == [[], [number], [], [doubted]]


async def test_what_is_scheduled_keeps_its_time(spool: Store) -> None:
    """A client that asked for a time of day means it."""
    number = await stored(spool, at=NOW, due_at=NOW + 600, expires_at=NOW + DAY)
    assert await spool.set_back(BACK, HOUR, LEASE) == 0
    assert await leased_ids(spool, OTHER, NOW + 599) == []
    assert await leased_ids(spool, OTHER, NOW + 600) == [number]


async def test_leases_end_in_time(spool: Store) -> None:
    """A process that died before the clock was set is taken for dead a lease later; one that lives says so again."""
    await spool.keep_alive(ME, NOW + LEASE)
    number = await stored(spool, owner=ME)
    await spool.set_back(BACK, HOUR, LEASE)
    assert (await spool.recover(BACK + LEASE - 1, RepeatPolicy())).queued == 0
    assert (await spool.recover(BACK + LEASE, RepeatPolicy())).queued == 1
    assert await state_of(spool, number) is State.QUEUED


async def test_one_that_lives_is_not_taken_for_dead(spool: Store) -> None:
    """It has said again that it lives, by the new clock."""
    await spool.keep_alive(ME, NOW + LEASE)
    await stored(spool, owner=ME)
    await spool.set_back(BACK, HOUR, LEASE)
    await spool.keep_alive(ME, BACK + 20 + LEASE)
    assert (await spool.recover(BACK + LEASE, RepeatPolicy(frozenset({Channel.SMS})))).queued == 0
