"""What clients have agreed to be shown to, when and on which notice; the protocol of its store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.spool.clients import NewClient

# Times are whole seconds since 1970 UTC.


@dataclass(frozen=True, slots=True)
class Consent:
    """A client's consent to a provider, or without one to whoever processes in `countries` (`EU` and `EEA` too).

    `version` is that of the notice that was in force; `withdrawn_at` is None where the consent holds.
    """

    processor: str | None
    version: str
    given_at: int
    withdrawn_at: int | None = None
    countries: tuple[str, ...] = ()


def agreed_at_first(client: NewClient) -> Sequence[Consent]:
    """Return the consents that a client begins with: its limits, agreed to on the notice that it was shown."""
    if client.notice is None:
        return ()
    named = [Consent(processor, client.notice, client.created_at) for processor in client.processors or ()]
    places = tuple(sorted(client.processor_countries))
    return [*named, *([Consent(None, client.notice, client.created_at, countries=places)] if places else [])]


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
