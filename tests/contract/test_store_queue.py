"""The spool's contract: leases, what becomes of them when a process is gone, deadlines and withdrawals."""

from typing import Any

import pytest

from gateway.core.ids import new_message_id
from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.store import AttemptEnd, Recovered, RepeatPolicy, Store
from tests.contract.spool_rooms import (
    DAY,
    HOUR,
    ME,
    NOW,
    OTHER,
    ended,
    leased_ids,
    message,
    sealed,
    state_of,
    stored,
)

NO_REPEAT = RepeatPolicy()
LATER = AttemptEnd(State.DEFERRED, Reason.UNAVAILABLE, due_at=NOW + 60)
DOUBT = AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT)
SENT = AttemptEnd(State.SENT, provider_ref="ref")


async def test_the_oldest_due_is_leased_first(spool: Store) -> None:
    """In the order of due times over all channels, up to the limit, and each once."""
    third = await stored(spool, NOW + 3)
    first = await stored(spool, NOW + 1)
    second = await stored(spool, NOW + 2, channel=Channel.EMAIL)
    leased = [await leased_ids(spool, owner, NOW + 9, 2) for owner in (ME, OTHER, ME)]
    assert [[first, second], [third], []] == leased


async def test_a_lease_is_for_channels(spool: Store) -> None:
    """Only what was asked for is taken; no channel is nothing."""
    mail = await stored(spool, channel=Channel.EMAIL)
    await stored(spool)
    asked = [await spool.lease(ME, NOW, 9, channels=channels) for channels in ([], [Channel.EMAIL])]
    assert [[], [mail]] == [[each.id for each in leased] for leased in asked]


async def test_a_leased_message_brings_its_content(spool: Store) -> None:
    """Sealed bytes, epoch, times and attempts are as they were put."""
    new = message(content=sealed(NOW - HOUR, b"bytes"))
    await spool.put([new])
    [leased] = await spool.lease(ME, NOW, 1, channels=[Channel.SMS])
    content = leased.content
    assert (content.epoch, content.wrapped_key, content.ciphertext) == (NOW - HOUR, b"k" * 60, b"bytes")
    assert (new.id, 1, Channel.SMS, 0, NOW, NOW + DAY, None) == (
        leased.id, leased.client_id, leased.channel, leased.attempts, leased.created_at, leased.expires_at,
        leased.doubted_provider,
    )  # fmt: skip


@pytest.mark.parametrize("different", [{"due_at": NOW + 1}, {"expires_at": NOW}, {"owner": OTHER}])
async def test_what_is_not_due_is_not_leased(spool: Store, different: dict[str, Any]) -> None:
    """Neither what is due later, nor what is too late already, nor another's."""
    await stored(spool, **different)
    assert await leased_ids(spool) == []


async def test_deferred_messages_come_back_when_they_are_due(spool: Store) -> None:
    """Until then nobody gets them; then they bring the number of attempts made."""
    message_id = await stored(spool, owner=ME)
    assert await ended(spool, message_id, LATER)
    assert await leased_ids(spool, now=NOW + 59) == []
    [leased] = await spool.lease(OTHER, NOW + 60, 1, channels=[Channel.SMS])
    assert (message_id, 1) == (leased.id, leased.attempts)


async def test_a_deferred_message_without_a_due_time_waits_for_its_deadline(spool: Store) -> None:
    """It is never leased, and it expires."""
    message_id = await stored(spool, owner=ME)
    assert await ended(spool, message_id, AttemptEnd(State.DEFERRED, Reason.DEADLINE))
    assert await leased_ids(spool, now=NOW + DAY - 1) == []
    assert ((await spool.expire(NOW + DAY, 9)).total(), await state_of(spool, message_id)) == (1, State.EXPIRED)


async def test_what_is_in_doubt_is_repeated_where_it_has_a_due_time(spool: Store) -> None:
    """It says who may have it; without a due time it is held."""
    held = await stored(spool, owner=ME)
    repeated = await stored(spool, owner=ME)
    await ended(spool, held, DOUBT)
    await ended(spool, repeated, AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT, due_at=NOW + 5))
    leased = await spool.lease(ME, NOW + 5, 9, channels=[Channel.SMS])
    assert [(repeated, "alpha")] == [(each.id, each.doubted_provider) for each in leased]
    assert (await state_of(spool, held), await state_of(spool, repeated)) == (State.IN_DOUBT, State.SENDING)


