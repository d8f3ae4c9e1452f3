"""The grammar of a spec file, `spec = 1`: its tables with what each key may say."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from gateway.provider import DOCUMENTED_FIELDS, AsList, Blame, Channel, Country, Duration, Reason
from providers.http_spec.place import Place, parse_place
from providers.http_spec.placeholder import PLACEHOLDERS, Placeholder
from providers.http_spec.template import Template, parse_node, parse_template, templates_in

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_PATH: Final = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%{}-]*)+", re.ASCII)  # RFC 3986 §3.3, and placeholders
_HEADER: Final = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
_PARAMETER: Final = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
_STATUS: Final = re.compile(r"[1-5]xx", re.ASCII)

# Written by the client, or made of the other keys.
_OWN_HEADERS: Final = {
    "host",
    "content-length",
    "content-type",
    "accept-encoding",
    "user-agent",
    "connection",
    "cookie",
}

Form = Literal["json", "form", "query"]


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("a name of small letters, digits and - is expected")
    return value


def _link(value: str) -> str:
    if not value.startswith("https://"):
        raise ValueError("a link that begins with https:// is expected")
    return value


def _path(value: object) -> Template:
    if not isinstance(value, str) or not _PATH.fullmatch(value):
        raise ValueError("a path that begins with / is expected, percent-encoded")
    return parse_template(value)


def _text(value: object) -> Template:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("a text of one line is expected")
    return parse_template(value)


def _table(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("a table is expected")  # noqa: TRY004 (pydantic wants this one)
    return {str(key): parse_node(item) for key, item in value.items()}


def _places(value: object) -> tuple[Place, ...]:
    return tuple(parse_place(item) for item in (value if isinstance(value, list) else [value]))


def _header(value: str) -> str:
    if not _HEADER.fullmatch(value) or value.lower() in _OWN_HEADERS:
        raise ValueError("a header that the client does not write by itself is expected")
    return value


def _parameter(value: str) -> str:
    if not _PARAMETER.fullmatch(value):
        raise ValueError("a name of letters, digits, -, . and _ is expected")
    return value


def _successes(value: frozenset[int]) -> frozenset[int]:
    if not value <= frozenset(range(200, 300)):
        raise ValueError("nothing but 2xx can be accepted")
    return value


def _statuses(value: object) -> frozenset[int]:
    found: set[int] = set()
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and _STATUS.fullmatch(item):
            found.update(range(int(item[0]) * 100, int(item[0]) * 100 + 100))
        elif isinstance(item, int) and 100 <= item < 600:  # noqa: PLR2004 (RFC 9110 §15)
            found.add(item)
        else:
            raise ValueError('a status such as 404 or "5xx" is expected, or a list of them')
    return frozenset(found)


def _codes(value: object) -> tuple[re.Pattern[str], ...]:
    items = value if isinstance(value, list) else [value]
    if not items or not all(isinstance(item, str | int) for item in items):
        raise ValueError('a code such as 202, "0x0215" or "0x*09" is expected, or a list of them')
    texts = [str(item).lower() if isinstance(item, bool) else str(item) for item in items]
    return tuple(re.compile(".*".join(map(re.escape, text.split("*"))), re.IGNORECASE) for text in texts)


Name = Annotated[str, AfterValidator(_name)]
HeaderName = Annotated[str, AfterValidator(_header)]
ParameterName = Annotated[str, AfterValidator(_parameter)]
Link = Annotated[str, AfterValidator(_link)]
PathTemplate = Annotated[Template, BeforeValidator(_path)]
TextTemplate = Annotated[Template, BeforeValidator(_text)]
OnePlace = Annotated[Place, BeforeValidator(parse_place)]
Places = Annotated[tuple[Place, ...], BeforeValidator(_places)]
Statuses = Annotated[frozenset[int], BeforeValidator(_statuses)]
Successes = Annotated[Statuses, AfterValidator(_successes)]
Codes = Annotated[tuple[re.Pattern[str], ...], BeforeValidator(_codes)]


class Table(BaseModel):
    """A table of a spec file: an unknown key is an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True, strict=True
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

    type: Literal["secret", "text", "integer", "boolean"]
    description: str
    default: str | int | bool | None = None
    choices: Annotated[tuple[str, ...], Field(strict=False)] = ()
    optional: bool = False


class CapabilitiesTable(Table):
    """`[capabilities]`: what cannot be read off the other tables."""

    idempotent: bool = False
    unicode: bool = True
    alphanumeric_sender: bool = False
    redaction: bool = False


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
    encoding: Form
    auth: Auth = Field(discriminator="type")
    headers: Mapping[HeaderName, TextTemplate] = {}
    body: Annotated[Mapping[str, Any], BeforeValidator(_table)]


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
    """`is = "accepted"`: the answer has to hold a `provider_ref`, unless it says `without_ref`."""

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
    request: RequestTable
    response: ResponseTable = ResponseTable()
    outcome: Annotated[tuple[OutcomeRule, ...], Field(strict=False)]

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
