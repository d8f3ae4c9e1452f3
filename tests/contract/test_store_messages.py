"""The spool's contract: messages come in, attempts begin and end, and what is known of them is told."""

import pytest
from msgspec.structs import replace

from gateway.core.ids import new_message_id
from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.store import AttemptEnd, IdTakenError, Listing, MessageStatus, QueueDepth, Store, UsageRow
from tests.contract.spool_rooms import DAY, ME, NOW, OTHER, ended, leased_ids, message, sealed, state_of, stored

SENT = AttemptEnd(State.SENT, provider_ref="ref-1", segments=3)
MONTH, NEXT_MONTH = "2027-01", "2027-02"  # of NOW


async def test_a_message_is_told_as_it_was_put(spool: Store) -> None:
    """The status has what came in and nothing yet of a provider."""
    new = message(stripped=4)
    await spool.put([new])
    expected = MessageStatus(
        new.id, 1, Channel.SMS, State.QUEUED, None, None, None, 0, 2, 4, NOW, NOW, NOW + DAY
    )  # fmt: skip
    assert expected == await spool.status(new.id)


async def test_a_message_is_told_to_its_client_alone(spool: Store) -> None:
    """Another client's message is as one that does not exist."""
    message_id = await stored(spool, client_id=7)
    statuses = [await spool.status(*who) for who in [(message_id, 7), (message_id, 8), (new_message_id(), None)]]
    assert [status is not None for status in statuses] == [True, False, False]


async def test_a_message_with_an_owner_is_leased_at_once(spool: Store) -> None:
    """It is `sending`, and nobody else is given it."""
    message_id = await stored(spool, owner=ME)
    assert (await state_of(spool, message_id), await leased_ids(spool, OTHER)) == (State.SENDING, [])


async def test_many_messages_are_put_together(spool: Store) -> None:
    """Hundreds in one call are all there, each with its own content."""
    new = [message(content=sealed(ciphertext=b"%d" % number)) for number in range(333)]
    await spool.put(new)
    leased = await spool.lease(ME, NOW, 1000, channels=[Channel.SMS])
    expected = {each.id: each.content.ciphertext for each in new}
    assert expected == {each.id: each.content.ciphertext for each in leased}


async def test_nothing_is_put_is_well(spool: Store) -> None:
    """An empty call changes nothing."""
    await spool.put([])
    assert await spool.listing(Listing()) == []


async def test_all_are_put_or_none(spool: Store) -> None:
    """One id that is taken refuses the whole call, and what was there stays as it was."""
    first, second = message(), message()
    await spool.put([first])
    with pytest.raises(IdTakenError):
        await spool.put([second, replace(first, client_id=2)])
    assert ((await spool.status(first.id)).client_id, await spool.status(second.id)) == (1, None)  # type: ignore[union-attr]


async def test_what_is_accepted_is_counted_a_day_and_client(spool: Store) -> None:
    """The count is of the UTC day of acceptance, and only of what was stored."""
    await spool.put([message(), message(), message(client_id=2), message(NOW + DAY)])
    with pytest.raises(IdTakenError):
        await spool.put([twice := message(), twice])
    counts = [(await spool.accepted_in(day, 1)).messages for day in ("2027-01-15", "2027-01-16", "2027-01-17")]
    assert (counts, (await spool.accepted_in("2027-01-15", 2)).messages) == ([2, 1, 0], 1)


async def test_a_sent_message_is_told_with_its_provider(spool: Store) -> None:
    """Provider, its id, attempts and segments are in the status; the lease is given up."""
    message_id = await stored(spool, owner=ME)
    assert await spool.begin_attempt(message_id, ME, "alpha", NOW + 1)
    assert await spool.finish_attempt(message_id, ME, SENT, NOW + 2)
    expected = MessageStatus(
        message_id, 1, Channel.SMS, State.SENT, None, "alpha", "ref-1", 1, 3, 0, NOW, NOW + 2, NOW + DAY
    )  # fmt: skip
    assert expected == await spool.status(message_id)


@pytest.mark.parametrize("owner", [None, OTHER])
async def test_only_the_owner_may_attempt(spool: Store, owner: str | None) -> None:
    """What belongs to nobody or to another must not be sent."""
    message_id = await stored(spool, owner=owner)
    assert not await spool.begin_attempt(message_id, ME, "alpha", NOW)
    assert not await spool.finish_attempt(message_id, ME, SENT, NOW)
    assert await spool.usage(MONTH) == []


async def test_an_attempt_is_not_begun_twice(spool: Store) -> None:
    """While an attempt is open at a provider, a second one there is refused."""
    message_id = await stored(spool, owner=ME)
    begun = [await spool.begin_attempt(message_id, ME, "alpha", NOW) for _ in range(2)]
    assert begun == [True, False]


async def test_the_next_provider_ends_the_attempt_at_the_one_before(spool: Store) -> None:
    """A message goes from one provider to the next under one lease; both attempts count."""
    message_id = await stored(spool, owner=ME)
    assert await spool.begin_attempt(message_id, ME, "alpha", NOW)
    assert await ended(spool, message_id, SENT, "beta")
    status = await spool.status(message_id)
    assert status is not None
    assert (status.provider, status.attempts) == ("beta", 2)