async def test_what_one_provider_may_have_never_goes_to_another(spool: Store) -> None:
    """Also when a later attempt there was certainly not taken: the first one is in doubt still."""
    message_id = await stored(spool, owner=ME)
    await ended(spool, message_id, AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT, due_at=NOW))
    assert [message_id] == await leased_ids(spool)
    await ended(spool, message_id, AttemptEnd(State.DEFERRED, Reason.UNAVAILABLE, due_at=NOW))
    assert [message_id] == await leased_ids(spool)
    begun = [await spool.begin_attempt(message_id, ME, provider, NOW) for provider in ("beta", "alpha")]
    assert begun == [False, True]


async def test_messages_that_were_not_attempted_are_given_back(spool: Store) -> None:
    """They are due for anyone; an open attempt and another's message are not touched."""
    given, open_one, other = [await stored(spool, owner=owner) for owner in (ME, ME, OTHER)]
    await spool.begin_attempt(open_one, ME, "alpha", NOW)
    await spool.release(ME, [given, open_one, other], NOW + 9)
    assert ([], [given]) == (await leased_ids(spool, now=NOW + 8), await leased_ids(spool, now=NOW + 9))


async def test_what_a_dead_process_held_is_taken_over(spool: Store) -> None:
    """Queued again where no attempt was open, in doubt where one was; the living keep theirs."""
    await spool.keep_alive(ME, NOW + 10)
    await spool.keep_alive(OTHER, NOW + 20)
    queued, doubted, others = [await stored(spool, owner=owner) for owner in (ME, ME, OTHER)]
    await spool.begin_attempt(doubted, ME, "alpha", NOW)
    assert Recovered() == await spool.recover(NOW + 9, NO_REPEAT)
    assert Recovered(queued=1, in_doubt=1) == await spool.recover(NOW + 10, NO_REPEAT)
    states = [await state_of(spool, each) for each in (queued, doubted, others)]
    assert states == [State.QUEUED, State.IN_DOUBT, State.SENDING]
    assert [queued] == await leased_ids(spool, OTHER, NOW + 10)
    assert not await spool.begin_attempt(queued, ME, "alpha", NOW + 10)


async def test_an_owner_that_never_said_it_lives_is_dead(spool: Store) -> None:
    """Its messages are taken over at once."""
    message_id = await stored(spool, owner=ME)
    assert (Recovered(queued=1), [message_id]) == (await spool.recover(NOW, NO_REPEAT), await leased_ids(spool))


async def test_a_lease_is_not_cut_short(spool: Store) -> None:
    """A late word of an earlier end changes nothing."""
    await spool.keep_alive(ME, NOW + 20)
    await spool.keep_alive(ME, NOW + 10)
    await stored(spool, owner=ME)
    assert Recovered() == await spool.recover(NOW + 19, NO_REPEAT)


async def test_a_process_may_come_back_after_long(spool: Store) -> None:
    """Its name was forgotten; what it leases then is its own."""
    await stored(spool, owner=ME)
    await spool.recover(NOW, NO_REPEAT)
    await spool.recover(NOW + 3 * DAY, NO_REPEAT)
    await spool.keep_alive(ME, NOW + 4 * DAY)
    message_id = await stored(spool, NOW + 3 * DAY, owner=ME)
    assert Recovered() == await spool.recover(NOW + 3 * DAY, NO_REPEAT)
    assert await spool.begin_attempt(message_id, ME, "alpha", NOW + 3 * DAY)


@pytest.mark.parametrize(
    "policy, repeated",
    [
        (RepeatPolicy(), []),
        (RepeatPolicy(channels=frozenset({Channel.EMAIL})), ["mail"]),
        (RepeatPolicy(providers=frozenset({"beta", "gamma"})), ["beta"]),
        (RepeatPolicy(frozenset(Channel), frozenset({"alpha"})), ["mail", "alpha", "beta"]),
    ],
)
async def test_the_policy_says_which_doubts_are_repeated(
    spool: Store, policy: RepeatPolicy, repeated: list[str]
) -> None:
    """By channel or by provider; the others are held."""
    cases = {"mail": (Channel.EMAIL, "alpha"), "alpha": (Channel.SMS, "alpha"), "beta": (Channel.SMS, "beta")}
    names = {}
    for name, (channel, provider) in cases.items():
        message_id = await stored(spool, channel=channel, owner=ME)
        await spool.begin_attempt(message_id, ME, provider, NOW)
        names[message_id] = name
    assert Recovered(in_doubt=3) == await spool.recover(NOW, policy)
    assert sorted(repeated) == sorted(names[each] for each in await leased_ids(spool))


