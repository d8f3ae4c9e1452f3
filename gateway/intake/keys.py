"""Clients' keys: how they are made, read from a request, and hashed."""

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

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


def digest(auth_key: bytes, key: str) -> bytes:
    """Return the keyed hash (HMAC-SHA256) that is kept of a key, under the keyring's key for this."""
    return hmac.digest(auth_key, b"key\0" + key.encode("utf-8", "surrogateescape"), "sha256")


def digest_of_pair(auth_key: bytes, credentials: Credentials) -> bytes:
    """Return a keyed hash of name and key together, to remember a refusal by."""
    pair = f"{credentials.name or ''}\0{credentials.key}"
    return hmac.digest(auth_key, b"pair\0" + pair.encode("utf-8", "surrogateescape"), "sha256")


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
