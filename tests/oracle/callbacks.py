"""A provider's calls as a talkative vendor makes them: marks in every header, parameter, member and segment."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.http_wire import request
from tests.oracle.ambient import TELLING_HEADERS
from tests.oracle.marks import Mint

PUBLIC = "https://gateway.example"
SIGNING_KEY = "signing-key-of-the-vendor"


@dataclass(frozen=True, slots=True)
class Caller:
    """A vendor that repeats everything it was ever told; `provider` is what the configuration calls it."""

    mint: Mint
    provider: str

    def headers(self, where: str) -> list[tuple[str, str]]:
        """Return every header that tells of somebody, with a mark each."""
        return [(header, self.mint.ambient(f"{where}-header-{header}")) for header in TELLING_HEADERS]

    def body(self, where: str, **data: Any) -> bytes:  # noqa: ANN401 (whatever JSON holds)
        """Return a report with the text, the number and more in it."""
        said = {
            "text": self.mint.ambient(f"{where}-text"),
            "recipient": self.mint.ambient(f"{where}-recipient"),
            self.mint.ambient(f"{where}-name"): [{"deep": self.mint.ambient(f"{where}-deep")}],
        }
        return json.dumps({"webhook_event": "dlr", "data": said | data, "more": said}).encode()

    def signed(self, where: str, body: bytes, key: str = SIGNING_KEY) -> bytes:
        """Return a call as seven signs it, with marks in the query, and the nonce a mark too."""
        query = f"{self.mint.ambient(f'{where}-query-name')}={self.mint.ambient(f'{where}-query')}"
        target = f"/callbacks/{self.provider}?{query}"
        timestamp, nonce = str(int(time.time())), self.mint.ambient(f"{where}-nonce")
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        text = f"{timestamp}\n{nonce}\nPOST\n{PUBLIC}{target}\n{digest}"
        signature = hmac.new(key.encode(), text.encode(), "sha256").hexdigest()
        headers = [("X-Signature", signature), ("X-Timestamp", timestamp), ("X-Nonce", nonce), *self.headers(where)]
        return request("POST", target, headers=headers, body=body)

    def refused(self) -> Iterator[tuple[int, bytes]]:
        """Yield calls that have to be refused, with the status."""
        yield 401, self.signed("forged", self.body("forged"), key="another")
        yield 400, self.signed("garbage", self.mint.ambient("garbage").encode())
        yield 400, self.signed("nothing", self.body("nothing"))
        yield 413, self.signed("large", self.body("large", filler="x" * 70_000))
        for segments in (["seven", "secret"], ["nobody"], ["a", "b", "c"]):
            marked = [segments[0] if segments[0] == "seven" else self.mint.ambient("provider")]
            marked += [self.mint.ambient(f"segment-{each}") for each in segments[1:]]
            status = 401 if segments[0] == "seven" else 404
            yield status, self.plain(marked)

    def plain(self, segments: Sequence[str]) -> bytes:
        """Return a call that nobody signed."""
        return request("POST", "/".join(["/callbacks", *segments]), headers=self.headers("plain"), body=self.body("p"))
