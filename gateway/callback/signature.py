"""Signatures in a header: an HMAC under a shared key, or Ed25519 under the vendor's."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.callback.call import Callback, Refused, Verified
from gateway.callback.signed import UNSTAMPED, Stamp, header, signed_text
from gateway.core.secret import Secret


@dataclass(frozen=True, slots=True)
class Hmac:
    """`header` holds the HMAC of a text, behind a prefix such as `v1=`.

    `of` are constants and names of SIGNED in turn, a constant first: `("", "body", "")`.
    """

    key: Secret
    header: str
    of: Sequence[str]
    prefix: str = ""
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    digest: Literal["hex", "base64"] = "hex"
    stamp: Stamp = UNSTAMPED

    def verify(self, callback: Callback) -> Verified | Refused:
        """Hold the header against what it has to be."""
        written = header(callback, self.header)
        made = hmac.new(
            self.key.reveal().encode(), signed_text(self.of, callback, self.stamp), getattr(hashlib, self.algorithm)
        ).digest()
        expected = self.prefix + (made.hex() if self.digest == "hex" else b64encode(made).decode())
        if self.digest == "hex":
            written = written.lower()
            expected = expected.lower()
        is_right = hmac.compare_digest(expected.encode(), written.encode(errors="replace"))
        if not is_right or not self.stamp.is_fresh(callback):
            return Refused.FORGED
        return _verified(callback, self.stamp, made)


@dataclass(frozen=True, slots=True)
class Ed25519:
    """`header` holds a signature in base64 that the vendor's public key (32 bytes in base64) made of a text."""

    key: Secret
    header: str
    of: Sequence[str]
    stamp: Stamp = UNSTAMPED

    def verify(self, callback: Callback) -> Verified | Refused:
        """Hold the header against the text. A key that is none never fits."""
        try:
            signature = b64decode(header(callback, self.header), validate=True)
            key = Ed25519PublicKey.from_public_bytes(b64decode(self.key.reveal(), validate=True))
            key.verify(signature, signed_text(self.of, callback, self.stamp))
        except (ValueError, InvalidSignature):
            return Refused.FORGED
        return _verified(callback, self.stamp, signature) if self.stamp.is_fresh(callback) else Refused.FORGED


def _verified(callback: Callback, stamp: Stamp, signature: bytes) -> Verified:
    """Return a call that is good once, where its time is signed; else a second one may be the vendor's own repeat."""
    if stamp.timestamp is None:
        return Verified()
    nonce = header(callback, stamp.nonce) if stamp.nonce is not None else signature.hex()
    return Verified(nonce, stamp.good_until(callback))
