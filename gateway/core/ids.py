"""Identifiers of messages: random, and in order of time so that an index grows at its end."""

import re
import secrets
import time
from typing import Final

import uuid_utils

_FORM: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


def new_message_id() -> str:
    """Return a fresh UUIDv7 (RFC 9562) as 32 lower-case hexadecimal digits."""
    return uuid_utils.uuid7().hex


def is_message_id(text: str) -> bool:
    """Whether a text has the form of a message id."""
    return _FORM.fullmatch(text) is not None


def new_reference() -> str:
    """Return a fresh opaque reference for providers: 128 random bits, no time and no counter in it."""
    return secrets.token_hex(16)


def now_seconds() -> int:
    """Return the wall clock in whole seconds since 1970 UTC: finer times are not kept."""
    return int(time.time())
