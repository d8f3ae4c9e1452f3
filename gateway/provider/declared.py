"""What an adapter declares as data: the company behind it, what it can do, what it is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.core.message import Channel
from gateway.provider.adapter import Adapter, Environment
from gateway.provider.settings import ProviderSettings


@dataclass(frozen=True, slots=True)
class Processor:
    """The company behind a provider, in the sense of Art. 4(8) GDPR; None stands for what is not known.

    `country` and `processes_in` are ISO 3166 alpha-2; `fields` are exactly the documented fields it receives.
    No fields at all: the message does not leave this process, and there is no processor.
    """

    company: str | None
    country: str | None
    fields: Mapping[Channel, tuple[str, ...]]
    processes_in: tuple[str, ...] = ()
    privacy_url: str | None = None
    dpa_url: str | None = None
    transfer_basis: str | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider's system can do; what is not declared cannot be done."""

    idempotent: bool = False  # the same reference twice is one message there
    reports: bool = False  # it calls back and tells what became of a message
    polls: bool = False  # it can be asked what became of a message
    balance: bool = False  # it can be asked what is left on the account
    unicode: bool = True  # texts outside GSM-7
    segments: bool = False  # its answer counts the segments
    alphanumeric_sender: bool = False  # letters as sender ID
    redaction: bool = False  # it can be told to keep no content; the adapter always does
    dry_run: bool = False  # a call that checks everything and sends nothing
    erasure: bool = False  # a call that erases what is kept there of a sent message, by the vendor's id


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule of an adapter's, in words: `status 4xx, code 11` comes to `rejected: recipient, invalid_recipient`."""

    when: str
    becomes: str


@dataclass(frozen=True, slots=True)
class AdapterType:
    """One kind of provider, declared as data: the notice, the docs and `umschlag providers list` are made from it."""

    name: str
    summary: str
    channels: tuple[Channel, ...]
    processor: Processor
    capabilities: Capabilities
    settings: type[ProviderSettings]
    build: Callable[[Any, Environment], Adapter]
    source: str = "built in"
    docs_url: str | None = None
    # How we show whose the request is: a word such as `bearer`; None where we do not.
    authenticates_by: str | None = None
    # How its calls are known to be its own: the name of a verifier; None where it makes none.
    verified_by: str | None = None
    # The rules for answers, for reports and for answers to erasures, in the order in which they are tried, where they
    # are data.
    answers: tuple[Judgement, ...] = ()
    words: tuple[Judgement, ...] = ()
    erasures: tuple[Judgement, ...] = ()
    # Of a type that is read from a file: what tells its text from another one. A reload keeps what is the same.
    version: str | None = None
