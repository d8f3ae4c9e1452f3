"""The spool's contract about reports: a message moves by them legally, once, and is found by id or by reference."""

import pytest

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.reports import Awaited, Effect, Telling, Told
from gateway.spool.store import AttemptEnd, RepeatPolicy, Store, UsageRow
from tests.contract.spool_rooms import DAY, HOUR, ME, NOW, ended, leased_ids, state_of, stored

SENT = AttemptEnd(State.SENT, provider_ref="ref-1", awaits_report=True)
DOUBT = AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT)
DELIVERED, UNDELIVERED = State.DELIVERED, State.UNDELIVERED
USAGE = [UsageRow("2027-01", 1, Channel.SMS, "alpha", 1, 2)]


async def sent(store: Store, end: AttemptEnd = SENT, segments: int = 2) -> str:
    """Return the id of a message whose attempt at the provider alpha ended so."""
    number = await stored(store, owner=ME, segments=segments)
    assert await ended(store, number, end)
    return number


async def tell(store: Store, told: Told, now: int = NOW + 5) -> Effect:
    """Return what a report did."""
    return (await store.report(told, now)).effect


@pytest.mark.parametrize("state, reason", [(DELIVERED, None), (UNDELIVERED, Reason.UNROUTABLE)])
async def test_a_report_moves_what_was_sent(spool: Store, state: State, reason: Reason | None) -> None:
    """The provider's id finds the message; state, reason and time are the report's, and it was counted before."""
    number = await sent(spool)
    told = Told("alpha", state, provider_ref="ref-1", reason=reason)
    assert await spool.report(told, NOW + 5) == Telling(Effect.CHANGED, number, Channel.SMS, state)
    status = await spool.status(number)
    assert status is not None
    assert (status.state, status.reason, status.updated_at, status.provider_ref) == (state, reason, NOW + 5, "ref-1")
    assert await spool.usage("2027-01") == USAGE


@pytest.mark.parametrize("first", [DELIVERED, UNDELIVERED])
@pytest.mark.parametrize("second", [State.SENT, DELIVERED, UNDELIVERED])
async def test_nothing_goes_backwards(spool: Store, first: State, second: State) -> None:
    """After the end a report changes nothing, whatever it says and however often."""
    number = await sent(spool)
    assert await tell(spool, Told("alpha", first, provider_ref="ref-1")) is Effect.CHANGED
    assert await tell(spool, Told("alpha", second, provider_ref="ref-1")) is Effect.NOTHING
    assert await state_of(spool, number) is first


async def test_on_its_way_is_no_news_of_what_was_sent(spool: Store) -> None:
    """A provider that says twice that it took a message says nothing new."""
    await sent(spool)
    assert await tell(spool, Told("alpha", State.SENT, provider_ref="ref-1")) is Effect.NOTHING


@pytest.mark.parametrize(
    "told",
    [
        Told("beta", DELIVERED, provider_ref="ref-1"),
        Told("alpha", DELIVERED, provider_ref="ref-2"),
        Told("alpha", DELIVERED),
    ],
)
async def test_what_is_not_this_providers_is_unknown(spool: Store, told: Told) -> None:
    """Neither another provider's id, nor an id that nobody gave, finds a message."""
    number = await sent(spool)
    assert await spool.report(told, NOW) == Telling(Effect.UNKNOWN)
    assert await state_of(spool, number) is State.SENT


async def test_an_id_is_looked_for_only_where_reports_are_awaited(spool: Store) -> None:
    """Of a provider that never calls no index is kept: its id finds nothing."""
    await sent(spool, AttemptEnd(State.SENT, provider_ref="ref-1"))
    assert await tell(spool, Told("alpha", DELIVERED, provider_ref="ref-1")) is Effect.UNKNOWN


async def test_another_provider_cannot_tell_by_our_id(spool: Store) -> None:
    """Our id counts only at the provider that has the message."""
    number = await sent(spool)
    assert await tell(spool, Told("beta", DELIVERED, message_id=number)) is Effect.UNKNOWN
    assert await tell(spool, Told("alpha", DELIVERED, message_id=number)) is Effect.CHANGED


