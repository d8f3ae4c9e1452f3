"""What a client may send: so many messages in a time, and so much in a UTC day and month."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from gateway.core.ids import now_seconds
from gateway.core.rate import Rate
from gateway.intake.quota import Count, Limit, Quota, quotas_of
from gateway.settings import LimitsSection
from gateway.spool.clients import Client
from gateway.spool.store import MessageStore

__all__ = ["Exceeded", "Limit", "Limits", "Standing", "Taken"]

_ONE_MESSAGE: Final = (0,)


@dataclass(frozen=True, slots=True)
class Exceeded:
    """The limit that a client is over, and the seconds until it may try again."""

    limit: Limit
    retry_after: int


class Taken(msgspec.Struct, frozen=True, gc=False):
    """For how many messages room was taken, the first of those that were asked for; `exceeded` stopped the next."""

    count: int
    exceeded: Exceeded | None = None


_ONE_TAKEN: Final = Taken(1)


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """What bounds a client: the same object as long as it is bounded the same way.

    `burst` and `per_second` are the rate as numbers: what the bucket holds, and what comes into it.
    """

    rate: Rate
    quotas: Sequence[Quota]
    burst: float
    per_second: float


class Standing(msgspec.Struct, frozen=True, gc=False):
    """How a client stands: its bounds, with the messages that may come now, and its quotas with what is used."""

    bounds: Bounds
    tokens: int
    seconds_to_full: int
    counts: Sequence[Count]


@dataclass(slots=True)
class _Account:
    """`tokens` at the time `filled_at` (seconds of the monotonic clock), and the counts of its quotas."""

    client: Client
    bounds: Bounds
    tokens: float
    filled_at: float
    counts: list[Count] = field(default_factory=list)
    generation: int = 0


class Limits:
    """Keeps the accounts of all clients, in memory; the counts of days and months begin at what the spool says.

    What several processes have at work at one moment may go over a quota; what they accepted before does not.
    `clock` gives seconds since 1970 UTC, `monotonic` seconds since any time.
    """

    def __init__(
        self,
        store: MessageStore,
        defaults: LimitsSection,
        *,
        clock: Callable[[], int] = now_seconds,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._defaults = defaults
        self._clock = clock
        self._monotonic = monotonic
        self._accounts: dict[int, _Account] = {}
        # Grows with the defaults: an account of an older one is made anew.
        self._generation = 0

    def configure(self, defaults: LimitsSection) -> None:
        """Follow other defaults from the next message on; what clients have used stays counted."""
        self._defaults = defaults
        self._generation += 1

    async def take(self, client: Client, segments: Sequence[int] = _ONE_MESSAGE) -> Taken:
        """Take room for messages that need so many segments each, for the first of them where not all have room.

        The rate is asked for all together. Raises StoreUnavailableError.
        """
        account = self._account(client)
        wait = _take_tokens(account, len(segments), self._monotonic())
        if wait:
            return Taken(0, Exceeded(Limit.RATE, wait))
        now = self._clock()
        await self._count(account, now, len(segments), sum(segments))
        return _take_quota(account, segments, now)

    def take_one(self, client: Client, segments: int, now: int) -> Taken | None:
        """Take room for one message as `take` does; None where the spool has to be asked, and nothing is taken.

        `now` is in seconds since 1970 UTC.
        """
        account = self._account(client)
        for count in account.counts:
            if not count.is_current(1, segments, now):
                return None
        wait = _take_tokens(account, 1, self._monotonic())
        if wait:
            return Taken(0, Exceeded(Limit.RATE, wait))
        # What is current is far from its end.
        for count in account.counts:
            count.add(1, segments)
        return _ONE_TAKEN

    async def look(self, client: Client, segments: int = 0) -> Exceeded | None:
        """Say which limit is in the way of one message that needs so many segments; nothing is taken."""
        account = self._account(client)
        tokens = _tokens(account, self._monotonic())
        if tokens < 1:
            return Exceeded(Limit.RATE, _seconds_for(1 - tokens, account.bounds))
        now = self._clock()
        await self._count(account, now, 1, segments)
        return _in_the_way(account, now, 1, segments)

    def give_back(self, client: Client, messages: int = 1, segments: int = 0) -> None:
        """Say that messages for which room was taken have not been accepted."""
        for count in self._accounts[client.id].counts:
            count.take_back(messages, segments)

    def standing(self, client: Client) -> Standing:
        """Return how a client stands, as far as this process knows."""
        account = self._account(client)
        tokens, bounds = _tokens(account, self._monotonic()), account.bounds
        return Standing(bounds, max(0, int(tokens)), _seconds_for(bounds.burst - tokens, bounds), account.counts)

    def _account(self, client: Client) -> _Account:
        account = self._accounts.get(client.id)
        if account is not None and account.client is client and account.generation == self._generation:
            return account
        bounds = _bounds_of(client, self._defaults)
        if account is None:
            account = self._accounts[client.id] = _Account(client, bounds, bounds.burst, self._monotonic())
        known = {count.quota.limit: count for count in account.counts}
        account.client, account.bounds, account.counts = client, bounds, []
        account.generation = self._generation
        for quota in bounds.quotas:
            count = known.get(quota.limit, Count(quota))
            count.quota = quota
            account.counts.append(count)
        return account

    async def _count(self, account: _Account, now: int, messages: int, segments: int) -> None:
        """Ask the spool where that has not been done in this period, lately, or where it may matter."""
        for count in account.counts:
            if not count.is_current(messages, segments, now):
                period = count.quota.period(now)
                accepted = await self._store.accepted_in(period, account.client.id)
                # Somebody else may have begun the period during the wait. Those at work now are in memory only,
                # those of other processes in the spool only.
                same = count.period == period
                count.begin(
                    period,
                    now,
                    max(accepted.messages, count.messages) if same else accepted.messages,
                    max(accepted.segments, count.segments) if same else accepted.segments,
                )


def _take_quota(account: _Account, segments: Sequence[int], now: int) -> Taken:
    for taken, needed in enumerate(segments):
        exceeded = _in_the_way(account, now, 1, needed)
        if exceeded is not None:
            return Taken(taken, exceeded)
        for count in account.counts:
            count.add(1, needed)
    return Taken(len(segments))


def _in_the_way(account: _Account, now: int, messages: int, segments: int) -> Exceeded | None:
    for count in account.counts:
        if not count.has_room(messages, segments):
            return Exceeded(count.quota.limit, count.quota.seconds_left(now))
    return None


def _tokens(account: _Account, now: float) -> float:
    """Return what has come into the bucket by now."""
    bounds = account.bounds
    tokens = account.tokens + (now - account.filled_at) * bounds.per_second
    return min(tokens, bounds.burst)


def _take_tokens(account: _Account, count: int, now: float) -> int:
    """Take `count` tokens; returns 0, or the whole seconds until there are enough.

    More than the bucket holds may be taken from a full one, which then is in debt: a batch can be larger than
    the rate.
    """
    tokens, bounds = _tokens(account, now), account.bounds
    if tokens < count and tokens < bounds.burst and (wait := _seconds_for(min(count, bounds.burst) - tokens, bounds)):
        return wait
    account.tokens, account.filled_at = tokens - count, now
    return 0


def _seconds_for(missing: float, bounds: Bounds) -> int:
    """Return the whole seconds in which so many tokens come."""
    # Rounded first: a float that is a hair too large would cost a second.
    return math.ceil(round(missing / bounds.per_second, 6))


def _bounds_of(client: Client, defaults: LimitsSection) -> Bounds:
    rate = client.rate or defaults.rate
    return Bounds(rate, quotas_of(client, defaults), float(rate.count), rate.per_second)
