"""What a client may send: so many messages in a time, and so many in a UTC day."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.core.ids import now_seconds
from gateway.core.rate import Rate
from gateway.settings import LimitsSection
from gateway.spool.clients import Client
from gateway.spool.dates import day_of
from gateway.spool.store import MessageStore

_DAY: Final = 86_400
# Seconds after which the day's count is read again: other processes accept messages too.
_RECOUNT_AFTER: Final = 60


class Limit(StrEnum):
    """The two limits of a client."""

    RATE = "rate"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Exceeded:
    """The limit that a client is over, and the seconds until it may try again."""

    limit: Limit
    retry_after: int


@dataclass(slots=True)
class _Account:
    """`tokens` at the time `filled_at` (seconds of the monotonic clock); what was `accepted` on one `day`."""

    tokens: float
    filled_at: float
    day: int = -1
    accepted: int = 0
    counted_at: int = 0


class Limits:
    """Keeps the accounts of all clients, in memory; the day's count begins at what the spool says.

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

    async def take(self, client: Client, count: int = 1) -> Exceeded | None:
        """Take room for `count` messages, or say which limit is in the way. Raises StoreUnavailableError."""
        rate = client.rate or self._defaults.rate
        account = self._accounts.get(client.id)
        if account is None:
            account = self._accounts[client.id] = _Account(rate.count, self._monotonic())
        wait = _take_tokens(account, rate, count, self._monotonic())
        if wait:
            return Exceeded(Limit.RATE, wait)
        now = self._clock()
        if account.day != now // _DAY or now - account.counted_at >= _RECOUNT_AFTER:
            await self._count(account, client.id, now)
        daily = self._defaults.daily if client.daily is None else client.daily
        if account.accepted + count > daily:
            return Exceeded(Limit.DAILY, _DAY - now % _DAY)
        account.accepted += count
        return None

    def give_back(self, client: Client, count: int = 1) -> None:
        """Say that `count` messages for which room was taken have not been accepted."""
        account = self._accounts[client.id]
        account.accepted = max(0, account.accepted - count)

    async def _count(self, account: _Account, client_id: int, now: int) -> None:
        accepted = (await self._store.accepted_in(day_of(now), client_id)).messages
        # Those at work now are in memory only, those of other processes in the spool only.
        account.accepted = max(accepted, account.accepted) if account.day == now // _DAY else accepted
        account.day, account.counted_at = now // _DAY, now


def _take_tokens(account: _Account, rate: Rate, count: int, now: float) -> int:
    """Take `count` tokens; returns 0, or the whole seconds until there are enough.

    More than the bucket holds may be taken from a full one, which then is in debt: a batch can be larger than
    the rate.
    """
    filled = min(float(rate.count), account.tokens + (now - account.filled_at) * rate.per_second)
    account.tokens, account.filled_at = filled, now
    missing = min(count, rate.count) - filled
    if missing > 0:
        # Rounded first: a float that is a hair too large would cost a second.
        return math.ceil(round(missing * rate.seconds / rate.count, 6))
    account.tokens -= count
    return 0