async def test_an_attempt_ends_once(spool: Store) -> None:
    """The lease went with the first end: a second one records and counts nothing."""
    message_id = await stored(spool, owner=ME)
    assert await ended(spool, message_id, SENT)
    assert not await spool.finish_attempt(message_id, ME, AttemptEnd(State.FAILED, Reason.REFUSED), NOW)
    assert (await state_of(spool, message_id), (await spool.usage(MONTH))[0].messages) == (State.SENT, 1)


async def test_a_message_may_fail_without_an_attempt(spool: Store) -> None:
    """Where no attempt could be made the owner ends it all the same."""
    message_id = await stored(spool, owner=ME)
    assert await spool.finish_attempt(message_id, ME, AttemptEnd(State.FAILED, Reason.NO_ROUTE), NOW)
    status = await spool.status(message_id)
    assert status is not None
    assert (status.state, status.reason, status.attempts) == (State.FAILED, Reason.NO_ROUTE, 0)


async def test_what_no_provider_took_is_not_billed(spool: Store) -> None:
    """Without an attempt there is nobody who could."""
    message_id = await stored(spool, owner=ME)
    assert await spool.finish_attempt(message_id, ME, SENT, NOW)
    assert await spool.usage(MONTH) == []


async def test_usage_counts_what_was_sent(spool: Store) -> None:
    """A row a month, client, channel and provider; the provider's segments count where it tells them, else ours."""
    for client_id, end in [(1, SENT), (1, replace(SENT, segments=None)), (2, SENT), (2, AttemptEnd(State.DEFERRED))]:
        await ended(spool, await stored(spool, client_id=client_id, owner=ME), end)
    mail = await stored(spool, channel=Channel.EMAIL, segments=None, owner=ME)
    await ended(spool, mail, replace(SENT, segments=None), now=NOW + 31 * DAY)
    expected = [UsageRow(MONTH, 1, Channel.SMS, "alpha", 2, 5), UsageRow(MONTH, 2, Channel.SMS, "alpha", 1, 3)]
    assert expected == await spool.usage(MONTH)
    assert [UsageRow(NEXT_MONTH, 1, Channel.EMAIL, "alpha", 1, 0)] == await spool.usage(NEXT_MONTH)
    assert expected[1:] == await spool.usage(MONTH, 2)


async def test_what_was_sent_is_counted_though_it_was_erased(spool: Store) -> None:
    """The provider bills it, so it counts, with the segments that were known."""
    message_id = await stored(spool, owner=ME)
    assert await spool.begin_attempt(message_id, ME, "alpha", NOW)
    assert await spool.erase(message_id, 1, NOW)
    assert not await spool.finish_attempt(message_id, ME, replace(SENT, segments=None), NOW)
    assert [UsageRow(MONTH, 1, Channel.SMS, "alpha", 1, 2)] == await spool.usage(MONTH)


async def test_messages_are_listed_newest_first(spool: Store) -> None:
    """Pages follow each other without a gap or a repetition."""
    ids = [await stored(spool, NOW + second) for second in range(5)]
    first = [status.id for status in await spool.listing(Listing(limit=3))]
    second = [status.id for status in await spool.listing(Listing(limit=3, before=first[-1]))]
    assert (ids[:1:-1], ids[1::-1]) == (first, second)


async def test_a_listing_is_narrowed(spool: Store) -> None:
    """By client, state and channel, alone and together."""
    mine = await stored(spool, NOW, client_id=1, owner=ME)
    mail = await stored(spool, NOW + 1, client_id=1, channel=Channel.EMAIL)
    other = await stored(spool, NOW + 2, client_id=2)
    wanted = [
        Listing(client_id=1),
        Listing(state=State.QUEUED),
        Listing(channel=Channel.SMS),
        Listing(client_id=1, state=State.QUEUED, channel=Channel.EMAIL),
        Listing(client_id=2, state=State.SENDING),
    ]
    found = [[status.id for status in await spool.listing(each)] for each in wanted]
    assert [[mail, mine], [other, mail], [other, mine], [mail], []] == found


async def test_a_page_is_bounded(spool: Store) -> None:
    """However much is asked for, at most a hundred are listed; less than nothing is nothing."""
    await spool.put([message(NOW + number) for number in range(101)])
    assert [len(await spool.listing(Listing(limit=limit))) for limit in (1000, -1)] == [100, 0]


async def test_depths_count_what_waits_and_is_sent(spool: Store) -> None:
    """A row a channel and state, since its oldest was accepted; what is finished is not counted."""
    await spool.put([message(NOW + 5), message(NOW + 3), message(NOW + 9, channel=Channel.EMAIL)])
    await stored(spool, NOW + 7, owner=ME)
    await ended(spool, await stored(spool, owner=ME), SENT)
    await ended(spool, await stored(spool, NOW + 1, owner=ME), AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT))
    expected = [
        QueueDepth(Channel.EMAIL, State.QUEUED, 1, NOW + 9),
        QueueDepth(Channel.SMS, State.IN_DOUBT, 1, NOW + 1),
        QueueDepth(Channel.SMS, State.QUEUED, 2, NOW + 3),
        QueueDepth(Channel.SMS, State.SENDING, 1, NOW + 7),
    ]
    assert expected == sorted(await spool.queue_depths(), key=lambda depth: (depth.channel, depth.state))
