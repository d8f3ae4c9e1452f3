"""The spool's contract: what the retention engine destroys, in small steps, and what it finds left."""

import pytest

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.retention import Purge
from gateway.spool.store import AttemptEnd, Listing, Store
from tests.contract.spool_rooms import DAY, HOUR, ME, NOW, ended, leased_ids, message, sealed, state_of, stored

SENT = AttemptEnd(State.SENT, provider_ref="ref", segments=1)


async def test_nothing_is_left_of_nothing(spool: Store) -> None:
    """An empty spool has nothing to purge and nothing that is old; its log can be cut."""
    purges = [
        await spool.purge_content(NOW, NOW, 9),
        await spool.purge_metadata(NOW, 9),
        await spool.purge_usage("2027-01", 9),
    ]
    assert [Purge(0)] * 3 == purges
    assert await spool.truncate_log()


async def test_purges_are_remembered(spool: Store) -> None:
    """The last of each class."""
    assert await spool.purged_at() == {}
    await spool.note_purged({"content": NOW, "usage": NOW})
    await spool.note_purged({"content": NOW + 1})
    assert await spool.purged_at() == {"content": NOW + 1, "usage": NOW}


async def test_the_oldest_that_is_scheduled_is_found(spool: Store) -> None:
    """By its acceptance, over all epochs that have not begun; what lies in those that have is not scheduled."""
    await stored(spool, NOW - DAY, content=sealed(NOW))
    assert await spool.oldest_scheduled(NOW) is None
    for accepted, epoch in ((5, 20), (3, 90), (4, 90), (1, 1)):
        await stored(spool, NOW + accepted, content=sealed(NOW + epoch * HOUR))
    assert [await spool.oldest_scheduled(NOW + at * HOUR) for at in (0, 1, 20, 90)] == [NOW + 1, NOW + 3, NOW + 3, None]


async def test_content_dies_with_its_epoch(spool: Store) -> None:
    """Messages of older epochs expire, whatever their deadline; the oldest epoch that is left is told."""
    old = [await stored(spool, content=sealed(NOW - HOUR)) for _ in range(3)]
    young = await stored(spool, content=sealed(NOW))
    steps = [await spool.purge_content(NOW, NOW + 9, 2) for _ in range(3)]
    assert [Purge(2, NOW - HOUR, {Channel.SMS: 2}), Purge(1, NOW, {Channel.SMS: 1}), Purge(0, NOW)] == steps
    statuses = [await spool.status(each) for each in old]
    assert [(each.state, each.reason, each.updated_at) for each in statuses if each] == [
        (State.EXPIRED, Reason.DEADLINE, NOW + 9)
    ] * 3
    assert [young] == await leased_ids(spool)


@pytest.mark.parametrize("case", ["deferred", "in_doubt", "leased", "attempted"])
async def test_content_dies_in_every_state(spool: Store, case: str) -> None:
    """Waiting, in doubt, leased or being handed over: it ends as expired, and its late outcome is not recorded."""
    message_id = await stored(spool, owner=ME)
    if case == "deferred":
        await ended(spool, message_id, AttemptEnd(State.DEFERRED, Reason.UNAVAILABLE, due_at=NOW))
    if case == "in_doubt":
        await ended(spool, message_id, AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT))
    if case == "attempted":
        assert await spool.begin_attempt(message_id, ME, "alpha", NOW)
    assert Purge(1, None, {Channel.SMS: 1}) == await spool.purge_content(NOW + 1, NOW, 9)
    assert State.EXPIRED is await state_of(spool, message_id)
    assert not await spool.finish_attempt(message_id, ME, SENT, NOW)
    assert not await spool.begin_attempt(message_id, ME, "alpha", NOW)


async def test_what_was_sent_has_no_content_to_purge(spool: Store) -> None:
    """It was destroyed with the hand-over."""
    await ended(spool, await stored(spool, owner=ME), SENT)
    assert Purge(0) == await spool.purge_content(NOW + DAY, NOW, 9)


async def test_epochs_do_not_mix(spool: Store) -> None:
    """Content that comes and goes in any order lies with its epoch."""
    epochs = [NOW + 20, NOW, NOW + 10, NOW, NOW + 20]
    ids = [await stored(spool, content=sealed(epoch), owner=ME) for epoch in epochs]
    await ended(spool, ids[3], SENT)
    ids.append(await stored(spool, content=sealed(NOW)))
    await spool.put([message(content=sealed(epoch)) for epoch in epochs])
    found = [await spool.purge_content(before, NOW, 99) for before in (NOW, NOW + 1, NOW + 11, NOW + 21)]
    assert [(purge.rows, purge.oldest_at) for purge in found] == [(0, NOW), (4, NOW + 10), (2, NOW + 20), (4, None)]


async def test_rows_of_finished_messages_die(spool: Store) -> None:
    """In the order of acceptance, a step at a time; what still waits stays."""
    waiting = await stored(spool, NOW - 9)
    finished = [await stored(spool, NOW + at, owner=ME) for at in range(4)]
    for each in finished:
        await ended(spool, each, SENT, now=NOW + 9)
    steps = [await spool.purge_metadata(NOW + 3, 2) for _ in range(3)]
    assert [Purge(2, NOW + 2), Purge(1, NOW + 3), Purge(0, NOW + 3)] == steps
    assert [finished[3], waiting] == [status.id for status in await spool.listing(Listing())]


async def test_counts_of_days_die_with_the_rows(spool: Store) -> None:
    """The day of the limit itself stays."""
    await spool.put([message(NOW - DAY), message(NOW)])
    await spool.purge_metadata(NOW, 9)
    assert [(await spool.accepted_in(day, 1)).messages for day in ("2027-01-14", "2027-01-15")] == [0, 1]


async def test_counts_for_billing_die_by_month(spool: Store) -> None:
    """Months before the given one; the age of a count is that of its month's end."""
    for month in range(3):
        for client_id in (1, 2):
            sent = await stored(spool, client_id=client_id, owner=ME)
            await ended(spool, sent, SENT, now=NOW + month * 31 * DAY)
    february, march, april = 1_801_440_000, 1_803_859_200, 1_806_537_600
    found = [await spool.purge_usage(month, 1) for month in ("2027-01", "2027-02", "2027-02", "2027-03")]
    assert [Purge(0, february), Purge(1, february), Purge(1, march), Purge(1, march)] == found
    assert Purge(1, april) == await spool.purge_usage("2027-03", 9)
    assert [len(await spool.usage(month)) for month in ("2027-01", "2027-02", "2027-03")] == [0, 0, 2]
