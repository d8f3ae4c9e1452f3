"""What is told about the use of data: who answers, which companies receive what, how long what is kept."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import msgspec

from gateway.core.countries import EEA
from gateway.core.message import DOCUMENTED_FIELDS, Channel
from gateway.privacy.classes import CLASSES, Language, written_term
from gateway.provider import Processor
from gateway.settings import RetentionSection, Settings

_VERSION_DIGITS: Final = 16
_HOUR: Final = timedelta(hours=1)
_SAID_IN_DAYS: Final = timedelta(days=3)


class UnreadableDisclosureError(Exception):
    """What was stored is no disclosure that this version of the program can read."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A configured provider, the company behind it, and the channels that the routes use it for.

    `erases` says that it can be told to erase what it keeps of a message.
    """

    name: str
    processor: Processor
    channels: frozenset[Channel]
    erases: bool = False


@dataclass(frozen=True, slots=True)
class Controller:
    """Who answers for the data (Art. 4(7) GDPR), as far as the operator says so."""

    name: str | None = None
    address: str | None = None
    email: str | None = None
    phone: str | None = None
    dpo: str | None = None
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class DisclosedProcessor:
    """A company that receives fields of messages; None is what is not known. Countries are ISO 3166 alpha-2."""

    name: str
    company: str | None
    country: str | None
    processes_in: tuple[str, ...]
    fields: dict[Channel, tuple[str, ...]]
    transfer_basis: str | None
    privacy_url: str | None
    dpa_url: str | None
    # Whether what is erased here is erased there, by a call for that.
    erases: bool = False

    @property
    def all_fields(self) -> tuple[str, ...]:
        """What it receives on any channel, each field once."""
        return tuple(dict.fromkeys(field for names in self.fields.values() for field in names))

    @property
    def outside_eea(self) -> tuple[str, ...]:
        """Its countries outside of the European Economic Area."""
        named = (self.country, *self.processes_in)
        return tuple(dict.fromkeys(country for country in named if country is not None and country not in EEA))


@dataclass(frozen=True, slots=True)
class Kept:
    """A class of data that is kept: how long (`48h`, `until_withdrawn`), what it is, why, and on which legal basis."""

    name: str
    keeps: str
    data: dict[Language, str]
    purpose: dict[Language, str]
    legal_basis: dict[Language, str]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """All that is told; two are of one version when they say the same."""

    controller: Controller
    processors: tuple[DisclosedProcessor, ...]
    retention: tuple[Kept, ...]

    @property
    def version(self) -> str:
        """Sixteen digits of the SHA-256 over what it says: any change makes another one."""
        return hashlib.sha256(self.stored().encode()).hexdigest()[:_VERSION_DIGITS]

    def stored(self) -> str:
        """Return it as JSON that `read_stored` reads, and that is the same for the same disclosure."""
        return msgspec.json.encode(self, order="sorted").decode()


def disclose(settings: Settings, recipients: Iterable[Recipient]) -> Disclosure:
    """Return what is to be told of a configuration and of the providers that its routes use."""
    controller = Controller(**settings.controller.model_dump())
    told = (_processor(each) for each in sorted(recipients, key=lambda each: each.name))
    processors = tuple(each for each in told if each.fields)
    return Disclosure(controller, processors, _retention(settings.retention))


def read_stored(body: str) -> Disclosure:
    """Read a disclosure that was stored. Raises UnreadableDisclosureError."""
    try:
        return msgspec.json.decode(body, type=Disclosure)
    except msgspec.MsgspecError:
        raise UnreadableDisclosureError from None


def _processor(recipient: Recipient) -> DisclosedProcessor:
    processor = recipient.processor
    return DisclosedProcessor(
        name=recipient.name,
        company=processor.company,
        country=processor.country,
        processes_in=tuple(processor.processes_in),
        fields={channel: names for channel in Channel if (names := _fields(recipient, channel))},
        transfer_basis=processor.transfer_basis,
        privacy_url=processor.privacy_url,
        dpa_url=processor.dpa_url,
        erases=recipient.erases,
    )


def _fields(recipient: Recipient, channel: Channel) -> tuple[str, ...]:
    if channel not in recipient.channels:
        return ()
    received = recipient.processor.fields.get(channel, ())
    return tuple(field for field in DOCUMENTED_FIELDS[channel] if field in received)


def _retention(section: RetentionSection) -> tuple[Kept, ...]:
    return tuple(
        Kept(
            each.name,
            _written(each.lifetime(section)),
            dict(each.keeps),
            dict(each.purpose),
            dict(each.legal_basis),
        )
        for each in CLASSES
        if each.is_recorded and each.is_declared(section)
    )


def _written(duration: timedelta) -> str:
    """Write a short time in hours, as people say it and as it stands in most configurations: `48h`, not `2d`."""
    hours, rest = divmod(duration, _HOUR)
    return f"{hours}h" if hours and not rest and duration < _SAID_IN_DAYS else written_term(duration)


RIGHTS: Final[Sequence[tuple[str, str]]] = (
    ("access", "Art. 15"),
    ("rectification", "Art. 16"),
    ("erasure", "Art. 17"),
    ("restriction", "Art. 18"),
    ("portability", "Art. 20"),
    ("objection", "Art. 21"),
    ("complaint", "Art. 77"),
)
"""The rights of the persons concerned, with the article of the GDPR that gives each."""
