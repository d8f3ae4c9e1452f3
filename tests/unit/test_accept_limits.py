"""What a client may send: its rate and its day."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.message import Channel
from gateway.core.rate import Rate
from gateway.intake.limits import Exceeded, Limit, Limits
from gateway.settings import LimitsSection
from gateway.spool.clients import Client
from gateway.spool.sqlite import SqliteStore
from tests.contract.spool_rooms import DAY, NOW, stored

# One second before midnight in UTC.
EVENING = NOW - NOW % DAY + DAY - 1
DEFAULTS = LimitsSection(rate=Rate(5, 1), daily=8)


class Time:
    def __init__(self) -> None:
        self.now = EVENING - 3600
        self.passed = 1000.0

    def pass_by(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.passed += seconds
        self.now += int(seconds)


@pytest.fixture
def time() -> Time:
    """Return a time that stands."""
    return Time()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """Return an open spool."""
    store = SqliteStore(tmp_path / "spool.db")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def limits(store: SqliteStore, time: Time) -> Limits:
    """Return what is tested."""
    return Limits(store, DEFAULTS, clock=lambda: time.now, monotonic=lambda: time.passed)


def client(number: int = 1, rate: Rate | None = None, daily: int | None = 1000) -> Client:
    """Return a client."""
    return Client(number, f"client-{number}", frozenset(Channel), rate=rate, daily=daily)


async def take(limits: Limits, client: Client, count: int = 1) -> Exceeded | None:
    """Take room for all of some messages, which must be there or not at all."""
    taken = await limits.take(client, [0] * count)
    assert taken.count == (0 if taken.exceeded else count)
    return taken.exceeded


async def test_a_rate_is_a_bucket_that_fills(limits: Limits, time: Time) -> None:
    """So many at once; then as many as time brings; never more than the bucket holds."""
    me = client(rate=Rate(3, 1))
    assert [await take(limits, me) for _ in range(3)] == [None] * 3
    assert await take(limits, me) == Exceeded(Limit.RATE, 1)
    time.pass_by(0.4)
    assert [await take(limits, me), await take(limits, me)] == [None, Exceeded(Limit.RATE, 1)]
    time.pass_by(100)
    assert [await take(limits, me) for _ in range(4)] == [None] * 3 + [Exceeded(Limit.RATE, 1)]


async def test_a_slow_rate_says_how_long_to_wait(limits: Limits, time: Time) -> None:
    """Whole seconds until there is room for what was asked."""
    me = client(rate=Rate(2, 3600))
    assert await take(limits, me, 2) is None
    assert await take(limits, me, 2) == Exceeded(Limit.RATE, 3600)
    time.pass_by(600)
    assert await take(limits, me) == Exceeded(Limit.RATE, 1200)


async def test_a_batch_may_be_larger_than_the_rate(limits: Limits, time: Time) -> None:
    """It takes a full bucket, and what is missing is waited for afterwards."""
    me = client(rate=Rate(2, 1))
    assert await take(limits, me, 10) is None
    assert await take(limits, me) == Exceeded(Limit.RATE, 5)
    time.pass_by(5)
    assert await take(limits, me) is None


async def test_each_client_has_an_account_of_its_own(limits: Limits) -> None:
    """One that is over its rate does not stop another; without a rate the default holds."""
    one, two = client(1), client(2)
    assert [await take(limits, one) for _ in range(6)] == [None] * 5 + [Exceeded(Limit.RATE, 1)]
    assert await take(limits, two) is None


async def test_a_day_has_a_quota_until_midnight_in_utc(limits: Limits, time: Time) -> None:
    """Then it begins anew; without one of its own a client has the default."""
    me = client(rate=Rate(100, 1), daily=None)
    assert await take(limits, me, 8) is None
    assert await take(limits, me) == Exceeded(Limit.DAILY, 3601)
    time.pass_by(3600)
    assert await take(limits, me) == Exceeded(Limit.DAILY, 1)
    time.pass_by(1)
    assert [await take(limits, me, 8), await take(limits, me)] == [None, Exceeded(Limit.DAILY, DAY)]


async def test_a_quota_of_nothing_is_a_quota(limits: Limits) -> None:
    """Zero is not taken for none."""
    assert await take(limits, client(daily=0)) == Exceeded(Limit.DAILY, 3601)


async def test_what_was_not_accepted_is_given_back(limits: Limits) -> None:
    """The day's count is what counts; it never falls below nothing."""
    me = client(rate=Rate(100, 1), daily=2)
    assert await take(limits, me, 2) is None
    limits.give_back(me)
    assert [await take(limits, me), await take(limits, me)] == [None, Exceeded(Limit.DAILY, 3601)]
    limits.give_back(me, 5)
    assert await take(limits, me, 2) is None


async def test_the_day_begins_at_what_the_spool_says(store: SqliteStore, limits: Limits, time: Time) -> None:
    """What was accepted before a restart counts."""
    me = client(rate=Rate(100, 1), daily=3)
    for _ in range(2):
        await stored(store, time.now)
    assert [await take(limits, me), await take(limits, me)] == [None, Exceeded(Limit.DAILY, 3601)]


async def test_what_other_processes_accept_is_seen_within_a_minute(
    store: SqliteStore, limits: Limits, time: Time
) -> None:
    """The count is read again; what this process has under way is not lost by that."""
    me = client(rate=Rate(100, 1), daily=4)
    assert await take(limits, me, 2) is None
    for _ in range(3):
        await stored(store, time.now)
    time.pass_by(60)
    assert [await take(limits, me), await take(limits, me)] == [None, Exceeded(Limit.DAILY, 3541)]
    time.pass_by(60)
    assert await take(limits, me) == Exceeded(Limit.DAILY, 3481)
