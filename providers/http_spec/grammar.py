"""The grammar of a spec file, `spec = 1`: its tables with their keys."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from gateway.provider import DOCUMENTED_FIELDS, AsList, Blame, Channel, Country, Duration, Reason
from providers.http_spec.later import BalanceTable, EraseTable, PollTable, ReportTable, StateRule
from providers.http_spec.placeholder import PLACEHOLDERS, Placeholder
from providers.http_spec.table import Table
from providers.http_spec.template import templates_in
from providers.http_spec.value import (
    Body,
    Codes,
    Expression,
    HeaderName,
    Link,
    Name,
    OnePlace,
    ParameterName,
    PathTemplate,
    Places,
    Statuses,
    Successes,
    TextTemplate,
    Word,
)


class ProviderTable(Table):
    """`[provider]`: what the type is called and serves."""

    name: Name
    summary: str
    channel: Annotated[Channel, Field(strict=False)]
    docs_url: Link | None = None


class ProcessorTable(Table):
    """`[processor]`: the company behind it; what is not known stays away."""

    company: str | None = None
    country: Country | None = None
    processes_in: Annotated[tuple[Country, ...], AsList, Field(strict=False)] = ()
    privacy_url: Link | None = None
    dpa_url: Link | None = None
    transfer_basis: str | None = None


class SettingTable(Table):
    """`[settings.NAME]`: a key that the operator's table may have, `{NAME}` in the request."""

    type: Literal["secret", "text", "integer", "boolean", "duration"]
    description: str
    unit: Literal["milliseconds", "seconds", "minutes"] | None = None
    default: str | int | bool | None = None
    choices: Annotated[tuple[str, ...], Field(strict=False)] = ()
    optional: bool = False


class CapabilitiesTable(Table):
    """`[capabilities]`: what cannot be read off the other tables."""

    idempotent: bool = False
    unicode: bool = True
    alphanumeric_sender: bool = False
    needs_sender: bool = False
    redaction: bool = False


class AlphabetWords(Table):
    """`[words.alphabet]`: what the vendor calls the two alphabets of a text message, for `{alphabet}`."""

    gsm7: Word
    unicode: Word


class SenderWords(Table):
    """`[words.sender_kind]`: what the vendor calls the two kinds of sender ID, for `{sender_kind}`."""

    letters: Word
    number: Word


class WordsTable(Table):
    """`[words]`: what the vendor calls a thing that a message is or has."""

    alphabet: AlphabetWords | None = None
    sender_kind: SenderWords | None = None


class NoAuth(Table):
    """`type = "none"`: the request does not say whose it is."""

    type: Literal["none"]


class BasicAuth(Table):
    """`type = "basic"`: RFC 7617."""

    type: Literal["basic"]
    username: TextTemplate
    password: TextTemplate


class BearerAuth(Table):
    """`type = "bearer"`: RFC 6750 §2.1."""

    type: Literal["bearer"]
    token: TextTemplate


class HeaderAuth(Table):
    """`type = "header"`: a header of the vendor's own."""

    type: Literal["header"]
    name: HeaderName
    value: TextTemplate


class QueryAuth(Table):
    """`type = "query"`: a parameter in the URL."""

    type: Literal["query"]
    name: ParameterName
    value: TextTemplate


Auth = NoAuth | BasicAuth | BearerAuth | HeaderAuth | QueryAuth


class RequestTable(Table):
    """`[request]`: the vendor's call."""

    method: Literal["POST", "PUT", "GET"] = "POST"
    base_url: Link | None = None
    path: PathTemplate
    dry_run_path: PathTemplate | None = None
    encoding: Literal["json", "form", "query"]
    auth: Auth = Field(discriminator="type")
    headers: Mapping[HeaderName, TextTemplate] = {}
    body: Body
    dry_run_body: Body = Field(default_factory=dict)
    changes: Expression | None = None


class ResponseTable(Table):
    """`[response]`: where the answer says what."""

    provider_ref: OnePlace | None = None
    segments: OnePlace | None = None
    code: Places = ()


class Rule(Table):
    """What every `[[outcome]]` may say: the HTTP statuses and codes that it is about; without either, any."""

    status: Statuses | None = None
    code: Codes | None = None


class AcceptedRule(Rule):
    """`is = "accepted"`: the answer has to hold a `provider_ref`, unless it says `without_ref`.

    Besides 2xx 409 can be: the vendor has this reference already.
    """

    kind: Literal["accepted"] = Field(alias="is")
    status: Successes
    without_ref: bool = False


class RejectedRule(Rule):
    """`is = "rejected"`: for good."""

    kind: Literal["rejected"] = Field(alias="is")
    blame: Annotated[Blame, Field(strict=False)]
    reason: Annotated[Reason, Field(strict=False)]


class DeferredRule(Rule):
    """`is = "deferred"`: not now; `retry_after` counts where the answer has no `Retry-After`."""

    kind: Literal["deferred"] = Field(alias="is")
    blame: Annotated[Blame, Field(strict=False)]
    reason: Annotated[Reason, Field(strict=False)]
    retry_after: Duration | None = None


class InDoubtRule(Rule):
    """`is = "in_doubt"`: perhaps taken."""

    kind: Literal["in_doubt"] = Field(alias="is")
    reason: Annotated[Reason, Field(strict=False)]


OutcomeRule = Annotated[AcceptedRule | RejectedRule | DeferredRule | InDoubtRule, Field(discriminator="kind")]


class SpecFile(Table):
    """A whole spec file."""

    spec: Literal[1]
    provider: ProviderTable
    processor: ProcessorTable = ProcessorTable()
    settings: Mapping[str, SettingTable] = {}
    capabilities: CapabilitiesTable = CapabilitiesTable()
    words: WordsTable = WordsTable()
    request: RequestTable
    response: ResponseTable = ResponseTable()
    outcome: Annotated[tuple[OutcomeRule, ...], Field(strict=False)]
    report: ReportTable | None = None
    poll: PollTable | None = None
    state: Annotated[tuple[StateRule, ...], Field(strict=False)] = ()
    balance: BalanceTable | None = None
    erase: EraseTable | None = None

    @property
    def has_dry_run(self) -> bool:
        """Whether the vendor can check a message without sending it."""
        return self.request.dry_run_path is not None or bool(self.request.dry_run_body)

    @property
    def placeholders(self) -> Mapping[str, Placeholder]:
        """Those of its channel that its body has: exactly what the provider is told of a message."""
        used = frozenset[str]().union(*(template.names for template in templates_in(self.request.body)))
        return {name: known for name, known in PLACEHOLDERS[self.provider.channel].items() if name in used}

    @property
    def fields(self) -> tuple[str, ...]:
        """The documented fields that the provider is told, in their order."""
        told = {placeholder.field for placeholder in self.placeholders.values()}
        return tuple(field for field in DOCUMENTED_FIELDS[self.provider.channel] if field in told)
