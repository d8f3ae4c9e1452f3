"""What the spool does about one person: found by tags alone, erased, held, ended; what was asked for lasts."""

from pathlib import Path

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.clients import NewClient
from gateway.spool.store import AttemptEnd, Store
from gateway.spool.subjects import Erased, Standing, StoredStanding
from tests.contract.spool_rooms import DAY, ME, NOW, StoreIn, ended, leased_ids, opened, state_of, stored

MINE, ANOTHER = b"a" * 16, b"aaaa" + b"b" * 12
STANDING = StoredStanding(MINE, Standing.OBJECTED, NOW)


async def tagged(store: Store, tag: bytes = MINE, *, at: int = NOW) -> str:
    """Put a message to whoever has a tag, and return its id."""
    return await stored(store, at, recipient_tag=tag, tag_epoch=NOW)


async def test_messages_are_found_by_their_whole_tag(spool: Store) -> None:
    """In the order of time; tags that begin alike are not the same, and messages without a tag are nobody's."""
    later, first = await tagged(spool, at=NOW + 5), await tagged(spool)
    other = await tagged(spool, ANOTHER)
    await stored(spool)
    assert await spool.tagged([MINE, b"c" * 16]) == [first, later]
    assert await spool.tagged([ANOTHER]) == [other]
    assert await spool.tagged([]) == []


async def test_erasing_withdraws_what_was_not_handed_over(spool: Store) -> None:
    """Queued and leased ones are cancelled; of the one that is being handed over and the sent one the state is told."""
    sent, is_open, leased, queued = [await tagged(spool, at=NOW + n) for n in range(4)]
    assert await leased_ids(spool, now=NOW + 2) == [sent, is_open, leased]
    await ended(spool, sent, AttemptEnd(State.SENT))
    await spool.begin_attempt(is_open, ME, "alpha", NOW)
    assert await spool.erase_all([sent, is_open, leased, queued, "0" * 32], NOW + 9) == [
        Erased(State.SENT, was_open=False, provider="alpha"),
        Erased(State.SENDING, was_open=True, provider="alpha"),
        Erased(State.CANCELLED, was_open=False),
        Erased(State.CANCELLED, was_open=False),
    ]
    assert await spool.tagged([MINE]) == []
    assert not await spool.begin_attempt(leased, ME, "alpha", NOW)
    assert not await spool.finish_attempt(is_open, ME, AttemptEnd(State.SENT), NOW)


async def test_what_waits_ends_for_an_objection(spool: Store) -> None:
    """Queued and leased ones fail for `opted_out`; what is sent or being handed over is not touched."""
    sent, is_open, leased, queued = [await tagged(spool, at=NOW + n) for n in range(4)]
    await leased_ids(spool, now=NOW + 2)
    await ended(spool, sent, AttemptEnd(State.SENT))
    await spool.begin_attempt(is_open, ME, "alpha", NOW)
    assert await spool.end_opted_out([sent, is_open, leased, queued], NOW + 9) == 2
    for message_id in (leased, queued):
        status = await spool.status(message_id)
        assert status is not None
        assert (status.state, status.reason, status.updated_at) == (State.FAILED, Reason.OPTED_OUT, NOW + 9)
    assert [await state_of(spool, each) for each in (sent, is_open)] == [State.SENT, State.SENDING]
    assert not await spool.begin_attempt(leased, ME, "alpha", NOW)
    assert await leased_ids(spool, now=NOW + DAY - 1) == []


async def test_what_is_in_doubt_is_never_repeated_and_not_called_failed(spool: Store) -> None:
    """A provider may have it: it stays in doubt, and no due time is left; leased again for a repeat too."""
    waiting, repeated = await tagged(spool), await tagged(spool, at=NOW + 1)
    await leased_ids(spool, now=NOW + 1)
    for message_id in (waiting, repeated):
        await ended(spool, message_id, AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT, due_at=NOW + 50))
    assert await leased_ids(spool, now=NOW + 50, limit=1) == [waiting]
    await spool.end_opted_out([waiting, repeated], NOW + 60)
    assert [await state_of(spool, each) for each in (waiting, repeated)] == [State.IN_DOUBT] * 2
    assert await leased_ids(spool, now=NOW + DAY - 1) == []


async def test_what_is_held_waits_until_it_is_let_go(spool: Store) -> None:
    """Leased ones too; afterwards each is due when it was, and held ones end at their deadline as all others do."""
    leased, later = await tagged(spool), await tagged(spool, at=NOW + 100)
    await leased_ids(spool)
    assert await spool.hold([leased, later], NOW) == 2
    assert await spool.hold([leased, later], NOW) == 0
    assert not await spool.begin_attempt(leased, ME, "alpha", NOW)
    assert await leased_ids(spool, now=NOW + DAY - 1) == []
    assert await spool.let_go([leased, later], NOW) == 2
    assert await spool.let_go([leased, later], NOW) == 0
    assert await leased_ids(spool, now=NOW + 99) == [leased]
    await spool.hold([later], NOW)
    assert (await spool.expire(NOW + 2 * DAY, 10)).total() == 1


async def test_standings_outlive_the_process_and_the_messages(spool_in: StoreIn, tmp_path: Path) -> None:
    """Noted once, dropped once, and a change of them is seen by its number."""
    async with opened(spool_in(tmp_path)) as spool:
        assert await spool.subjects_version() == 0
        assert [await spool.put_standing(STANDING), await spool.put_standing(STANDING)] == [True, False]
        await spool.erase_all([await tagged(spool)], NOW)
    async with opened(spool_in(tmp_path)) as spool:
        assert [each.standing for each in await spool.standings()] == [Standing.OBJECTED]
        assert await spool.subjects_version() == 1
        assert [each.since for each in await spool.drop_standings(MINE)] == [NOW]
        assert await spool.drop_standings(MINE) == []
        assert await spool.standings() == []
        assert await spool.subjects_version() == 2


async def test_a_closed_client_keeps_its_name_and_usage(spool: Store) -> None:
    """What it might do is forgotten with its counters; a row of usage stays, and says whose it is."""
    new = NewClient("praxis", frozenset(Channel), senders=("*@praxis.example",), daily=5, created_at=NOW)
    client = await spool.add_client(new, b"k" * 32)
    first, second = [await stored(spool, NOW + n, client_id=client.id) for n in range(2)]
    await leased_ids(spool, limit=1)
    await ended(spool, first, AttemptEnd(State.SENT))
    assert await spool.of_client(client.id, None, 1) == [first]
    assert await spool.of_client(client.id, first, 9) == [second]
    await spool.erase_all([first, second], NOW)
    await spool.close_client(client.id)
    closed = await spool.client_named("praxis")
    assert closed is not None
    assert (closed.revoked, closed.senders, closed.daily) == (True, (), None)
    assert await spool.client_of_key(b"k" * 32, NOW) is None
    assert (await spool.accepted_in("2027-01-15", client.id)).messages == 0
    assert [row.client_id for row in await spool.usage("2027-01")] == [client.id]
