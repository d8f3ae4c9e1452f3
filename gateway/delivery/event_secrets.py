"""The secrets that events are signed with: made, written for the client, and sealed for the spool."""

import base64
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.core.secret import Secret
from gateway.spool.keyring import KeyPurpose, Keyring

# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: 24 to 64 bytes, and
# this before their base64.
PREFIX: Final = "whsec_"
_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class SecretLostError(Exception):
    """A sealed secret does not open: the keyring is another one."""


def new_secret() -> Secret:
    """Return a fresh secret as clients write it."""
    return Secret(PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode())


def key_of(secret: Secret) -> bytes:
    """Return the bytes that sign."""
    return base64.b64decode(secret.reveal().removeprefix(PREFIX))


class SecretBox:
    """Seals secrets under a key of the keyring that is for this alone, each for one client."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, secret: Secret, client_id: int) -> bytes:
        """Return what the spool may keep. Raises KeyringError."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._key().encrypt(nonce, secret.reveal().encode(), _bound_to(client_id))

    def open(self, sealed: bytes, client_id: int) -> Secret:
        """Return the secret. Raises SecretLostError, KeyringError."""
        try:
            opened = self._key().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound_to(client_id))
        except (InvalidTag, ValueError):
            raise SecretLostError from None
        return Secret(opened.decode())

    def _key(self) -> AESGCM:
        return AESGCM(self._keyring.lasting_key(KeyPurpose.EVENTS))


def _bound_to(client_id: int) -> bytes:
    return b"webhook|%d" % client_id
