"""The words of the keyring: what the rest of the gateway asks of it, wherever the keys lie."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.spool.keyring_clock import ClockReading
from gateway.spool.ledger import Ledger


class KeyGoneError(Exception):
    """The key of this epoch was destroyed: what it sealed cannot be opened any more."""


class KeyPurpose(StrEnum):
    """What a key without an end is for; its name where it is kept."""

    SUBJECTS = "subjects"  # tags of those who have objected, which outlive every month
    AUDIT = "audit"  # chains the entries of the audit
    EVENTS = "events"  # seals the secrets that events are signed with


class ContentKeys(Protocol):
    """What seals and opens content. Every method may raise KeyringError, which passes when it is well again."""

    def content_key(self, epoch: int) -> AESGCM:
        """Return the content key of the epoch that started at `epoch`. Raises KeyGoneError, KeyCorruptError."""

    def current_content_key(self, now: int) -> tuple[int, AESGCM]:
        """Return the start of the epoch that `now` is in with its key, which is on stable storage."""


class Keyring(ContentKeys, Protocol):
    """All keys by epoch. Every method may raise KeyringError."""

    def configure(self, epoch_length: timedelta) -> None:
        """Begin epochs of another length from now on; the keys of those that were stay."""

    def close(self) -> None:
        """Let go of what it is kept in."""

    def check(self, now: int) -> None:
        """Raise KeyringError where nothing could be sealed or opened now."""

    def prepare(self, now: int) -> None:
        """Make the keys of this epoch and the next, so that no request has to wait for one."""

    def epochs(self) -> Sequence[int]:
        """Return the starts of the epochs whose content keys are there, in order."""

    def destroy_content_keys(self, before: int) -> int:
        """Destroy the content keys of the epochs that started before `before`; returns how many there were."""

    def tag_key(self, month: int) -> bytes:
        """Return the key of the tags made in the month that started at `month`; made when it is not there."""

    def tag_months(self) -> Sequence[int]:
        """Return the starts of the months whose tag keys are there, in order."""

    def destroy_tag_keys(self, before: int) -> int:
        """Destroy the tag keys of the months that started before `before`; returns how many there were."""

    def auth_key(self) -> bytes:
        """Return the key under which clients' API keys are hashed."""

    def lasting_key(self, purpose: KeyPurpose) -> bytes:
        """Return the key of a purpose that has no end; made when it is not there."""

    @property
    def ledger(self) -> Ledger:
        """What was erased and asked for, kept away from the spool and its copies."""

    def generation(self) -> int:
        """Return the greatest generation of the spool that was seen, 0 before the first."""

    def note_generation(self, number: int) -> None:
        """Remember a generation unless a greater one was seen, on stable storage."""

    def audit_end(self) -> int:
        """Return the number of the youngest entry of the audit that was seen, 0 before the first."""

    def note_audit_end(self, number: int) -> None:
        """Remember an entry unless a younger one was seen, on stable storage."""

    def clock(self, now: int) -> ClockReading:
        """Return this machine's time beside what is remembered here."""

    def note_used(self, now: int) -> None:
        """Remember that a gateway ran at this time."""

    def hold(self, fault: str | None) -> None:
        """Seal, open and destroy nothing from now on, for a reason, until it is called with None."""
