"""One call of a provider's, and what there is to say of it before it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True, repr=False)
class Callback:
    """What a provider called us with; it can hold numbers and texts, so it has no repr.

    `url` is the one that the vendor was told, with the query as it came; `secret` is what stands in the path behind
    the provider's name. Header names are in lower case; of a header that is there twice the first counts. `now` is in
    seconds since 1970 UTC.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    now: int
    secret: str | None = None

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the URL; of one that is there twice the first."""
        return first_of(urlsplit(self.url).query)

    @property
    def form(self) -> dict[str, str]:
        """The parameters of a body in `application/x-www-form-urlencoded`; bytes that are no UTF-8 become U+FFFD."""
        return first_of(self.body.decode(errors="replace"))


def first_of(encoded: str) -> dict[str, str]:
    """Read parameters; of one that is there twice the first counts. Raises ValueError for more than 1,000."""
    pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=1000)
    return dict(reversed(pairs))


class Refused(StrEnum):
    """Why a call is not taken; nothing changes by it."""

    FORGED = "forged"  # it is not the vendor's, or not of now
    MALFORMED = "malformed"  # it cannot be read


@dataclass(frozen=True, slots=True, repr=False)
class Verified:
    """The call is the vendor's. `nonce` is what tells it from every other, where the vendor signs such a thing.

    `good_until` is when the signature's time has passed (seconds since 1970 UTC): until then a second call with the
    same nonce is a replay.
    """

    nonce: str | None = None
    good_until: int = 0
    is_hint: bool = False  # nothing says whose it is: what it says is not believed, the vendor is asked instead


class Verifier(Protocol):
    """One way to know a vendor's call."""

    def verify(self, callback: Callback) -> Verified | Refused:
        """Say whether it is the vendor's; FORGED where it is not, in the same time whatever is wrong in a secret."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The answer that a vendor takes for a yes."""

    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"
