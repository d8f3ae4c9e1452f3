"""The plug-in contract: all that an adapter imports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from gateway.config.sentences import sentence
from gateway.core.address import ascii_address, ascii_domain, parse_mailbox
from gateway.core.base_url import parse_base_url
from gateway.core.errors import FieldError
from gateway.core.ids import now_seconds
from gateway.core.mail import needs_smtputf8, wire_address, write_mail
from gateway.core.message import DOCUMENTED_FIELDS, Channel, Email, Mailbox, Message, Sms
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.core.problem import Problem
from gateway.core.secret import Secret
from gateway.core.sms import Encoding, Segments, segments
from gateway.guard import ForbiddenAddressError, connect_socket, is_public, tls_context
from gateway.http_client import Connection, HttpClient, HttpRequest, HttpResponse, Unsent
from gateway.settings import AsList, Country, Duration, RateSetting

__all__ = [
    "DOCUMENTED_FIELDS",
    "Accepted",
    "Adapter",
    "AdapterType",
    "AsList",
    "Blame",
    "Capabilities",
    "Channel",
    "Connection",
    "Country",
    "Deferred",
    "DryRuns",
    "Duration",
    "Email",
    "Encoding",
    "Environment",
    "FieldError",
    "ForbiddenAddressError",
    "Handover",
    "HttpAdapter",
    "HttpClient",
    "HttpExchange",
    "HttpProviderSettings",
    "HttpRequest",
    "HttpResponse",
    "InDoubt",
    "Mailbox",
    "Message",
    "Outbox",
    "Outcome",
    "Problem",
    "Processor",
    "ProviderSettings",
    "Reason",
    "Rejected",
    "Secret",
    "Segments",
    "Sms",
    "TakenMessage",
    "ascii_address",
    "ascii_domain",
    "connect_socket",
    "converse",
    "default_outcome",
    "is_public",
    "needs_smtputf8",
    "now_seconds",
    "parse_mailbox",
    "segments",
    "sentence",
    "tls_context",
    "wire_address",
    "write_mail",
]


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
    reports: bool = False  # it tells later what became of a message
    unicode: bool = True  # texts outside GSM-7
    segments: bool = False  # its answer counts the segments
    alphanumeric_sender: bool = False  # letters as sender ID
    redaction: bool = False  # it can be told to keep no content; the adapter always does
    dry_run: bool = False  # a call that checks everything and sends nothing


class ProviderSettings(BaseModel):
    """What every `[providers.NAME]` table may say, whatever its type; adapters add their own keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    type: str = Field(description="The adapter: one of `umschlag providers list`.")
    max_concurrency: int = Field(20, ge=1, le=1000, description="Hand-overs at the same time.")
    timeout: Duration = Field(
        timedelta(seconds=30), description="How long one hand-over may take until it counts as lost."
    )
    rate: RateSetting | None = Field(None, description="Hand-overs in a time, such as `10/s`; without it no limit.")
    allow_private_network: bool = Field(
        default=False, description="Whether loopback and private addresses, and plain http://, are allowed."
    )
    ca_file: Path | None = Field(None, description="A private CA (PEM) that signs this provider's certificate.")
    company: str | None = Field(None, description="Legal entity of the processor, where it differs from the type's.")
    country: Country | None = Field(None, description="Its country (ISO 3166 alpha-2).")
    processes_in: Annotated[tuple[Country, ...], AsList] | None = Field(
        None, description="Countries where it processes (ISO 3166 alpha-2)."
    )
    privacy_url: str | None = Field(None, description="Its privacy notice.")
    dpa_url: str | None = Field(None, description="Its data processing agreement.")
    transfer_basis: str | None = Field(
        None, description="Legal basis of a transfer out of the EEA, where there is one."
    )


class HttpProviderSettings(ProviderSettings):
    """What every provider over HTTP may say besides."""

    base_url: str = Field(description="Where the vendor's API is, for regions, proxies and tests.")

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str, info: ValidationInfo) -> str:
        """Refuse what is more than an origin and a path, and plain HTTP outside the operator's own network."""
        return parse_base_url(value, may_be_plain=bool(info.data.get("allow_private_network")))


@dataclass(frozen=True, slots=True)
class Handover:
    """What comes with a message: our opaque random reference, the same at every repeat, and when it was accepted.

    `accepted_at` is in seconds since 1970 UTC; a mail's Date is made of it, so that a repeat is recognised.
    """

    reference: str
    accepted_at: int


