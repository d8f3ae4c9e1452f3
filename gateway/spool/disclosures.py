"""The versions of what is told about the use of data, as the spool keeps them, and the protocol of their store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

# Times are whole seconds since 1970 UTC.


@dataclass(frozen=True, slots=True)
class StoredDisclosure:
    """One version, in force since a time until that of the next; `body` is JSON without anything of a client in it."""

    version: str
    since: int
    body: str


class DisclosureStore(Protocol):
    """The versions: none is ever changed, and the one in force always stays."""

    async def publish_disclosure(self, version: str, body: str, now: int) -> int:
        """Put a version into force, unless it is in force already; returns since when it is."""

    async def disclosures(self) -> Sequence[StoredDisclosure]:
        """Return all versions, the one in force first."""
