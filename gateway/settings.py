"""The settings with the meaning, unit and default of each: what `gateway.config` reads from file and environment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, PlainValidator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.core.base_url import parse_base_url
from gateway.core.countries import check_place
from gateway.core.duration import format_duration, parse_duration
from gateway.core.message import Channel
from gateway.core.rate import Rate, parse_rate
from gateway.core.size import parse_size
from gateway.core.step import Step, read_step
from gateway.core.written import check_country, check_domain, check_listen, check_prefix, parse_list

HOUR: Final = timedelta(hours=1)


def _read_duration(value: object) -> object:
    # A bare number would be taken for seconds, which nobody who writes `content = 48` means.
    return value if isinstance(value, timedelta) else parse_duration(value if isinstance(value, str) else "")


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta():
        raise ValueError("a duration longer than nothing is expected")
    return value


def _read_rate(value: object) -> object:
    return value if isinstance(value, Rate) else parse_rate(value if isinstance(value, str) else "")


def _read_size(value: object) -> object:
    return parse_size(value) if isinstance(value, str) else value


def _read_list(value: object) -> object:
    return parse_list(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is written, in the words of the reference page."""

    name: str


Duration = Annotated[
    timedelta,
    Form("duration"),
    BeforeValidator(_read_duration, json_schema_input_type=str),
    AfterValidator(_positive),
    PlainSerializer(format_duration, return_type=str),
]
RateSetting = Annotated[
    Rate, Form("rate"), BeforeValidator(_read_rate, json_schema_input_type=str), PlainSerializer(str, return_type=str)
]
Size = Annotated[int, Form("size"), BeforeValidator(_read_size, json_schema_input_type=str | int), Field(gt=0)]
HostPort = Annotated[str, Form("address:port"), AfterValidator(check_listen)]
Domain = Annotated[str, Form("domain"), AfterValidator(check_domain)]
Country = Annotated[str, Form("country"), AfterValidator(check_country)]
Place = Annotated[str, Form("country"), AfterValidator(check_place)]
Prefix = Annotated[str, Form("prefix"), AfterValidator(check_prefix)]
PublicUrl = Annotated[str, Form("address"), AfterValidator(partial(parse_base_url, may_be_plain=True))]
AsList = BeforeValidator(_read_list)
Names = Annotated[tuple[str, ...], AsList]
Steps = Annotated[tuple[Annotated[Step, Form("route"), PlainValidator(read_step)], ...], AsList]