class Adapter(Protocol):
    """Our code for one provider's system, opened once and used by many hand-overs at the same time."""

    async def open(self) -> None:
        """Make ready; sends nothing. Raises nothing for a provider that is down."""

    async def send(self, message: Message, handover: Handover) -> Outcome:
        """Hand one message over; every way it can end is an outcome."""

    async def close(self) -> None:
        """End kept connections; hand-overs have ended before."""


@runtime_checkable
class DryRuns(Protocol):
    """An adapter whose vendor can check a message without sending it."""

    async def dry_run(self, message: Message, handover: Handover) -> Outcome:
        """Let the vendor check one message; nothing is sent."""


@dataclass(frozen=True, slots=True, repr=False)
class TakenMessage:
    """What an outbox shows of one message: the documented fields and when it came (seconds since 1970 UTC)."""

    message: Message
    reference: str
    taken_at: int


@runtime_checkable
class Outbox(Protocol):
    """An adapter that keeps what it took for people to look at, in memory only."""

    def taken(self) -> Sequence[TakenMessage]:
        """Return what it holds, newest first."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What an adapter is given besides its settings.

    `gateway_name` is the only name that the outside sees; `connect` makes an HTTP client with the limits, the TLS
    floor and the network guard of one provider.
    """

    gateway_name: str
    connect: Callable[[Connection], HttpClient]


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


class HttpExchange(Protocol):
    """The two pure functions of an adapter over HTTP."""

    def request(self, message: Message, reference: str) -> HttpRequest:
        """Write the vendor's request for one message."""

    def outcome(self, response: HttpResponse, reference: str) -> Outcome:
        """Judge the vendor's answer."""


@dataclass(slots=True)
class HttpAdapter:
    """An adapter made of an HTTP client and the vendor's two pure functions."""

    client: HttpClient
    exchange: HttpExchange

    async def open(self) -> None:
        """Open the client; connections are made when they are needed."""
        await self.client.open()

    async def send(self, message: Message, handover: Handover) -> Outcome:
        """Hand one message over in one HTTP exchange."""
        return await converse(self.client, self.exchange, message, handover)

    async def close(self) -> None:
        """Close the kept connections."""
        await self.client.close()


async def converse(client: HttpClient, exchange: HttpExchange, message: Message, handover: Handover) -> Outcome:
    """Send the request of one message and judge the answer, or the lack of one."""
    answer = await client.exchange(exchange.request(message, handover.reference))
    if isinstance(answer, HttpResponse):
        return exchange.outcome(answer, handover.reference)
    if isinstance(answer, Unsent):
        return Deferred(Blame.PROVIDER, answer.reason)
    return InDoubt(answer.reason)


# RFC 9110 §15.5.5, §15.5.6: not this path, not this method. The base URL is wrong; the message has no part in it.
_WRONG_PLACE: Final = frozenset({404, 405})
_DEFERRED: Final = {429: Reason.RATE_LIMITED, 503: Reason.UNAVAILABLE}
_ACCOUNT: Final = {401: Reason.CREDENTIALS, 402: Reason.NO_CREDIT, 403: Reason.CREDENTIALS}


def default_outcome(response: HttpResponse) -> Rejected | Deferred | InDoubt:
    """Judge an answer by its HTTP status alone, where the vendor's own table says nothing.

    Never `Accepted`: a 2xx that the adapter could not read is in doubt, as are 500, 502, 504 and what no RFC knows.
    """
    status = response.status
    if status in _DEFERRED:
        return Deferred(Blame.PROVIDER, _DEFERRED[status], response.retry_after)
    if status in _ACCOUNT:
        return Deferred(Blame.ACCOUNT, _ACCOUNT[status])
    if status in _WRONG_PLACE:
        return Rejected(Blame.PROVIDER, Reason.REFUSED)
    if 400 <= status < 500:  # noqa: PLR2004 (RFC 9110 §15.5: the client's fault, so ours or the message's)
        return Rejected(Blame.CONTENT, Reason.REFUSED)
    if status >= 500:  # noqa: PLR2004 (RFC 9110 §15.6)
        return InDoubt(Reason.PROVIDER_ERROR)
    return InDoubt(Reason.UNCLEAR_ANSWER)
