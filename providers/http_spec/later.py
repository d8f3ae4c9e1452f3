"""The grammar of what comes after a hand-over: reports, questions and their answers, the account, erasures."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from gateway.provider import Bound, Duration, Reason
from providers.http_spec.table import Table
from providers.http_spec.value import (
    Body,
    Codes,
    Link,
    OnePlace,
    OnePointer,
    ParameterName,
    PathTemplate,
    Places,
    SignedText,
    Statuses,
    TextTemplate,
    one_or_more,
)

Words = Annotated[tuple[str, ...], BeforeValidator(one_or_more), Field(strict=False)]


class SecretVerify(Table):
    """`type = "secret"`: nothing is signed; the operator's `callback_secret` stands in the path."""

    type: Literal["secret"]


class AskVerify(Table):
    """`type = "ask"`: nothing is signed; the vendor is asked about the message that is named, as `[poll]` says."""

    type: Literal["ask"]


class BasicVerify(Table):
    """`type = "basic"`: a name and a password of ours (RFC 7617)."""

    type: Literal["basic"]
    username: TextTemplate
    password: TextTemplate


class Stamped(Table):
    """The headers that say when a signature was made, and its number used once."""

    timestamp: str | None = None
    nonce: str | None = None
    max_age: Duration | None = None


class HmacVerify(Stamped):
    """`type = "hmac"`: a header holds the HMAC of a text, under a key that both know."""

    type: Literal["hmac"]
    key: TextTemplate
    header: str
    of: SignedText
    prefix: str = ""
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    digest: Literal["hex", "base64"] = "hex"


class Ed25519Verify(Stamped):
    """`type = "ed25519"`: a header holds a signature in base64 under the vendor's key."""

    type: Literal["ed25519"]
    key: TextTemplate
    header: str
    of: SignedText


class JwtVerify(Table):
    """`type = "jwt"`: a header holds a token (HS256) that speaks of this call."""

    type: Literal["jwt"]
    key: TextTemplate
    header: str
    binds: Annotated[frozenset[Annotated[Bound, Field(strict=False)]], Field(strict=False, min_length=1)]
    max_age: Duration | None = None


class TwilioVerify(Table):
    """`type = "twilio"`: Twilio's own, over the URL and the form."""

    type: Literal["twilio"]
    key: TextTemplate


class PlivoVerify(Table):
    """`type = "plivo"`: Plivo's own, version 3, over the URL, the form and a nonce."""

    type: Literal["plivo"]
    key: TextTemplate


KeyedVerify = HmacVerify | Ed25519Verify | JwtVerify | TwilioVerify | PlivoVerify
Verify = SecretVerify | AskVerify | BasicVerify | KeyedVerify


class ReportPlaces(Table):
    """Where a report says what: in the callback, or in the answer to a question."""

    each: OnePointer | None = None
    provider_ref: OnePlace | None = None
    reference: OnePlace | None = None
    word: Places
    code: Places = ()
    part: OnePlace | None = None
    parts: OnePlace | None = None


class ReportTable(ReportPlaces):
    """`[report]`: the vendor's call to us."""

    encoding: Literal["json", "form", "query"]
    verify: Verify = Field(discriminator="type")
    event: OnePlace | None = None
    events: Words = ()
    answer: str | Mapping[str, Any] = ""


class PollTable(ReportPlaces):
    """`[poll]`: asking what became of a message."""

    path: PathTemplate
    query: Mapping[ParameterName, TextTemplate] = {}


class StateRule(Table):
    """`[[state]]`: what the vendor's words mean."""

    word: Codes | None = None
    code: Codes | None = None
    kind: Literal["sent", "delivered", "undelivered", "unknown"] = Field(alias="is")
    reason: Annotated[Reason, Field(strict=False)] | None = None


class BalanceTable(Table):
    """`[balance]`: asking what is left on the account."""

    method: Literal["GET", "POST"] = "GET"
    path: PathTemplate
    query: Mapping[ParameterName, TextTemplate] = {}
    amount: OnePlace
    unit: OnePlace | None = None
    unit_name: str | None = None


class EraseRule(Table):
    """`[[erase.answer]]`: what the vendor's answers to an erasure mean."""

    status: Statuses | None = None
    code: Codes | None = None
    kind: Literal["erased", "later", "impossible"] = Field(alias="is")
    reason: Annotated[Reason, Field(strict=False)] | None = None
    retry_after: Duration | None = None


class EraseTable(Table):
    """`[erase]`: having erased there what is kept of a message."""

    method: Literal["DELETE", "POST"] = "DELETE"
    base_url: Link | None = None
    path: PathTemplate
    query: Mapping[ParameterName, TextTemplate] = {}
    encoding: Literal["json", "form"] | None = None
    body: Body = Field(default_factory=dict)
    code: Places = ()
    answer: Annotated[tuple[EraseRule, ...], Field(strict=False)]
