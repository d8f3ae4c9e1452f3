"""Suppressions: who has objected or is restricted, as lasting keyed tags, which are in memory where there are any."""

from typing import Final

from gateway.core.keyed import KeyedHash
from gateway.core.message import Message, Sms
from gateway.spool.keyring import KeyPurpose, Keyring
from gateway.spool.subjects import Standing, SubjectStore

_TAG_BYTES: Final = 16


def lasting_tag(keyring: Keyring, address: str) -> bytes:
    """Return the tag of an e-mail address or an E.164 number that stays the same for ever. Raises KeyringError.

    Without the key of the keyring a known number cannot be found by it.
    """
    return _tag(_hashing(keyring), address)


def _hashing(keyring: Keyring) -> KeyedHash:
    return KeyedHash(keyring.lasting_key(KeyPurpose.SUBJECTS), b"suppression\0")


def _tag(hashing: KeyedHash, address: str) -> bytes:
    return hashing.of(address.casefold().encode())[:_TAG_BYTES]


class Suppressions:
    """Says of a recipient whether anything may be sent; costs nothing while nobody has objected."""

    def __init__(self, store: SubjectStore, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring
        self._version: int | None = None
        self._objected: frozenset[bytes] = frozenset()
        self._restricted: frozenset[bytes] = frozenset()
        # None while nobody has asked for anything.
        self._hashing: KeyedHash | None = None

    async def refresh(self) -> bool:
        """Read what has changed; false, for there is no more to do now. Raises KeyringError, StoreUnavailableError."""
        version = await self._store.subjects_version()
        if version == self._version:
            return False
        found = await self._store.standings()
        self._objected = frozenset(each.tag for each in found if each.standing is Standing.OBJECTED)
        self._restricted = frozenset(each.tag for each in found if each.standing is Standing.RESTRICTED)
        self._hashing = _hashing(self._keyring) if found else None
        self._version = version
        return False

    def standing(self, address: str) -> Standing | None:
        """Return what the person behind an address has asked for; of two, what ends a message."""
        if self._hashing is None:
            return None
        tag = _tag(self._hashing, address)
        if tag in self._objected:
            return Standing.OBJECTED
        return Standing.RESTRICTED if tag in self._restricted else None

    def of_message(self, message: Message) -> Standing | None:
        """Return what the recipient of a message has asked for."""
        if self._hashing is None:
            return None
        return self.standing(message.recipient if isinstance(message, Sms) else message.recipient.address)