async def test_our_id_comes_first_and_theirs_where_it_finds_nothing(spool: Store) -> None:
    """A report with both is about our id; where that is none of this provider, about theirs."""
    first, second = (
        await sent(spool),
        await sent(spool, AttemptEnd(State.SENT, provider_ref="ref-2", awaits_report=True)),
    )
    assert await tell(spool, Told("alpha", DELIVERED, message_id=second, provider_ref="ref-1")) is Effect.CHANGED
    assert (await state_of(spool, first), await state_of(spool, second)) == (State.SENT, DELIVERED)
    unknown = Told("alpha", DELIVERED, message_id="0" * 32, provider_ref="ref-1")
    assert (await spool.report(unknown, NOW)).message_id == first


@pytest.mark.parametrize("state", [State.SENT, DELIVERED, UNDELIVERED])
async def test_a_report_settles_a_doubt(spool: Store, state: State) -> None:
    """What is in doubt becomes what was reported, keeps the provider's id, and is counted; its content is gone."""
    number = await sent(spool, DOUBT)
    reason = Reason.REFUSED if state is UNDELIVERED else None
    told = Told("alpha", state, message_id=number, provider_ref="late", reason=reason)
    assert await tell(spool, told) is Effect.CHANGED
    status = await spool.status(number)
    assert status is not None
    assert (status.state, status.reason, status.provider, status.provider_ref) == (state, reason, "alpha", "late")
    assert await spool.usage("2027-01") == USAGE
    assert (await spool.purge_content(NOW + DAY, NOW + DAY, 10)).rows == 0


async def test_a_doubt_that_is_settled_is_not_repeated(spool: Store) -> None:
    """A message in doubt that was due again is not leased after the report."""
    number = await sent(spool, AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT, due_at=NOW))
    assert await tell(spool, Told("alpha", DELIVERED, message_id=number)) is Effect.CHANGED
    assert await leased_ids(spool, now=NOW + HOUR) == []


async def test_the_end_of_an_attempt_that_comes_after_its_report_is_no_second_one(spool: Store) -> None:
    """A process that was taken for dead reports its own end in vain, and it is counted once."""
    number = await stored(spool, owner=ME)
    assert await spool.begin_attempt(number, ME, "alpha", NOW)
    await spool.recover(NOW, RepeatPolicy())
    assert await tell(spool, Told("alpha", State.SENT, message_id=number)) is Effect.CHANGED
    assert not await spool.finish_attempt(number, ME, SENT, NOW)
    assert await spool.usage("2027-01") == USAGE


async def test_a_report_before_the_end_of_its_attempt_is_early(spool: Store) -> None:
    """While the hand-over is open nothing changes; told again afterwards, it counts."""
    number = await stored(spool, owner=ME)
    assert await spool.begin_attempt(number, ME, "alpha", NOW)
    told = Told("alpha", DELIVERED, message_id=number)
    assert await spool.report(told, NOW) == Telling(Effect.EARLY, number, Channel.SMS, State.SENDING)
    assert await spool.finish_attempt(number, ME, SENT, NOW)
    assert await tell(spool, told) is Effect.CHANGED


async def test_a_report_while_a_doubt_is_about_to_be_repeated_is_early(spool: Store) -> None:
    """A message that was leased for its repeat, or given back from it, is told of again later."""
    number = await sent(spool, AttemptEnd(State.IN_DOUBT, Reason.TIMEOUT, due_at=NOW))
    assert await leased_ids(spool) == [number]
    told = Told("alpha", DELIVERED, message_id=number)
    assert await tell(spool, told) is Effect.EARLY
    await spool.release(ME, [number], NOW)
    assert await tell(spool, told) is Effect.EARLY


