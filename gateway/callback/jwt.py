"""A signature as a JSON Web Token (RFC 7519) under a shared key, HS256 alone."""

import hashlib
import hmac
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import msgspec

from gateway.callback.call import Callback, Refused, Verified
from gateway.callback.signed import MAX_AGE, as_sent, header
from gateway.core.secret import Secret


class Bound(StrEnum):
    """What of a call a token speaks about."""

    URL = "url"  # claim `url_hash`: SHA-256 of the URL, in hex
    BODY = "body"  # claim `payload_hash`: SHA-256 of the body, in hex; not there where there is no body
    MEMBERS = "members"  # the claims are the members of the body


@dataclass(frozen=True, slots=True)
class Jwt:
    """`header` holds the token, behind `Bearer ` or bare; it is bound to the call in every way of `binds`.

    A token that says when it was made (`iat`) is good for `max_age`, and for once.
    """

    key: Secret
    header: str
    binds: frozenset[Bound]
    max_age: timedelta = MAX_AGE

    def verify(self, callback: Callback) -> Verified | Refused:
        """Hold the token against the key, and its claims against the call."""
        token = header(callback, self.header)
        token = token[7:] if token[:7].lower() == "bearer " else token
        claims = _claims(token, self.key)
        if claims is None or not self._is_of_now(claims, callback.now):
            return Refused.FORGED
        if not self.binds or not all(_is_bound(way, claims, callback) for way in self.binds):
            return Refused.FORGED
        made_at = claims.get("iat")
        if not isinstance(made_at, int | float):
            return Verified()
        return Verified(token.rpartition(".")[2], int(made_at + self.max_age.total_seconds()))

    def _is_of_now(self, claims: Mapping[str, Any], now: int) -> bool:
        made_at, begins_at, ends_at = (claims.get(name, now) for name in ("iat", "nbf", "exp"))
        if not all(isinstance(time, int | float) for time in (made_at, begins_at, ends_at)):
            return False
        leeway = self.max_age.total_seconds()
        return bool(abs(now - made_at) <= leeway and begins_at <= now + leeway and ends_at >= now)


def _claims(token: str, key: Secret) -> Mapping[str, Any] | None:
    """Return the claims of a token that the key signed; None where it did not, or by another algorithm."""
    signed, _, signature = token.rpartition(".")
    head, _, payload = signed.partition(".")
    try:
        made = hmac.new(key.reveal().encode(), signed.encode(), hashlib.sha256).digest()
        if not hmac.compare_digest(made, _decode(signature)):
            return None
        algorithm = msgspec.json.decode(_decode(head), type=dict[str, Any]).get("alg")
        return msgspec.json.decode(_decode(payload), type=dict[str, Any]) if algorithm == "HS256" else None
    except ValueError:  # no base64, no JSON, no object
        return None


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def _is_bound(way: Bound, claims: Mapping[str, Any], callback: Callback) -> bool:
    match way:
        case Bound.URL:
            return _is_hash(claims.get("url_hash"), as_sent(callback.url))
        case Bound.BODY:
            if not callback.body and "payload_hash" not in claims:
                return True
            return _is_hash(claims.get("payload_hash"), callback.body)
        case _:  # MEMBERS
            try:
                members = msgspec.json.decode(callback.body, type=dict[str, Any])
            except (ValueError, RecursionError):
                return False
            return all(name in claims and claims[name] == value for name, value in members.items())


def _is_hash(claim: object, of: bytes) -> bool:
    expected = hashlib.sha256(of).hexdigest()
    return isinstance(claim, str) and hmac.compare_digest(claim.lower().encode(errors="replace"), expected.encode())
