"""The form in which a key is kept: as it is with a checksum, or wrapped by a key from elsewhere."""

import hmac
import os
import secrets
from collections.abc import Callable, Sequence
from enum import StrEnum
from hashlib import blake2b
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.spool.key_files import KEY_BYTES, KeyCorruptError, KeyringError

_SUM_BYTES: Final = 16
# A wrapped form: what it is, which key wrapped it, the nonce, and the key with its tag. A wrap key wraps some dozens
# of keys a day: far from the 2^32 random nonces that one key may see (NIST SP 800-38D §8.3).
_WRAPPED: Final = b"wrapped1"
_ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_WRAPPED_BYTES: Final = len(_WRAPPED) + _ID_BYTES + _NONCE_BYTES + KEY_BYTES + _TAG_BYTES

HOW: Final = "umschlag keys wrap"


class FormState(StrEnum):
    """How a key is kept."""

    PLAIN = "plain"
    WRAPPED = "wrapped"
    OLD = "old"  # wrapped by a key that is there for opening only
    STRANGE = "strange"  # wrapped by a key that is not there


class Forms:
    """Turns keys into what is kept, and back.

    `read` returns the wrap keys: the first wraps, all open. It is asked again when a key comes that was wrapped by
    another one, for another process may have begun to use that. Without it keys are kept as they are.
    """

    def __init__(self, read: Callable[[], Sequence[bytes]] | None = None) -> None:
        self._read = read
        self._keys: dict[bytes, AESGCM] = {}
        if read is not None:
            self._take(read())

    @property
    def wraps(self) -> bool:
        """Whether keys are wrapped."""
        return self._read is not None

    def form_of(self, key: bytes, name: str) -> bytes:
        """Return the form to keep a key in; it is bound to the name: under another one it is corrupt."""
        if self._read is None:
            return plain_form(key, name)
        # Asked each time: what is wrapped by a key that was dropped meanwhile would be lost.
        self._take(self._read())
        ident, wrap = next(iter(self._keys.items()))
        nonce = os.urandom(_NONCE_BYTES)
        return _WRAPPED + ident + nonce + wrap.encrypt(nonce, key, _bound_to(name))

    def key_in(self, form: bytes, name: str) -> bytes:
        """Return the key. Raises KeyCorruptError, and KeyringError where it is not wrapped as it has to be."""
        state = self.state(form)
        if (fault := self.fault(state)) is not None:
            raise KeyringError(fault)
        return self.key_in_any(form, name)

    def key_in_any(self, form: bytes, name: str) -> bytes:
        """Return the key, wrapped or not. Raises KeyCorruptError, and KeyringError where its wrap key is missing."""
        state = self.state(form)
        if state is FormState.STRANGE:
            raise KeyringError(_MISSING if self.wraps else _UNEXPECTED)
        return _plain(form, name) if state is FormState.PLAIN else self._unwrapped(form, name)

    def state(self, form: bytes) -> FormState:
        """Say how a key is kept. Raises KeyringError."""
        if not _is_wrapped(form):
            return FormState.PLAIN
        ident = _ident_in(form)
        if ident not in self._keys and self._read is not None:
            self._take(self._read())
        if ident not in self._keys:
            return FormState.STRANGE
        return FormState.WRAPPED if ident == next(iter(self._keys)) else FormState.OLD

    def fault(self, state: FormState) -> str | None:
        """Say why a key that is kept so may not be used."""
        if state is FormState.STRANGE:
            return _MISSING if self.wraps else _UNEXPECTED
        if state is FormState.PLAIN and self.wraps:
            return f"its keys are not wrapped yet: stop the gateway and run {HOW}"
        return None

    def _take(self, keys: Sequence[bytes]) -> None:
        self._keys = {wrap_ident(key): AESGCM(key) for key in keys}

    def _unwrapped(self, form: bytes, name: str) -> bytes:
        start = len(_WRAPPED) + _ID_BYTES
        nonce, sealed = form[start : start + _NONCE_BYTES], form[start + _NONCE_BYTES :]
        try:
            return self._keys[_ident_in(form)].decrypt(nonce, sealed, _bound_to(name))
        except InvalidTag:
            raise _damaged(name) from None


_MISSING: Final = "its keys are wrapped by another key than the one that the settings name"
_UNEXPECTED: Final = (
    "its keys are wrapped, and neither keyring.wrap_key_file nor keyring.wrap_credential says by which key"
)


def plain_form(key: bytes, name: str) -> bytes:
    """Return the form of a key that nothing wraps."""
    return key + _checksum(key, name)


def fresh_key() -> bytes:
    """Return a new key."""
    return secrets.token_bytes(KEY_BYTES)


def wrap_ident(key: bytes) -> bytes:
    """Return what a wrap key is told by; it does not give the key away."""
    return blake2b(key, digest_size=_ID_BYTES, person=b"umschlag wrap").digest()


def _is_wrapped(form: bytes) -> bool:
    return form.startswith(_WRAPPED) and len(form) == _WRAPPED_BYTES


def _ident_in(form: bytes) -> bytes:
    return form[len(_WRAPPED) : len(_WRAPPED) + _ID_BYTES]


def _bound_to(name: str) -> bytes:
    return b"umschlag key|" + name.encode()


def _plain(form: bytes, name: str) -> bytes:
    key = form[:KEY_BYTES]
    if not hmac.compare_digest(form[KEY_BYTES:], _checksum(key, name)):
        raise _damaged(name)
    return key


def _damaged(name: str) -> KeyCorruptError:
    return KeyCorruptError(f"{name}.key is damaged")


def _checksum(key: bytes, name: str) -> bytes:
    salt = blake2b(name.encode(), digest_size=blake2b.SALT_SIZE).digest()
    return blake2b(key, digest_size=_SUM_BYTES, person=b"umschlag key", salt=salt).digest()
