"""Proves what a copy of the spool gives back with the keys that live: by opening all that can be opened."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.spool.keyring import Keyring
from gateway.spool.sealing import ContentCorruptError, ContentGoneError, Sealer
from gateway.spool.sqlite.copy import SpoolCopy


@dataclass(frozen=True, slots=True)
class EpochProof:
    """One epoch in a copy: how many contents it holds, and how many of them could be opened."""

    began_at: int
    has_key: bool
    contents: int
    opened: int


@dataclass(frozen=True, slots=True)
class MonthProof:
    """One month in a copy: how many messages are tagged, and whether anybody can still tell whose they are."""

    began_at: int
    has_key: bool
    messages: int


def prove_contents(copy: SpoolCopy, keyring: Keyring) -> Sequence[EpochProof]:
    """Open every content of a copy. Raises KeyringError, StoreUnavailableError."""
    sealer, living = Sealer(keyring), set(keyring.epochs())
    found: Counter[int] = Counter()
    opened: Counter[int] = Counter()
    for each in copy.contents():
        epoch = each.content.epoch
        found[epoch] += 1
        try:
            sealer.open(each.content, message_id=each.message_id, client_id=each.client_id)
        except (ContentGoneError, ContentCorruptError):
            continue
        opened[epoch] += 1
    return [EpochProof(epoch, epoch in living, count, opened[epoch]) for epoch, count in sorted(found.items())]


def prove_tags(copy: SpoolCopy, keyring: Keyring) -> Sequence[MonthProof]:
    """Say for which months of a copy the key lives. Raises KeyringError, StoreUnavailableError."""
    living = set(keyring.tag_months())
    return [MonthProof(month, month in living, count) for month, count in sorted(copy.tagged().items())]
