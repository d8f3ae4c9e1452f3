"""The spool's contract: callers that come at the same time share a transaction and nothing else."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.core.message import Channel
from gateway.core.state import State
from gateway.spool.store import AttemptEnd, IdTakenError, Listing, Store, StoreUnavailableError, UsageRow
from tests.contract.spool_rooms import ME, NOW, StoreIn, message, opened, sealed, state_of, stored

SENT = AttemptEnd(State.SENT)


async def test_every_caller_gets_its_own_answer(spool: Store) -> None:
    """Of many that begin and end attempts together, those whose message it is not are told so."""
    mine = [await stored(spool, owner=ME) for _ in range(70)]
    others = [await stored(spool, owner="other") for _ in range(70)]
    mixed = [each for pair in zip(mine, others, strict=True) for each in pair]
    begun = await asyncio.gather(*(spool.begin_attempt(each, ME, "alpha", NOW) for each in mixed))
    done = await asyncio.gather(*(spool.finish_attempt(each, ME, SENT, NOW) for each in mixed))
    assert (begun, done) == ([True, False] * 70, [True, False] * 70)
    assert [UsageRow("2027-01", 1, Channel.SMS, "alpha", 70, 140)] == await spool.usage("2027-01")


async def test_one_message_is_attempted_by_one_of_many(spool: Store) -> None:
    """Callers that want the same message at the same moment do not both get it."""
    message_id = await stored(spool, owner=ME)
    begun = await asyncio.gather(*(spool.begin_attempt(message_id, ME, "alpha", NOW) for _ in range(9)))
    done = await asyncio.gather(*(spool.finish_attempt(message_id, ME, SENT, NOW) for _ in range(9)))
    assert (sum(begun), sum(done)) == (1, 1)


async def test_a_message_is_leased_by_one_of_many(spool: Store) -> None:
    """Owners that ask at the same moment share what is due."""
    ids = [await stored(spool) for _ in range(30)]
    asked = (spool.lease(f"owner-{number}", NOW, 4, channels=[Channel.SMS]) for number in range(9))
    leased = [each.id for share in await asyncio.gather(*asked) for each in share]
    assert sorted(ids) == sorted(leased)


async def test_a_caller_that_fails_takes_no_other_with_it(spool: Store) -> None:
    """One taken id in a crowd: that call is refused and all the others are stored and counted."""
    taken = await stored(spool)
    crowd = [message() for _ in range(50)]
    calls = [spool.put([each]) for each in crowd]
    calls[25:25] = [spool.put([message(), message(id=taken)])]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [place for place, answer in enumerate(answers) if answer is not None] == [25]
    assert isinstance(answers[25], IdTakenError)
    listed = {status.id for status in await spool.listing(Listing(limit=100))}
    assert {taken, *(each.id for each in crowd)} == listed
    assert 51 == (await spool.accepted_in("2027-01-15", 1)).messages  # noqa: SIM300 (expected first)


async def settled(spool: Store, calls: Sequence[asyncio.Task[object]]) -> None:
    """Cancel calls and wait until the spool has dealt with them and with what they left."""
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    for _ in range(3):
        await spool.check()


@pytest.mark.parametrize("turns", range(4))
async def test_what_a_cancelled_caller_put_is_not_lost_in_its_lease(spool: Store, turns: int) -> None:
    """Wherever it was cancelled: its message is not there, or due for anyone; its neighbours are answered."""
    dropped, kept = [message(owner=ME) for _ in range(20)], [message(owner=ME) for _ in range(20)]
    calls = [asyncio.create_task(spool.put([each])) for each in dropped]
    others = [asyncio.create_task(spool.put([each])) for each in kept]
    for _ in range(turns):
        await asyncio.sleep(0)
    await settled(spool, calls)
    await asyncio.gather(*others)
    left = [each for each, call in zip(dropped, calls, strict=True) if call.cancelled()]
    assert {await state_of(spool, each.id) for each in left} <= {None, State.QUEUED}
    assert {State.SENDING} == {await state_of(spool, each.id) for each in kept}


@pytest.mark.parametrize("turns", range(4))
async def test_what_a_cancelled_caller_leased_is_given_back(spool: Store, turns: int) -> None:
    """Somebody else may have it at once."""
    ids = [await stored(spool) for _ in range(5)]
    call = asyncio.create_task(spool.lease(ME, NOW, 9, channels=[Channel.SMS]))
    for _ in range(turns):
        await asyncio.sleep(0)
    await settled(spool, [call])
    expected = {State.QUEUED} if call.cancelled() else {State.SENDING}
    assert expected == {await state_of(spool, each) for each in ids}


@pytest.mark.parametrize("turns", range(4))
async def test_what_a_cancelled_caller_began_is_taken_back(spool: Store, turns: int) -> None:
    """Nothing was sent, so nothing is in doubt: the message is due and the attempt does not count."""
    message_id = await stored(spool, owner=ME)
    call = asyncio.create_task(spool.begin_attempt(message_id, ME, "alpha", NOW))
    for _ in range(turns):
        await asyncio.sleep(0)
    await settled(spool, [call])
    await spool.release(ME, [message_id], NOW)
    status = await spool.status(message_id)
    expected = (State.QUEUED, 0) if call.cancelled() else (State.SENDING, 1)
    assert expected == (status and status.state, status and status.attempts)


@pytest.mark.parametrize("turns", range(4))
async def test_the_end_of_an_attempt_is_recorded_though_its_caller_is_gone(spool: Store, turns: int) -> None:
    """What a provider has taken must never be sent again."""
    message_id = await stored(spool, owner=ME)
    await spool.begin_attempt(message_id, ME, "alpha", NOW)
    call = asyncio.create_task(spool.finish_attempt(message_id, ME, SENT, NOW))
    await asyncio.sleep(0)
    for _ in range(turns):
        await asyncio.sleep(0)
    await settled(spool, [call])
    assert State.SENT is await state_of(spool, message_id)


async def test_a_caller_cancelled_in_the_moment_of_its_answer_leaves_nothing(spool: Store) -> None:
    """The answer is there and nobody takes it: what was put, leased and begun is due all the same."""
    begun = await stored(spool, owner=ME)
    due = await stored(spool)
    new = message(owner=ME)
    calls: list[asyncio.Task[object]] = []

    async def cancel_all() -> None:
        await spool.keep_alive(ME, NOW)
        for call in calls:
            call.cancel()

    # The first to ask in a batch is the first to be answered.
    first = asyncio.create_task(cancel_all())
    calls.append(asyncio.create_task(spool.begin_attempt(begun, ME, "alpha", NOW)))
    calls.append(asyncio.create_task(spool.lease(ME, NOW, 9, channels=[Channel.SMS])))
    calls.append(asyncio.create_task(spool.put([new])))
    calls.append(asyncio.create_task(spool.begin_attempt(due, "nobody", "alpha", NOW)))
    await first
    await settled(spool, calls)
    assert [call.cancelled() for call in calls] == [True] * 4
    assert [await state_of(spool, each) for each in (begun, due, new.id)] == [State.QUEUED] * 3


async def test_too_much_at_once_is_refused(spool: Store) -> None:
    """What waits for the disk is bounded in memory; what came before is stored."""
    large = sealed(ciphertext=bytes(9 << 20))
    answers = await asyncio.gather(*(spool.put([message(content=large)]) for _ in range(9)), return_exceptions=True)
    refused = [answer for answer in answers if answer is not None]
    assert [StoreUnavailableError] == list({type(answer) for answer in refused})
    assert len(answers) - len(refused) == len(await spool.listing(Listing()))


async def test_a_closed_spool_refuses(spool_in: StoreIn, tmp_path: Path) -> None:
    """What was asked before is answered; afterwards every call says that the spool is closed, and closing is well."""
    store = spool_in(tmp_path)
    await store.open()
    puts = [asyncio.create_task(store.put([message()])) for _ in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*puts) == [None] * 20
    for call in (store.put([message()]), store.listing(Listing()), store.truncate_log(), store.check()):
        with pytest.raises(StoreUnavailableError):
            await call
    await store.close()
    async with opened(spool_in(tmp_path)) as again:
        assert 20 == len(await again.listing(Listing()))  # noqa: SIM300 (expected first)
