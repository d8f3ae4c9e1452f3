"""References: what providers know a message by, made from its id under a key, so that none has to be kept."""

import hmac
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.core.ids import is_message_id

_PURPOSE: Final = b"umschlag: references"
# RFC 9562 §5.7: the digit of the version, and the two bits of the variant.
_VERSION_AT, _VERSION = 12, "7"
_VARIANT_AT, _VARIANTS = 16, frozenset("89ab")


class References:
    """Turns ids into references and back; used by one thread.

    A reference is the id's 16 bytes as one block of AES-256: without the key it tells neither the time that is in the
    id nor whether two belong together; with it the message of a report is found by its primary key. Ids are never the
    same, so no block is. `auth_key` is the keyring's lasting key; the one used here is derived from it.
    """

    def __init__(self, auth_key: bytes) -> None:
        # One block at a time: the mode that chains nothing is the right one.
        cipher = Cipher(algorithms.AES256(hmac.digest(auth_key, _PURPOSE, "sha256")), modes.ECB())  # noqa: S305
        self._encryptor = cipher.encryptor()
        self._decryptor = cipher.decryptor()

    def of(self, message_id: str) -> str:
        """Return the reference of a message: 32 lower-case hexadecimal digits, always the same."""
        return self._encryptor.update(bytes.fromhex(message_id)).hex()

    def message_id(self, reference: str) -> str | None:
        """Return the id of the message that has this reference; None for what was never made here."""
        folded = reference.lower()
        if not is_message_id(folded):
            return None
        found = self._decryptor.update(bytes.fromhex(folded)).hex()
        is_uuid7 = found[_VERSION_AT] == _VERSION and found[_VARIANT_AT] in _VARIANTS
        return found if is_uuid7 else None
