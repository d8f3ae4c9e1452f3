"""Pseudonyms: keyed tags by which a recipient is told again within one month, client and purpose, and not beyond."""

from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.keyed import KeyedHash
from gateway.core.message import Message, Sms
from gateway.spool.dates import month_of, month_start
from gateway.spool.keyring import Keyring

TAG_BYTES: Final = 16

_MOST_BEGUN: Final = 1024


class TagPurpose(StrEnum):
    """What a tag is for: tags of one purpose say nothing to another."""

    MESSAGE = "message"  # finds the messages of a person who asks
    ALIAS = "alias"  # stands for a client's own sender address


class Tag(msgspec.Struct, frozen=True, gc=False):
    """A tag and the start of the month of its key, in seconds since 1970 UTC.

    A plain hash of a phone number falls in minutes. Destroying the month's key is the deletion, in backups too.
    """

    value: bytes
    month: int


class Pseudonyms:
    """Makes tags with the monthly keys of one keyring."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        # The month that tags were last made in with its key, and hashes begun with it, a purpose and a client.
        self._now, self._month, self._key = -1, 0, b""
        self._begun: dict[tuple[TagPurpose, int], KeyedHash] = {}

    def tag(self, address: str, purpose: TagPurpose, *, client_id: int, now: int) -> Tag:
        """Return the tag of an e-mail address or an E.164 number. Raises KeyringError."""
        month = self._month if now == self._now else month_start(month_of(now))
        key = self._keyring.tag_key(month)  # asked each time: a destroyed key is not used on
        self._now = now
        if month != self._month or key != self._key or len(self._begun) >= _MOST_BEGUN:
            self._month, self._key = month, key
            self._begun.clear()
        begun = self._begun.get((purpose, client_id)) or self._begin(purpose, client_id)
        return Tag(begun.of(address.casefold().encode())[:TAG_BYTES], month)

    def _begin(self, purpose: TagPurpose, client_id: int) -> KeyedHash:
        # Both parts before the address have an end that cannot be in them.
        begun = KeyedHash(self._key, f"{purpose}\0{client_id}\0".encode())
        return self._begun.setdefault((purpose, client_id), begun)

    def recipient_tag(self, message: Message, *, client_id: int, now: int) -> Tag:
        """Return the tag of a message's recipient. Raises KeyringError."""
        recipient = message.recipient if isinstance(message, Sms) else message.recipient.address
        return self.tag(recipient, TagPurpose.MESSAGE, client_id=client_id, now=now)
