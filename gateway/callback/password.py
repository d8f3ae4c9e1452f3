"""What vendors show that do not sign: a password of ours, a path that nobody can guess, or nothing."""

import hmac
from base64 import b64encode
from dataclasses import dataclass

from gateway.callback.call import Callback, Refused, Verified
from gateway.callback.signed import header
from gateway.core.secret import Secret


@dataclass(frozen=True, slots=True)
class SecretPath:
    """The secret stands in the path, behind the provider's name."""

    secret: Secret

    def verify(self, callback: Callback) -> Verified | Refused:
        """Hold the path's last segment against the secret."""
        return _same(callback.secret or "", self.secret.reveal())


@dataclass(frozen=True, slots=True)
class Hint:
    """Anybody may call: the vendor is asked about the message that the call names."""

    def verify(self, callback: Callback) -> Verified | Refused:  # noqa: ARG002 (one verifier is like another)
        """Take it for a hint."""
        return Verified(is_hint=True)


@dataclass(frozen=True, slots=True)
class Basic:
    """Name and password as in RFC 7617."""

    username: Secret
    password: Secret

    def verify(self, callback: Callback) -> Verified | Refused:
        """Hold the whole header against what it has to be, so that either part takes the same time."""
        pair = b64encode(f"{self.username.reveal()}:{self.password.reveal()}".encode()).decode()
        scheme, _, shown = header(callback, "authorization").partition(" ")
        return _same(f"{scheme.lower()} {shown.strip()}", f"basic {pair}")


def _same(shown: str, expected: str) -> Verified | Refused:
    is_same = hmac.compare_digest(shown.encode(errors="replace"), expected.encode())
    return Verified() if is_same else Refused.FORGED
