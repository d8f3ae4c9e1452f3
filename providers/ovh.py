"""OVHcloud SMS: one JSON call whose signature is over its address, its body and the time.

https://eu.api.ovh.com/console/?section=%2Fsms and `Bridge/OvhCloud` of github.com/symfony/symfony

`DELETE /sms/{serviceName}/outgoing/{id}` erases from the history; that its id is the one in the answer is documented
nowhere, so no erasure is declared.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

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
    Encoding,
    Environment,
    HttpAdapter,
    HttpProviderSettings,
    HttpRequest,
    HttpResponse,
    InDoubt,
    Message,
    Outcome,
    Processor,
    Reason,
    Rejected,
    Secret,
    Sms,
    default_outcome,
    now_seconds,
    segments,
)

_CODINGS: Final = {Encoding.GSM7: "7bit", Encoding.UCS2: "8bit"}

# HTTP statuses of the API; its answer has a sentence and no number. 400: number, sender or text, and the next provider
# may say which; 401, 403: keys, or a clock that is wrong.
_REFUSALS: Final[Mapping[int, Outcome]] = {
    400: Rejected(Blame.SENDER, Reason.REFUSED),
    401: Deferred(Blame.ACCOUNT, Reason.CREDENTIALS),
    403: Deferred(Blame.ACCOUNT, Reason.CREDENTIALS),
}


class OvhSettings(HttpProviderSettings):
    """What an account of OVHcloud has."""

    base_url: str = Field(
        "https://eu.api.ovh.com/1.0", description="Where the vendor's API is, for regions, proxies and tests."
    )
    service_name: str = Field(
        description="Name of the SMS account: `sms-…`.", pattern=r"^[A-Za-z0-9-]+$", max_length=64
    )
    application_key: str = Field(description="Application key of the API.", pattern=r"^[\x21-\x7e]+$", max_length=128)
    application_secret: Secret = Field(description="Application secret.")
    consumer_key: Secret = Field(description="Consumer key, with the right to POST /sms/*/jobs.")
    default_sender_id: str | None = Field(
        None, description="Sender ID where a message names none; without it a short number.", max_length=16
    )
    validity: Duration = Field(timedelta(hours=24), description="How long OVHcloud tries.")


class Ovh:
    """An HttpExchange: the call with its signature, and what its answer means."""

    def __init__(self, settings: OvhSettings, clock: Callable[[], int] = now_seconds) -> None:
        self._settings = settings
        self._clock = clock
        self._url = f"{settings.base_url}/sms/{settings.service_name}/jobs"

    def request(self, message: Message, reference: str) -> HttpRequest:  # noqa: ARG002 (there is no member for it)
        """Write the call for one message."""
        assert isinstance(message, Sms)  # noqa: S101 (the channel of the type)
        body = msgspec.json.encode(self._body(message))
        timestamp = str(self._clock())
        headers = {
            "Content-Type": "application/json",
            "X-Ovh-Application": self._settings.application_key,
            "X-Ovh-Consumer": self._settings.consumer_key.reveal(),
            "X-Ovh-Timestamp": timestamp,
            "X-Ovh-Signature": self._signature(body, timestamp),
        }
        return HttpRequest("POST", self._url, headers, body)

    def outcome(self, response: HttpResponse, reference: str) -> Outcome:  # noqa: ARG002 (an answer has an id)
        """Judge the answer: with 200 the lists in it say whether the number was taken."""
        if response.status != 200:  # noqa: PLR2004 (RFC 9110 §15.3.1)
            return _REFUSALS.get(response.status) or default_outcome(response)
        try:
            answer = msgspec.json.decode(response.body, type=_Answer)
        except (ValueError, RecursionError):
            return InDoubt(Reason.UNCLEAR_ANSWER)
        if answer.ids:
            return Accepted(str(answer.ids[0]))
        if answer.invalid_receivers:
            return Rejected(Blame.RECIPIENT, Reason.INVALID_RECIPIENT)
        return InDoubt(Reason.UNCLEAR_ANSWER)

    def _body(self, sms: Sms) -> dict[str, Any]:
        """Return the members of the call; without `noStopClause` a sentence would be added to the text."""
        sender = sms.sender_id or self._settings.default_sender_id
        return {
            "message": sms.text,
            "receivers": [sms.recipient],
            **({"senderForResponse": True} if sender is None else {"sender": sender}),
            "charset": "UTF-8",
            "coding": _CODINGS[segments(sms.text).encoding],
            "class": "phoneDisplay",
            "noStopClause": True,
            "priority": "high",
            "validityPeriod": -(-self._settings.validity // timedelta(minutes=1)),
        }

    def _signature(self, body: bytes, timestamp: str) -> str:
        """Sign the bytes that leave: https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api."""
        secret, consumer = self._settings.application_secret.reveal(), self._settings.consumer_key.reveal()
        signed = f"{secret}+{consumer}+POST+{self._url}+{body.decode()}+{timestamp}"
        return "$1$" + hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()


class _Answer(msgspec.Struct, rename="camel"):
    """The members of an answer 200 that are read."""

    ids: list[int] = []
    invalid_receivers: list[Any] = []


def build(settings: OvhSettings, environment: Environment) -> HttpAdapter:
    """Build the adapter."""
    client = environment.connect(
        Connection(
            base_url=settings.base_url,
            timeout=settings.timeout,
            max_concurrency=settings.max_concurrency,
            allow_private_network=settings.allow_private_network,
            ca_file=settings.ca_file,
        )
    )
    return HttpAdapter(client, Ovh(settings))


TYPE: Final = AdapterType(
    name="ovh",
    summary="OVHcloud: SMS over the API in the EU, without the advertising clause; no delivery reports.",
    channels=(Channel.SMS,),
    # The legal entity is not verified, and stays undeclared.
    processor=Processor(company=None, country=None, fields={Channel.SMS: ("recipient", "text", "sender_id")}),
    capabilities=Capabilities(alphanumeric_sender=True),
    settings=OvhSettings,
    build=build,
    authenticates_by="signature",
    docs_url="https://eu.api.ovh.com/console/?section=%2Fsms",
)
