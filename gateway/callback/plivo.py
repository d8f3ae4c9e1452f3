"""Plivo's signature, version 3: HMAC-SHA256 of the URL with the form's parameters behind it, and a nonce.

https://www.plivo.com/docs/messaging/concepts/signature-validation and `plivo/utils/signature_v3.py` of
github.com/plivo/plivo-python
"""

import hashlib
import hmac
from base64 import b64encode
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from gateway.callback.call import Callback, Refused, Verified
from gateway.callback.signed import MAX_NONCE, as_sent, header
from gateway.core.secret import Secret

# Seconds that a nonce is remembered; no time is signed with it.
_REMEMBERED: Final = 3600


@dataclass(frozen=True, slots=True)
class Plivo:
    """`X-Plivo-Signature-V3` holds one or several signatures under the account's token, one of which is right."""

    key: Secret

    def verify(self, callback: Callback) -> Verified | Refused:
        """Hold the header's signatures against the URL, the parameters of URL and form, and the nonce."""
        nonce = header(callback, "x-plivo-signature-v3-nonce")
        try:
            text = as_sent(f"{_signed_url(callback)}.{nonce}")
        except ValueError:
            return Refused.FORGED
        made = b64encode(hmac.new(self.key.reveal().encode(), text, hashlib.sha256).digest())
        shown = header(callback, "x-plivo-signature-v3").encode(errors="replace").split(b",")
        is_right = any(hmac.compare_digest(made, each.strip()) for each in shown)
        return (
            Verified(nonce, callback.now + _REMEMBERED) if is_right and 0 < len(nonce) <= MAX_NONCE else Refused.FORGED
        )


def _signed_url(callback: Callback) -> str:
    """Return the address with its parameters in order, and those of a form behind it. Raises ValueError."""
    bare, _, _ = callback.url.partition("?")
    query = "&".join(f"{name}={value}" for name, value in _pairs(urlsplit(callback.url).query))
    form = "".join(name + value for name, value in _pairs(callback.body.decode()))
    if not form:
        return f"{bare}?{query}" if query else bare
    return f"{bare}?{query}.{form}" if query else f"{bare}?{form}"


def _pairs(encoded: str) -> list[tuple[str, str]]:
    return sorted(parse_qsl(encoded, keep_blank_values=True, max_num_fields=1000))