@pytest.mark.parametrize("end", [SENT, LATER, AttemptEnd(State.FAILED, Reason.REFUSED), DOUBT])
async def test_a_late_end_settles_a_doubt_that_nobody_has_touched(spool: Store, end: AttemptEnd) -> None:
    """A process that was thought dead knows better what became of its attempt."""
    message_id = await stored(spool, owner=ME)
    await spool.begin_attempt(message_id, ME, "alpha", NOW)
    await spool.recover(NOW, NO_REPEAT)
    assert (True, end.state) == (
        await spool.finish_attempt(message_id, ME, end, NOW),
        await state_of(spool, message_id),
    )


async def test_a_late_end_does_not_touch_a_newer_attempt(spool: Store) -> None:
    """Once another process has tried again its outcome counts; but both were sent."""
    message_id = await stored(spool, owner=ME)
    await spool.begin_attempt(message_id, ME, "alpha", NOW)
    await spool.recover(NOW, RepeatPolicy(channels=frozenset(Channel)))
    assert [message_id] == await leased_ids(spool, OTHER)
    assert await spool.begin_attempt(message_id, OTHER, "alpha", NOW)
    assert not await spool.finish_attempt(message_id, ME, SENT, NOW)
    assert await spool.finish_attempt(message_id, OTHER, DOUBT, NOW)
    assert not await spool.finish_attempt(message_id, ME, SENT, NOW)
    assert State.IN_DOUBT is await state_of(spool, message_id)


async def test_deadlines_are_kept(spool: Store) -> None:
    """Queued, deferred and doubted messages expire; what is being sent does not. A step ends as many as it may."""
    late = [await stored(spool), await stored(spool, owner=ME), await stored(spool, owner=ME)]
    await ended(spool, late[1], LATER)
    await ended(spool, late[2], DOUBT)
    sending, young = await stored(spool, owner=ME), await stored(spool, NOW + 1)
    assert [(await spool.expire(NOW + DAY - (not i), 2)).total() for i in range(4)] == [0, 2, 1, 0]
    statuses = [await spool.status(each) for each in late]
    assert [(each.state, each.reason) for each in statuses if each] == [(State.EXPIRED, Reason.DEADLINE)] * 3
    assert [await state_of(spool, each) for each in (sending, young)] == [State.SENDING, State.QUEUED]


@pytest.mark.parametrize(
    "end, last",
    [
        (None, State.CANCELLED),
        (LATER, State.CANCELLED),
        (DOUBT, State.IN_DOUBT),
        (SENT, State.SENT),
        (AttemptEnd(State.FAILED, Reason.REFUSED), State.FAILED),
    ],
)
async def test_a_message_is_erased(spool: Store, end: AttemptEnd | None, last: State) -> None:
    """What was not handed over is cancelled by it; the last state is told, and the message is gone."""
    message_id = await stored(spool, owner=ME)
    if end is not None:
        await ended(spool, message_id, end)
    told = await spool.erase(message_id, 1, NOW + 5)
    assert (last, None) == (told and told.state, await spool.status(message_id))
    assert await leased_ids(spool, now=NOW + HOUR) == []


async def test_an_open_attempt_does_not_save_a_message(spool: Store) -> None:
    """It is erased as `sending`; no further attempt can begin."""
    message_id = await stored(spool, owner=ME)
    await spool.begin_attempt(message_id, ME, "alpha", NOW)
    told = await spool.erase(message_id, 1, NOW)
    assert State.SENDING is (told and told.state)
    assert not await spool.begin_attempt(message_id, ME, "beta", NOW)


async def test_only_the_client_erases(spool: Store) -> None:
    """Another client's message and one that does not exist are not there."""
    message_id = await stored(spool)
    assert [await spool.erase(message_id, 2, NOW), await spool.erase(new_message_id(), 1, NOW)] == [None, None]
    assert State.QUEUED is await state_of(spool, message_id)
