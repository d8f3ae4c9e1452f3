"""The disclosure gate: which companies, in which countries, may receive a message."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from gateway.core.countries import members_of
from gateway.provider import Processor
from gateway.spool.clients import Client


def is_placed(processor: Processor) -> bool:
    """Whether it is known in which country a company is, and in which ones it processes."""
    return processor.country is not None and bool(processor.processes_in)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What someone has agreed to: names of providers (None: any), and countries (ISO 3166 alpha-2; empty: any)."""

    processors: frozenset[str] | None = None
    countries: frozenset[str] = frozenset()

    @classmethod
    def to(cls, processors: Iterable[str] | None, countries: Iterable[str]) -> "Agreement":
        """Read an agreement as it is written: among the countries `EU` and `EEA` stand for their members."""
        return cls(None if processors is None else frozenset(processors), members_of(countries))

    def allows(self, name: str, processor: Processor) -> bool:
        """Whether a provider may receive a message.

        The country of the company has to be known and agreed to, and so has each one that it processes in: what is not
        known is not agreed to. Where nothing leaves this process there is nothing to agree to.
        """
        if not any(processor.fields.values()):
            return True
        if self.processors is not None and name not in self.processors:
            return False
        if not self.countries:
            return True
        return is_placed(processor) and self.countries.issuperset({processor.country, *processor.processes_in})


ANYTHING = Agreement()


def agreement_of(client: Client) -> Agreement:
    """Return what a client has agreed to."""
    if client.processors is None and not client.processor_countries:
        return ANYTHING
    return _read(client.processors, client.processor_countries)


@lru_cache(maxsize=1024)
def _read(processors: tuple[str, ...] | None, countries: frozenset[str]) -> Agreement:
    return Agreement.to(processors, countries)
