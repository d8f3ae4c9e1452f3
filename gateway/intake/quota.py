"""What a client may have accepted in a UTC day or month, and what it had."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from gateway.settings import LimitsSection
from gateway.spool.clients import Client
from gateway.spool.dates import day_of, month_of, next_month_start

_DAY: Final = 86_400
# Seconds after which a count is read again: other processes accept messages too.
_RECOUNT_AFTER: Final = 60
# What is left of a quota that is nearly used up: a fiftieth, or a few.
_SHARE: Final = 50
_LEAST_MARGIN: Final = 20


class Limit(StrEnum):
    """The limits of a client."""

    RATE = "rate"
    DAILY = "daily"
    MONTHLY = "monthly"


class Quota(msgspec.Struct, frozen=True, gc=False):
    """So many messages, and so many segments of SMS, in a day or month; None: any number.

    Up to `plenty_of_messages` and `plenty_of_segments` it is far from being used up.
    """

    limit: Limit
    messages: int | None = None
    segments: int | None = None
    plenty_of_messages: int = sys.maxsize
    plenty_of_segments: int = sys.maxsize

    @classmethod
    def of(cls, limit: Limit, messages: int | None, segments: int | None) -> "Quota":
        """Make a quota of so many."""
        return cls(limit, messages, segments, _plenty(messages), _plenty(segments))

    def period(self, now: int) -> str:
        """Return the day or month that a time is in, as the spool names it."""
        return day_of(now) if self.limit is Limit.DAILY else month_of(now)

    def seconds_left(self, now: int) -> int:
        """Return the seconds until the next day or month."""
        return _DAY - now % _DAY if self.limit is Limit.DAILY else next_month_start(month_of(now)) - now


@dataclass(slots=True)
class Count:
    """What was accepted in one period, as far as this process knows; from `stale_at` on the spool is to be asked."""

    quota: Quota
    period: str = ""
    messages: int = 0
    segments: int = 0
    ends_at: int = 0
    stale_at: int = 0

    def is_current(self, messages: int, segments: int, now: int) -> bool:
        """Whether it can be said without the spool whether so much more may be accepted.

        What other processes accept shows in the spool only, which is asked again where that may matter.
        """
        quota = self.quota
        return (
            now < self.stale_at
            and self.messages + messages <= quota.plenty_of_messages
            and self.segments + segments <= quota.plenty_of_segments
        )

    def begin(self, period: str, now: int, messages: int, segments: int) -> None:
        """Take over what the spool says of a period."""
        self.period, self.messages, self.segments = period, messages, segments
        self.ends_at = now + self.quota.seconds_left(now)
        self.stale_at = min(now + _RECOUNT_AFTER, self.ends_at)

    def has_room(self, messages: int, segments: int) -> bool:
        """Whether so much more may be accepted."""
        quota = self.quota
        return (quota.messages is None or self.messages + messages <= quota.messages) and (
            quota.segments is None or not segments or self.segments + segments <= quota.segments
        )

    def add(self, messages: int, segments: int) -> None:
        """Count on."""
        self.messages += messages
        self.segments += segments

    def take_back(self, messages: int, segments: int) -> None:
        """Count back; below nothing there is nothing."""
        self.messages = max(0, self.messages - messages)
        self.segments = max(0, self.segments - segments)

    @property
    def messages_left(self) -> int | None:
        """How many messages may still be accepted; None: any number."""
        return None if self.quota.messages is None else max(0, self.quota.messages - self.messages)

    @property
    def segments_left(self) -> int | None:
        """How many segments may still be accepted; None: any number."""
        return None if self.quota.segments is None else max(0, self.quota.segments - self.segments)


def quotas_of(client: Client, defaults: LimitsSection) -> Sequence[Quota]:
    """Return the quotas that a client has: its own, else the defaults; one that bounds nothing is left out."""
    daily = Quota.of(
        Limit.DAILY,
        _own(client.daily, defaults.daily),
        _own(client.daily_segments, defaults.daily_segments),
    )
    monthly = Quota.of(
        Limit.MONTHLY,
        _own(client.monthly, defaults.monthly),
        _own(client.monthly_segments, defaults.monthly_segments),
    )
    return [quota for quota in (daily, monthly) if quota.messages is not None or quota.segments is not None]


def _plenty(quota: int | None) -> int:
    return sys.maxsize if quota is None else quota - max(_LEAST_MARGIN, quota // _SHARE)


def _own(mine: int | None, default: int | None) -> int | None:
    return default if mine is None else mine
