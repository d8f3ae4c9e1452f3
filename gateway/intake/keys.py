"""Clients' keys: how they are made, read from a request, and hashed."""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from gateway.core.keyed import KeyedHash

# Lets people and secret scanners see what they hold.
PREFIX: Final = "umschlag_"

_KEY_BYTES: Final = 32
# Longer credentials than any that are handed out are not looked at.
_MAX_CREDENTIALS: Final = 1024


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What a caller shows: a key, and the client's name where the scheme has one."""

    key: str
    name: str | None = None


NO_CREDENTIALS: Final = Credentials("")


def new_key() -> str:
    """Return a fresh key: 256 random bits in base32 behind the prefix, to be typed as well as pasted."""
    return PREFIX + base64.b32encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii").rstrip("=").lower()


class KeyHasher:
    """Hashes what callers show under the keyring's key for this, with HMAC-SHA256."""

    def __init__(self, auth_key: bytes) -> None:
        self._of_keys = KeyedHash(auth_key, b"key\0")
        self._of_pairs = KeyedHash(auth_key, b"pair\0")
        self._in_memory = hashlib.blake2b(key=secrets.token_bytes(_KEY_BYTES), digest_size=_KEY_BYTES)

    def of_key(self, key: str) -> bytes:
        """Return what is kept of a key."""
        return self._of_keys.of(_encoded(key))

    def of_pair(self, credentials: Credentials) -> bytes:
        """Return a hash of name and key together, to remember a refusal by."""
        return self._of_pairs.of(_encoded(f"{credentials.name or ''}\0{credentials.key}"))

    def of_header(self, authorization: str) -> bytes:
        """Return a hash to know a whole header again by, as long as this process lives: the quickest that is keyed."""
        hashing = self._in_memory.copy()
        hashing.update(_encoded(authorization))
        return hashing.digest()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def digest(auth_key: bytes, key: str) -> bytes:
    """Return what is kept of a key: its hash under the keyring's key for this."""
    return KeyHasher(auth_key).of_key(key)


def read_credentials(authorization: str | None) -> Credentials:
    """Read an Authorization header, `Bearer` (RFC 6750) or `Basic` (RFC 7617); what is neither is an empty key."""
    if authorization is None or len(authorization) > _MAX_CREDENTIALS:
        return NO_CREDENTIALS
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return Credentials(rest.strip())
    if scheme.lower() == "basic":
        return _read_basic(rest.strip())
    return NO_CREDENTIALS


def _read_basic(encoded: str) -> Credentials:
    try:
        name, colon, key = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):  # of base64, or of UTF-8
        return NO_CREDENTIALS
    return Credentials(key, name) if colon else NO_CREDENTIALS