class Section(BaseModel):
    """A table of the file: unknown keys are errors, errors do not show what was written."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True)


class GatewaySection(Section):
    """`[gateway]`: who we are to the outside."""

    name: Domain = Field("gateway.invalid", description="The only name that the outside sees: a domain of yours.")


class HttpSection(Section):
    """`[http]`: the client API."""

    listen: HostPort = Field("127.0.0.1:8025", description="Address and port; port 0 takes a free one.")
    tls_cert: Path | None = Field(None, description="Certificate chain (PEM); with it the listener speaks TLS only.")
    tls_key: Path | None = Field(None, description="Its private key (PEM).")
    client_ca: Path | None = Field(None, description="CA (PEM) of the certificates that clients must show too.")
    public_url: PublicUrl | None = Field(None, description="Where providers report to: `https://gateway.example`.")
    max_body: Size = Field("1MB", validate_default=True, description="Largest request body, such as `1MB`.")
    read_timeout: Duration = Field("20s", validate_default=True, description="How long a request may take to arrive.")
    max_requests: int = Field(1024, ge=1, description="Requests worked on at the same time; more get 503.")
    max_batch_body: Size = Field("8MB", validate_default=True, description="Largest body of a batch.")
    max_wait: Duration = Field("30s", validate_default=True, description="Longest `Prefer: wait`; more is cut to it.")


class AdminSection(Section):
    """`[admin]`: health, metrics, console."""

    listen: HostPort = Field("127.0.0.1:8026", description="Address and port; port 0 takes a free one.")
    token_file: Path | None = Field(None, description="File with the admin token; else one is in the state folder.")
    tls_cert: Path | None = Field(None, description="Certificate chain (PEM); with it the listener speaks TLS only.")
    tls_key: Path | None = Field(None, description="Its private key (PEM).")
    allowed_hosts: Names = Field((), description="Host names the console is reached by, besides loopback.")


class SmtpSection(Section):
    """`[smtp]`: SMTP submission and mail-to-SMS; without this table nothing listens."""

    listen: HostPort = Field("127.0.0.1:8587", description="Address and port, in clear until STARTTLS; port 0: free.")
    listen_tls: HostPort | None = Field(None, description="Address and port inside of TLS from the beginning.")
    tls_cert: Path | None = Field(None, description="Certificate chain (PEM); off loopback nobody logs in without TLS.")
    tls_key: Path | None = Field(None, description="Its private key (PEM).")
    sms_domain: Domain | None = Field(None, description="Mail to numbers in this domain becomes SMS.")
    max_size: Size = Field("25MB", validate_default=True, description="Largest mail, with all that is stripped.")
    max_recipients: int = Field(100, ge=1, le=1000, description="Recipients of a mail; more are asked to come again.")
    max_connections: int = Field(500, ge=1, description="Connections at the same time; more get 421.")
    max_buffer: Size = Field("256MB", validate_default=True, description="Memory for mail coming in; else 452.")
    timeout: Duration = Field("5m", validate_default=True, description="Wait for a command, or for a whole mail.")
    login_timeout: Duration = Field("1m", validate_default=True, description="Wait until a client has logged in.")


class SpoolSection(Section):
    """`[spool]`: where sealed messages wait."""

    url: str = Field("", description="`sqlite:///relative`, `sqlite:////absolute`; else in the state folder.")
    max_messages: int = Field(1_000_000, ge=1, description="Messages that may wait; more get 503.")
    min_free: Size = Field("64MB", validate_default=True, description="Disk that must stay free; else intake stops.")
    writer: Literal["process", "thread"] = Field(
        "process", description="What writes it: a process of its own, for a second core, or a thread of the gateway."
    )


class KeyringSection(Section):
    """`[keyring]`: the epoch keys, kept apart from the spool and its backups."""

    url: str = Field("", repr=False, description="`dir:///path`, `postgresql://user@host/db`; else `keys` at home.")
    wrap_key_file: Path | None = Field(None, description="File with a key that wraps all others, mode 0600.")
    wrap_credential: str | None = Field(None, description="The name of a systemd credential with such a key.")


class RetentionSection(Section):
    """`[retention]`: how long each class of data lives."""

    content: Duration = Field("48h", validate_default=True, description="Sealed subject, text and addresses, at most.")
    scheduled: Duration | None = Field(None, description="How far ahead Send-At may be; content lives longer then.")
    metadata: Duration = Field("90d", validate_default=True, description="Id, client, state, provider, times.")
    answers: Duration = Field("24h", validate_default=True, description="How long an Idempotency-Key is known.")
    usage: Duration = Field("10y", validate_default=True, description="Counts for billing, with no person in them.")
    audit: Duration = Field("90d", validate_default=True, description="Who did what as an operator.")
    logs: Duration = Field("90d", validate_default=True, description="Log files; never longer than `metadata`.")
    notices: Duration = Field("3y", validate_default=True, description="Old versions of the notice, ended consents.")


class DeliverySection(Section):
    """`[delivery]`: how long and how hard delivery tries."""

    deadline: Duration = Field("24h", validate_default=True, description="After that a message expires; at most 47h.")
    on_doubt_email: Literal["repeat", "hold"] = Field("repeat", description="What to do when it is in doubt.")
    on_doubt_sms: Literal["repeat", "hold"] = Field("hold", description="What to do when it is in doubt.")
    lease: Duration = Field("30s", validate_default=True, description="After that a dead process's messages are taken.")
    backoff_first: Duration = Field("15s", validate_default=True, description="Wait after the first failed attempt.")
    backoff_longest: Duration = Field("30m", validate_default=True, description="The longest wait between attempts.")
    drain: Duration = Field("30s", validate_default=True, description="How long a stop waits for open hand-overs.")
    in_memory: int = Field(10_000, ge=1, description="Messages in memory for delivery; the rest waits in the spool.")


class EventsSection(Section):
    """`[events]`: telling clients' programs what became of messages."""

    allow_private_network: bool = Field(default=False, description="Their URLs may be plain HTTP and in your network.")
    ca_file: Path | None = Field(None, description="CA (PEM) of their certificates, instead of the system's.")
    timeout: Duration = Field("10s", validate_default=True, description="How long an answer may take.")
    retry_for: Duration = Field("24h", validate_default=True, description="Then it is dropped, who took none paused.")


class EmailSection(Section):
    """`[email]`: bounds of mail."""

    max_text: Size = Field("256KB", validate_default=True, description="Longest text, in UTF-8.")
    max_subject: int = Field(500, ge=1, le=998, description="Longest subject, in characters.")
    alias_domain: Domain | None = Field(None, description="Of aliases for clients that hide their senders.")


