"""What the retention engine asks of a spool, as a protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.core.message import Channel

# All times in this file are whole seconds since 1970 UTC.


@dataclass(frozen=True, slots=True)
class Purge:
    """What the retention engine found: rows destroyed now, and the time of the oldest that is left.

    `expired` are the messages, by channel, that ended with their content.
    """

    rows: int
    oldest_at: int | None = None
    expired: Mapping[Channel, int] = field(default_factory=dict)


class RetentionStore(Protocol):
    """What the retention engine asks for; each call takes small steps and returns what is left."""

    async def purge_content(self, epoch_before: int, now: int, limit: int) -> Purge:
        """Expire messages sealed in epochs that started before `epoch_before`, and destroy their content."""

    async def purge_metadata(self, created_before: int, limit: int) -> Purge:
        """Delete rows of finished messages accepted before that time."""

    async def purge_answers(self, created_before: int, limit: int) -> Purge:
        """Delete first answers that were given before or at that time."""

    async def purge_usage(self, month_before: str, limit: int) -> Purge:
        """Delete the counts of months before `YYYY-MM`."""

    async def purge_audit(self, at_before: int, limit: int, key: bytes) -> Purge:
        """Delete the oldest entries of the audit from before a time; the chain begins behind them, sealed there."""

    async def purge_consents(self, withdrawn_before: int, limit: int) -> Purge:
        """Delete the records of consents that ended before a time."""

    async def purge_notices(self, replaced_before: int, limit: int) -> Purge:
        """Delete versions of the notice that another one replaced before a time, unless a consent is to one."""

    async def purge_erasures(self, ordered_before: int, limit: int) -> Purge:
        """Forget what providers were to erase, ordered before or at that time."""

    async def oldest_standing(self) -> int | None:
        """Return since when the oldest standing of a person holds."""

    async def oldest_scheduled(self, now: int) -> int | None:
        """Return when the oldest was accepted of what is sealed in an epoch that starts after `now`."""

    async def note_purged(self, times: Mapping[str, int]) -> None:
        """Remember when classes, by name, were last purged of everything that was due."""

    async def purged_at(self) -> Mapping[str, int]:
        """Return what `note_purged` remembered of each class."""

    async def truncate_log(self) -> bool:
        """Write the write-ahead log back and cut it to nothing; False when a reader was in the way."""
