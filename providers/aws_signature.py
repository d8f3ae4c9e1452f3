"""AWS Signature Version 4 of a request without a query: over its method, path, headers and body, and the time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from gateway.provider import HttpRequest, Secret

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Signer:
    """Signs requests to one service in one region with one pair of keys, and a token where they are temporary."""

    access_key_id: Secret
    secret_access_key: Secret
    session_token: Secret | None
    region: str
    service: str

    def sign(self, request: HttpRequest, at: int) -> HttpRequest:
        """Return the request with its signature at a time in seconds since 1970 UTC.

        Every header that the request has is signed. `Host` is written here, so that what is signed is what leaves.
        """
        url = urlsplit(request.url)
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
        headers = {**request.headers, "Host": url.netloc, "X-Amz-Date": stamp}
        if self.session_token is not None:
            headers["X-Amz-Security-Token"] = self.session_token.reveal()
        signed = {name.lower(): headers[name] for name in sorted(headers, key=str.lower)}
        names = ";".join(signed)
        # Outside S3 the path is encoded once more than it is in the URL.
        path = quote(url.path or "/", safe="/~")
        lines = [request.method, path, "", *(f"{name}:{value}" for name, value in signed.items()), "", names]
        canonical = "\n".join([*lines, _digest(request.body)])
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        signature = self._signature(f"{_ALGORITHM}\n{stamp}\n{scope}\n{_digest(canonical.encode())}", scope)
        credential = f"{self.access_key_id.reveal()}/{scope}"
        headers["Authorization"] = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
        return HttpRequest(request.method, request.url, headers, request.body)

    def _signature(self, text: str, scope: str) -> str:
        """Sign with a key that is good for this scope alone: each part of the scope is hashed into it."""
        key = f"AWS4{self.secret_access_key.reveal()}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()


def _digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()
