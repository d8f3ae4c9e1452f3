"""AWS End User Messaging SMS: one JSON call, signed for the region to which it goes.

https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import Field

from gateway.provider import (
    Accepted,
    AdapterType,
    Blame,
    Capabilities,
    Channel,
    Connection,
    Deferred,
    Duration,
    Environment,
    Handover,
    HttpAdapter,
    HttpExchange,
    HttpProviderSettings,
    HttpRequest,
    HttpResponse,
    Message,
    Outcome,
    Processor,
    Reason,
    Rejected,
    Secret,
    Sms,
    converse,
    default_outcome,
    now_seconds,
)
from providers.aws_signature import Signer

_CREDENTIALS: Final = Deferred(Blame.ACCOUNT, Reason.CREDENTIALS)
_QUOTA: Final = Deferred(Blame.ACCOUNT, Reason.QUOTA)
_REFUSED: Final = Rejected(Blame.SENDER, Reason.REFUSED)
_WRONG_SENDER: Final = Rejected(Blame.SENDER, Reason.INVALID_SENDER)
_UNROUTABLE: Final = Rejected(Blame.SENDER, Reason.UNROUTABLE)

# The exceptions of https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html with
# their reasons; None stands for every reason that has no line of its own. The last six are from
# https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/CommonErrors.html
# (`RequestExpired`: a clock that is wrong).
_REFUSALS: Final[Mapping[tuple[str, str | None], Outcome]] = {
    ("ThrottlingException", None): Deferred(Blame.PROVIDER, Reason.RATE_LIMITED),
    ("AccessDeniedException", None): _CREDENTIALS,
    ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"): Deferred(
        Blame.ACCOUNT, Reason.NO_CREDIT
    ),
    ("ServiceQuotaExceededException", None): _QUOTA,
    ("ValidationException", "COUNTRY_CODE_MISMATCH"): _WRONG_SENDER,
    ("ValidationException", "SENDER_ID_NOT_REGISTERED"): _WRONG_SENDER,
    ("ValidationException", "DESTINATION_COUNTRY_BLOCKED"): _UNROUTABLE,
    # Among them INVALID_PARAMETER, which says neither number nor sender nor text, and PRICE_OVER_THRESHOLD.
    ("ValidationException", None): _REFUSED,
    ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT"): Rejected(Blame.RECIPIENT, Reason.OPTED_OUT),
    # An account in the sandbox reaches verified numbers: it is not at fault for these.
    ("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED"): _UNROUTABLE,
    ("ConflictException", None): _REFUSED,
    # A sender, a pool or a configuration set: the first is the message's own, and must not close the account.
    ("ResourceNotFoundException", None): _WRONG_SENDER,
    ("ExpiredTokenException", None): _CREDENTIALS,
    ("IncompleteSignature", None): _CREDENTIALS,
    ("NotAuthorized", None): _CREDENTIALS,
    ("OptInRequired", None): _CREDENTIALS,
    ("RequestExpired", None): _CREDENTIALS,
    ("UnrecognizedClientException", None): _CREDENTIALS,
}


class AwsSmsSettings(HttpProviderSettings):
    """What an account of AWS has in one region."""

    # `{region}` is filled in when the adapter is built, in an address that the operator gives too.
    base_url: str = Field(
        "https://sms-voice.{region}.amazonaws.com",
        description="Where the vendor's API is, for proxies and tests; without it that of `region`.",
    )
    region: str = Field(
        description="Region that processes the message: `eu-…` for the EU.", pattern=r"^[A-Za-z0-9-]+$", max_length=64
    )
    access_key_id: Secret = Field(description="Access key, with the right to `sms-voice:SendTextMessage`.")
    secret_access_key: Secret = Field(description="Secret of the access key.")
    session_token: Secret | None = Field(None, description="Session token, where the access key is a temporary one.")
    default_sender_id: str | None = Field(
        None,
        description="Number, sender ID, pool or ARN where a message names no sender ID.",
        pattern=r"^[\x21-\x7e]+$",
        max_length=256,
    )
    message_type: Literal["TRANSACTIONAL", "PROMOTIONAL"] = Field("TRANSACTIONAL", description="What messages are.")
    configuration_set: str | None = Field(
        None, description="Configuration set, which says where in the account AWS logs what became of messages."
    )
    validity: Duration = Field(
        timedelta(hours=24), ge=timedelta(seconds=5), le=timedelta(hours=72), description="How long AWS tries."
    )

    @property
    def address(self) -> str:
        """Where the API is."""
        return self.base_url.replace("{region}", self.region)


class AwsSms:
    """An HttpExchange: the call with its signature, and what its answer means."""

    def __init__(
        self, settings: AwsSmsSettings, clock: Callable[[], int] = now_seconds, *, is_dry_run: bool = False
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._is_dry_run = is_dry_run
        self._signer = Signer(
            access_key_id=settings.access_key_id,
            secret_access_key=settings.secret_access_key,
            session_token=settings.session_token,
            region=settings.region,
            service="sms-voice",
        )

    def request(self, message: Message, reference: str) -> HttpRequest:
        """Write the call for one message."""
        assert isinstance(message, Sms)  # noqa: S101 (the channel of the type)
        body = msgspec.json.encode(self._body(message, reference))
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "PinpointSMSVoiceV2.SendTextMessage",
        }
        return self._signer.sign(HttpRequest("POST", f"{self._settings.address}/", headers, body), self._clock())

    def outcome(self, response: HttpResponse, reference: str) -> Outcome:  # noqa: ARG002 (an answer has an id)
        """Judge the answer: an id with 200, an exception and its reason with 4xx."""
        try:
            answer = msgspec.json.decode(response.body, type=_Answer)
        except (ValueError, RecursionError):
            answer = _Answer()
        if response.status == 200 and answer.message_id:  # noqa: PLR2004 (RFC 9110 §15.3.1)
            return Accepted(answer.message_id)
        # A fault of the server's leaves in doubt, whatever it is called: InternalServerException.
        is_refusal = 400 <= response.status < 500  # noqa: PLR2004 (RFC 9110 §15.5)
        return _judged(answer, response) if is_refusal else default_outcome(response)

    def _body(self, sms: Sms, reference: str) -> dict[str, Any]:
        """Return the members of the call; `Context` goes to the operator's events, and has our reference alone."""
        said = self._settings
        sender = sms.sender_id or said.default_sender_id
        return {
            "DestinationPhoneNumber": sms.recipient,
            **({} if sender is None else {"OriginationIdentity": sender}),
            "MessageBody": sms.text,
            "MessageType": said.message_type,
            "TimeToLive": -(-said.validity // timedelta(seconds=1)),
            **({} if said.configuration_set is None else {"ConfigurationSetName": said.configuration_set}),
            "Context": {"reference": reference},
            **({"DryRun": True} if self._is_dry_run else {}),
        }


class _Answer(msgspec.Struct, rename={"message_id": "MessageId", "exception": "__type", "reason": "Reason"}):
    """The members of an answer that are read."""

    message_id: Annotated[str, msgspec.Meta(max_length=128)] = ""
    exception: str = ""
    reason: str | None = None


def _judged(answer: _Answer, response: HttpResponse) -> Outcome:
    """Judge a refusal by its exception, which may have a namespace before it and an address behind it.

    https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization
    """
    name = answer.exception.rpartition("#")[2].partition(":")[0]
    judged = _REFUSALS.get((name, answer.reason)) or _REFUSALS.get((name, None))
    if isinstance(judged, Deferred):
        return Deferred(judged.blame, judged.reason, response.retry_after)
    if judged is None and response.status == 400:  # noqa: PLR2004 (RFC 9110 §15.5.1: number, sender or text)
        return _REFUSED
    return judged or default_outcome(response)


@dataclass(slots=True, kw_only=True)
class AwsSmsAdapter(HttpAdapter):
    """An adapter over HTTP whose vendor can check a message."""

    dry_exchange: HttpExchange

    async def dry_run(self, message: Message, handover: Handover) -> Outcome:
        """Let AWS check one message; nothing is sent, and nothing charged."""
        return await converse(self.client, self.dry_exchange, message, handover)


def build(settings: AwsSmsSettings, environment: Environment) -> AwsSmsAdapter:
    """Build the adapter."""
    client = environment.connect(
        Connection(
            base_url=settings.address,
            timeout=settings.timeout,
            max_concurrency=settings.max_concurrency,
            allow_private_network=settings.allow_private_network,
            ca_file=settings.ca_file,
        )
    )
    return AwsSmsAdapter(client, AwsSms(settings), dry_exchange=AwsSms(settings, is_dry_run=True))


TYPE: Final = AdapterType(
    name="aws-sms",
    summary="AWS End User Messaging SMS in a region of the operator's choice; no delivery reports.",
    channels=(Channel.SMS,),
    # The legal entity is not verified, and stays undeclared; the region is the operator's.
    processor=Processor(company=None, country=None, fields={Channel.SMS: ("recipient", "text", "sender_id")}),
    capabilities=Capabilities(alphanumeric_sender=True, dry_run=True),
    settings=AwsSmsSettings,
    build=build,
    authenticates_by="signature",
    docs_url="https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html",
)