class SmsSection(Section):
    """`[sms]`: bounds of text messages."""

    default_region: Country = Field("DE", description="Country in which national numbers are read.")
    max_segments: int = Field(6, ge=1, le=255, description="Longest text, in segments.")
    sender_rules: Literal["off", "warn", "refuse"] = Field("warn", description="For names that countries do not take.")
    registered_senders: Names = Field((), description="Names that are registered in a country: `IE:Praxis`.")
    smart_encoding: bool = Field(default=False, description="Typographic signs become plain where GSM-7 suffices then.")


class LimitsSection(Section):
    """`[limits]`: what a client may do where its record says nothing."""

    rate: RateSetting = Field("100/s", validate_default=True, description="Messages in a time, a client.")
    daily: int = Field(100_000, ge=1, description="Messages a UTC day, a client.")
    monthly: int | None = Field(None, ge=1, description="Messages a UTC month, a client; None: any number.")
    daily_segments: int | None = Field(None, ge=1, description="Segments of SMS a UTC day, a client.")
    monthly_segments: int | None = Field(None, ge=1, description="Segments of SMS a UTC month, a client.")
    concurrent: int = Field(1000, ge=1, description="Requests at the same time, a client; more get 429.")


class LogSection(Section):
    """`[log]`: events from a closed list."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is written.")
    format: Literal["json", "console"] = Field("json", description="For programs or for people.")
    path: Path | None = Field(None, description="File instead of standard error; rotated daily, deleted by age.")


class ControllerSection(Section):
    """`[controller]`: who answers for the data, in the sense of Art. 4(7) GDPR."""

    name: str | None = Field(None, description="Legal name.")
    address: str | None = Field(None, description="Postal address.")
    email: str | None = Field(None, description="Where rights are exercised.")
    phone: str | None = Field(None, description="Where rights are exercised.")
    dpo: str | None = Field(None, description="Contact of the data protection officer.")
    authority: str | None = Field(None, description="Supervisory authority.")


class RouteRule(Section):
    """`[[routes.rules]]`: all given conditions must hold; the first rule that matches wins."""

    channel: Channel | None = Field(None, description="`email` or `sms`.")
    client: Names = Field((), description="Names of clients.")
    country: Annotated[tuple[Country, ...], AsList] = Field((), description="Countries of the number.")
    prefix: Annotated[tuple[Prefix, ...], AsList] = Field((), description="Beginnings of the number, such as `+4366`.")
    sender_domain: Annotated[tuple[Domain, ...], AsList] = Field((), description="Domains of the sender's address.")
    processors: Names = Field((), description="Providers that may receive the message; of `use` no others are taken.")
    processor_countries: Annotated[tuple[Place, ...], AsList] = Field((), description="Their countries; `EU`, `EEA`.")
    use: Steps = Field(min_length=1, description="Providers in order.")


class RoutesSection(Section):
    """`[routes]`: which providers, in which order."""

    email: Steps = Field((), description="Providers in order; the next takes over when one is down.")
    sms: Steps = Field((), description="Providers in order; the next takes over when one is down.")
    rules: Annotated[tuple[RouteRule, ...], AsList] = Field((), description="Exceptions, tried before the lists.")


class Settings(BaseSettings):
    """The whole configuration; `[providers.NAME]` tables are read by their types.

    Made from arguments alone: file and environment are read by `gateway.config`.
    """

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    gateway: GatewaySection = GatewaySection()
    http: HttpSection = HttpSection()
    admin: AdminSection = AdminSection()
    smtp: SmtpSection | None = None
    spool: SpoolSection = SpoolSection()
    keyring: KeyringSection = KeyringSection()
    retention: RetentionSection = RetentionSection()
    delivery: DeliverySection = DeliverySection()
    events: EventsSection = EventsSection()
    email: EmailSection = EmailSection()
    sms: SmsSection = SmsSection()
    limits: LimitsSection = LimitsSection()
    log: LogSection = LogSection()
    controller: ControllerSection = ControllerSection()
    # Tables may hold secrets in clear until their types have read them.
    providers: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)
    routes: RoutesSection = RoutesSection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (named by pydantic-settings)
        init_settings: PydanticBaseSettingsSource,
        *_rest: PydanticBaseSettingsSource,
        **_named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave out the sources that would read this process's environment behind the caller's back."""
        return (init_settings,)


def _sections() -> Iterator[tuple[str, type[Section]]]:
    for name, field in Settings.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, Section):
                yield name, kind


SECTIONS: Final[Mapping[str, type[Section]]] = MappingProxyType(dict(_sections()))
"""Each table with keys of its own, by name; `[providers.NAME]` is not among them."""
