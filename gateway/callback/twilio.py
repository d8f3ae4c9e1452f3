"""Twilio's signature: HMAC-SHA1 of the URL with the form's parameters behind it.

https://www.twilio.com/docs/usage/security#validating-requests
"""

import hashlib
import hmac
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import parse_qsl

from gateway.callback.call import Callback, Refused, Verified
from gateway.callback.signed import as_sent, header
from gateway.core.secret import Secret


@dataclass(frozen=True, slots=True)
class Twilio:
    """`X-Twilio-Signature` under the account's token."""

    key: Secret

    def verify(self, callback: Callback) -> Verified | Refused:
        """Hold the header against the URL as it was called and every parameter, by name, once each."""
        try:
            pairs = set(parse_qsl(callback.body.decode(), keep_blank_values=True, max_num_fields=1000))
        except ValueError:
            return Refused.FORGED
        text = callback.url + "".join(name + value for name, value in sorted(pairs))
        made = b64encode(hmac.new(self.key.reveal().encode(), as_sent(text), hashlib.sha1).digest())
        shown = header(callback, "x-twilio-signature").encode(errors="replace")
        return Verified() if hmac.compare_digest(made, shown) else Refused.FORGED
