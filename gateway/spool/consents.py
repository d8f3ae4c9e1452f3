"""What clients have agreed to be shown to, when and on which notice; the protocol of its store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

# Times are whole seconds since 1970 UTC.


@dataclass(frozen=True, slots=True)
class Consent:
    """A client's consent to a provider: `version` is that of the notice that was in force; None: not withdrawn."""

    processor: str
    version: str
    given_at: int
    withdrawn_at: int | None = None


class ConsentStore(Protocol):
    """The consents; each change takes effect with its record, in one transaction, and counts as one of clients."""

    async def give_consent(self, client_id: int, consent: Consent) -> None:
        """Record a consent, and add its provider to those that may get the client's messages, where it has a list."""

    async def withdraw_consent(self, client_id: int, processor: str, others: Sequence[str], now: int) -> None:
        """Record that a consent ended, and take its provider out of the client's list.

        Where the client had none, all `others` make it.
        """

    async def consents(self, client_id: int) -> Sequence[Consent]:
        """Return what a client has agreed to and withdrawn, oldest first."""