@pytest.mark.parametrize(
    "end",
    [AttemptEnd(State.FAILED, Reason.REFUSED), AttemptEnd(State.DEFERRED, Reason.UNAVAILABLE, due_at=NOW)],
)
async def test_what_was_not_taken_cannot_be_delivered(spool: Store, end: AttemptEnd) -> None:
    """A report about a message that the provider refused changes nothing."""
    number = await sent(spool, end)
    assert await tell(spool, Told("alpha", DELIVERED, message_id=number)) is Effect.NOTHING
    assert await state_of(spool, number) is end.state


async def test_a_report_after_erasure_finds_nothing(spool: Store) -> None:
    """What was erased stays so."""
    number = await sent(spool)
    await spool.erase(number, 1, NOW)
    told = Told("alpha", DELIVERED, message_id=number, provider_ref="ref-1")
    assert await spool.report(told, NOW) == Telling(Effect.UNKNOWN)
    assert await spool.status(number) is None


async def test_it_is_delivered_when_the_last_segment_is(spool: Store) -> None:
    """Each segment counts once, in whatever order; the message's own count holds where the report has none."""
    number = await sent(spool, segments=3)
    told = [Told("alpha", DELIVERED, message_id=number, part=part) for part in ("b", "a", "b", "c")]
    assert [await tell(spool, each) for each in told] == [
        Effect.COUNTED,
        Effect.COUNTED,
        Effect.COUNTED,
        Effect.CHANGED,
    ]
    assert await state_of(spool, number) is DELIVERED


async def test_the_reports_count_of_segments_counts(spool: Store) -> None:
    """The vendor knows into how many pieces it cut a text."""
    number = await sent(spool, segments=3)
    told = [Told("alpha", DELIVERED, message_id=number, part=part, parts=2) for part in ("1", "2")]
    assert [await tell(spool, each) for each in told] == [Effect.COUNTED, Effect.CHANGED]


async def test_one_lost_segment_is_enough(spool: Store) -> None:
    """A text with a piece missing did not arrive."""
    number = await sent(spool)
    assert await tell(spool, Told("alpha", DELIVERED, message_id=number, part="1")) is Effect.COUNTED
    lost = Told("alpha", UNDELIVERED, message_id=number, reason=Reason.UNROUTABLE, part="2")
    assert await tell(spool, lost) is Effect.CHANGED
    assert await state_of(spool, number) is UNDELIVERED


async def test_the_first_segment_settles_a_doubt(spool: Store) -> None:
    """A piece that arrived was taken."""
    number = await sent(spool, DOUBT)
    told = [Told("alpha", DELIVERED, message_id=number, part=part) for part in ("1", "2")]
    assert [await tell(spool, told[0]), await state_of(spool, number)] == [Effect.CHANGED, State.SENT]
    assert [await tell(spool, told[1]), await state_of(spool, number)] == [Effect.CHANGED, DELIVERED]


async def test_whose_end_is_not_told(spool: Store) -> None:
    """Messages that one provider has or may have are found by when they were accepted, oldest first."""
    first, doubted = await sent(spool), await sent(spool, DOUBT)
    done = await sent(spool, AttemptEnd(State.SENT, provider_ref="ref-9"))
    assert await tell(spool, Told("alpha", DELIVERED, message_id=done)) is Effect.CHANGED
    await stored(spool)
    found = await spool.awaited("alpha", range(NOW, NOW + 1), 10)
    assert sorted(each.message_id for each in found) == sorted([first, doubted])
    assert Awaited(doubted, None) in found
    assert await spool.awaited("alpha", range(NOW, NOW + 1), 1) == sorted(found, key=lambda each: each.message_id)[:1]
    assert [await spool.awaited("beta", range(NOW, NOW + 1), 9), await spool.awaited("alpha", range(NOW), 9)] == [
        [],
        [],
    ]


async def test_one_turn_for_all_in_a_time(spool: Store) -> None:
    """Whoever asks first has the turn, and learns since when nobody had it."""
    assert [await spool.take_turn("poll", NOW, 60), await spool.take_turn("poll", NOW + 59, 60)] == [NOW - 60, None]
    assert await spool.take_turn("other", NOW + 59, 60) == NOW - 1
    assert await spool.take_turn("poll", NOW + 300, 60) == NOW
