"""Which key dies next, and when: what is told of the classes whose data die by their keys."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.core.epoch import epoch_length
from gateway.privacy.classes import CONTENT, METADATA, SCHEDULED, RetentionClass
from gateway.settings import RetentionSection
from gateway.spool.dates import month_of, next_month_start
from gateway.spool.keyring import Keyring

# All times in this file are whole seconds since 1970 UTC.


@dataclass(frozen=True, slots=True)
class KeyEnd:
    """A key: since when it is used, and when it is destroyed."""

    began_at: int
    destroyed_at: int


def next_key(each: RetentionClass, keyring: Keyring, retention: RetentionSection, now: int) -> KeyEnd | None:
    """Return the key of a class that is the next to be destroyed, None where there is none. Raises KeyringError."""
    find = _NEXT.get(each.name)
    return None if find is None else find(keyring, retention, now)


def _of_content(keyring: Keyring, retention: RetentionSection, _now: int) -> KeyEnd | None:
    return _first(keyring.epochs(), retention)


def _of_scheduled(keyring: Keyring, retention: RetentionSection, now: int) -> KeyEnd | None:
    # The next epoch's key is made ahead, for what comes in then.
    later = now + int(epoch_length(retention.content).total_seconds())
    return _first([epoch for epoch in keyring.epochs() if epoch > later], retention)


def _first(epochs: Sequence[int], retention: RetentionSection) -> KeyEnd | None:
    return None if not epochs else KeyEnd(epochs[0], epochs[0] + _seconds(CONTENT, retention))


def _of_metadata(keyring: Keyring, retention: RetentionSection, _now: int) -> KeyEnd | None:
    months = keyring.tag_months()
    if not months:
        return None
    # Until its end a month's tags are made.
    return KeyEnd(months[0], next_month_start(month_of(months[0])) + _seconds(METADATA, retention))


def _seconds(each: RetentionClass, retention: RetentionSection) -> int:
    return int(each.lifetime(retention).total_seconds())


_NEXT: Final[Mapping[str, Callable[[Keyring, RetentionSection, int], KeyEnd | None]]] = {
    CONTENT.name: _of_content,
    SCHEDULED.name: _of_scheduled,
    METADATA.name: _of_metadata,
}
