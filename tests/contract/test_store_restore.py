"""A spool put back from a copy: it is told by its generation, and what waited in it may have been handed over."""

from pathlib import Path

from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.restore import Generation
from gateway.spool.store import AttemptEnd, Store
from tests.contract.spool_rooms import DAY, ME, NOW, StoreIn, ended, leased_ids, opened, state_of, stored


async def test_generations_grow(spool_in: StoreIn, tmp_path: Path) -> None:
    """Each is greater than all before, in the spool and in the keyring; a new spool is no copy."""
    async with opened(spool_in(tmp_path)) as spool:
        assert await spool.raise_generation(7, NOW) == Generation(8)
        assert await spool.raise_generation(8, NOW) == Generation(9)
    async with opened(spool_in(tmp_path)) as spool:
        assert await spool.raise_generation(3, NOW) == Generation(10)


async def test_the_queue_of_a_copy_is_held(spool: Store) -> None:
    """What waits is in doubt and nobody's; what was sent is as it was. It stays a copy until it is settled."""
    await spool.raise_generation(0, NOW)
    sent, is_open, leased, deferred = [await stored(spool, NOW + n) for n in range(4)]
    await leased_ids(spool, now=NOW + 3)
    await ended(spool, sent, AttemptEnd(State.SENT))
    await ended(spool, deferred, AttemptEnd(State.DEFERRED, Reason.UNAVAILABLE, due_at=NOW + 9))
    await spool.begin_attempt(is_open, ME, "alpha", NOW)
    scheduled = await stored(spool, NOW, due_at=NOW + 100)
    for _ in range(2):
        found = await spool.raise_generation(9, NOW)
        assert (found.number, found.was_restored) == (10, True)
    assert [await state_of(spool, each) for each in (sent, is_open, leased, deferred, scheduled)] == [
        State.SENT, *[State.IN_DOUBT] * 4,
    ]  # fmt: skip
    assert await leased_ids(spool, now=NOW + DAY - 1) == []
    assert not await spool.begin_attempt(leased, ME, "alpha", NOW)
    await spool.settle_generation(10)
    assert await spool.raise_generation(10, NOW) == Generation(11)


async def test_what_is_held_is_let_go(spool: Store) -> None:
    """What no provider is known to have is due; what one may have is left to whoever decides about doubt."""
    await spool.raise_generation(0, NOW)
    waiting, is_open = await stored(spool), await stored(spool, NOW + 1)
    assert await leased_ids(spool, now=NOW + 1) == [waiting, is_open]
    await spool.begin_attempt(is_open, ME, "alpha", NOW)
    assert (await spool.raise_generation(9, NOW)).held == 1
    assert await spool.restored_waiting() == 1
    assert await spool.release_restored(NOW + 5) == 1
    assert await spool.restored_waiting() == 0
    assert await leased_ids(spool, now=NOW + 5) == [waiting]
