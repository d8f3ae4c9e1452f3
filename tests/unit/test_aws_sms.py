"""AWS End User Messaging SMS: what is written, what is signed, and what its answers mean."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta

import pytest
from pydantic import ValidationError

from gateway.core.message import Sms
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.http_client import AiohttpClient
from gateway.provider import DryRuns, Environment, HttpResponse
from providers.aws_sms import TYPE, AwsSms, AwsSmsSettings, build
from tests.exchange_files import accepted_exchange, message_of, run
from tests.spec_files import REFERENCE, SMS

TABLE = {
    "type": "aws-sms",
    "region": "eu-central-1",
    "access_key_id": "AKIDEXAMPLE",
    "secret_access_key": "secret-for-trials",
}
SETTINGS = AwsSmsSettings.model_validate(TABLE)
AT = 1_750_000_000  # 2025-06-15T15:06:40Z

CREDENTIALS = Deferred(Blame.ACCOUNT, Reason.CREDENTIALS)
REFUSED = Rejected(Blame.SENDER, Reason.REFUSED)
WRONG_SENDER = Rejected(Blame.SENDER, Reason.INVALID_SENDER)
UNROUTABLE = Rejected(Blame.SENDER, Reason.UNROUTABLE)


def chained(*parts: str) -> str:
    """Return the HMAC of each part under that of the one before, in hex."""
    key = parts[0].encode()
    for part in parts[1:]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def authorization(host: str, stamp: str, body: bytes) -> str:
    """Return the header as AWS's page on creating a signed request writes it out, line for line."""
    canonical = (
        "POST\n/\n\n"
        "content-type:application/x-amz-json-1.0\n"
        f"host:{host}\n"
        f"x-amz-date:{stamp}\n"
        "x-amz-target:PinpointSMSVoiceV2.SendTextMessage\n\n"
        "content-type;host;x-amz-date;x-amz-target\n"
    ) + hashlib.sha256(body).hexdigest()
    day = stamp[:8]
    to_sign = (
        f"AWS4-HMAC-SHA256\n{stamp}\n{day}/eu-central-1/sms-voice/aws4_request\n"
        + hashlib.sha256(canonical.encode()).hexdigest()
    )
    signature = chained("AWS4secret-for-trials", day, "eu-central-1", "sms-voice", "aws4_request", to_sign)
    return (
        f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{day}/eu-central-1/sms-voice/aws4_request, "
        f"SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={signature}"
    )


def test_the_signature_is_of_address_body_region_and_time() -> None:
    """The address is the region's, and the time the clock's."""
    written = AwsSms(SETTINGS, lambda: AT).request(SMS, REFERENCE)
    assert written.url == "https://sms-voice.eu-central-1.amazonaws.com/"
    expected = authorization("sms-voice.eu-central-1.amazonaws.com", "20250615T150640Z", written.body)
    assert written.headers["Authorization"] == expected


async def test_the_signature_is_of_what_arrives() -> None:
    """On the wire there is one host, and the signature is of it as of everything else."""
    exchange = accepted_exchange("aws-sms")
    _, requests = await run("aws-sms", exchange, message_of(exchange))
    (host,) = [value for name, value in requests[0].headers if name == "host"]
    expected = authorization(host, requests[0].header("x-amz-date") or "", requests[0].body)
    assert requests[0].header("authorization") == expected


def test_the_context_has_our_reference_alone() -> None:
    """What AWS writes into the operator's events says nothing of the person."""
    body = json.loads(AwsSms(SETTINGS).request(SMS, REFERENCE).body)
    assert body["Context"] == {"reference": REFERENCE}


@pytest.mark.parametrize("sender_id, expected", [("Acme", "Acme"), (None, "pool-1")])
def test_the_message_s_sender_comes_first(sender_id: str | None, expected: str) -> None:
    """The operator's identity stands in where the message has none."""
    settings = AwsSmsSettings.model_validate({**TABLE, "default_sender_id": "pool-1"})
    body = json.loads(AwsSms(settings).request(Sms(SMS.recipient, "Hello", sender_id), REFERENCE).body)
    assert body["OriginationIdentity"] == expected


# An exception, its reason, and what it means.
EXCEPTIONS: Mapping[tuple[str, str | None], Outcome] = {
    ("ThrottlingException", None): Deferred(Blame.PROVIDER, Reason.RATE_LIMITED),
    ("AccessDeniedException", "ACCOUNT_DISABLED"): CREDENTIALS,
    ("AccessDeniedException", "INSUFFICIENT_ACCOUNT_REPUTATION"): CREDENTIALS,
    ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"): Deferred(
        Blame.ACCOUNT, Reason.NO_CREDIT
    ),
    ("ServiceQuotaExceededException", "another"): Deferred(Blame.ACCOUNT, Reason.QUOTA),
    ("ValidationException", "COUNTRY_CODE_MISMATCH"): WRONG_SENDER,
    ("ValidationException", "SENDER_ID_NOT_REGISTERED"): WRONG_SENDER,
    ("ValidationException", "DESTINATION_COUNTRY_BLOCKED"): UNROUTABLE,
    ("ValidationException", "INVALID_PARAMETER"): REFUSED,
    ("ValidationException", "PRICE_OVER_THRESHOLD"): REFUSED,
    ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT"): Rejected(Blame.RECIPIENT, Reason.OPTED_OUT),
    ("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED"): UNROUTABLE,
    ("ConflictException", "another"): REFUSED,
    ("ResourceNotFoundException", None): WRONG_SENDER,
    ("ExpiredTokenException", None): CREDENTIALS,
    ("IncompleteSignature", None): CREDENTIALS,
    ("NotAuthorized", None): CREDENTIALS,
    ("OptInRequired", None): CREDENTIALS,
    ("RequestExpired", None): CREDENTIALS,
    ("UnrecognizedClientException", None): CREDENTIALS,
    ("OneThatNobodyKnows", None): REFUSED,
}


@pytest.mark.parametrize("form", ["{}", "com.amazonaws.smsvoice#{}", "a#{}:http://b/", "{}:http://b/"])
def test_exceptions(form: str) -> None:
    """Each exception with its reason, with a namespace and an address around its name or without."""
    found = {
        (name, reason): AwsSms(SETTINGS).outcome(
            HttpResponse(400, {}, json.dumps({"__type": form.format(name), "Reason": reason}).encode()), REFERENCE
        )
        for name, reason in EXCEPTIONS
    }
    assert found == EXCEPTIONS


@pytest.mark.parametrize(
    "status, body, expected",
    [
        (200, b'{"MessageId":"m-1"}', Accepted("m-1")),
        (200, b'{"MessageId":""}', InDoubt(Reason.UNCLEAR_ANSWER)),
        (200, b'{"MessageId":7}', InDoubt(Reason.UNCLEAR_ANSWER)),
        (200, b'{"__type":"ValidationException"}', InDoubt(Reason.UNCLEAR_ANSWER)),
        (200, b"<html>", InDoubt(Reason.UNCLEAR_ANSWER)),
        (400, b"<html>", REFUSED),
        (400, b'{"MessageId":"m-1"}', REFUSED),
        (403, b'{"message":"Forbidden"}', CREDENTIALS),
        (404, b"", Rejected(Blame.PROVIDER, Reason.REFUSED)),
        (500, b'{"__type":"InternalServerException"}', InDoubt(Reason.PROVIDER_ERROR)),
        (500, b'{"__type":"ThrottlingException"}', InDoubt(Reason.PROVIDER_ERROR)),
        (503, b"", Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)),
    ],
)
def test_answers(status: int, body: bytes, expected: Outcome) -> None:
    """An id is an acceptance with 200 alone, an exception a refusal with 4xx alone; else the status decides."""
    assert AwsSms(SETTINGS).outcome(HttpResponse(status, {}, body), REFERENCE) == expected


def test_the_wait_is_the_one_that_was_asked_for() -> None:
    """`Retry-After` counts with an exception too."""
    answer = HttpResponse(400, {"retry-after": "7"}, b'{"__type":"ThrottlingException"}')
    expected = Deferred(Blame.PROVIDER, Reason.RATE_LIMITED, timedelta(seconds=7))
    assert AwsSms(SETTINGS).outcome(answer, REFERENCE) == expected


def test_the_operator_s_address_counts() -> None:
    """A proxy stands where the region's address would, and the region is signed all the same."""
    settings = AwsSmsSettings.model_validate({**TABLE, "base_url": "https://proxy.example/aws/"})
    written = AwsSms(settings).request(SMS, REFERENCE)
    assert (written.url, written.headers["Host"]) == ("https://proxy.example/aws/", "proxy.example")
    assert "/eu-central-1/sms-voice/" in written.headers["Authorization"]


@pytest.mark.parametrize(
    "key, value", [("validity", "4s"), ("validity", "73h"), ("region", "eu.evil/"), ("region", "")]
)
def test_what_aws_does_not_take_is_no_setting(key: str, value: str) -> None:
    """A time to live is 5 seconds to 72 hours, a region a label of a host name."""
    with pytest.raises(ValidationError) as caught:
        AwsSmsSettings.model_validate({**TABLE, key: value})
    assert [error["loc"] for error in caught.value.errors()] == [(key,)]


def test_the_type_builds_an_adapter() -> None:
    """It is one over HTTP that can let AWS check a message."""
    adapter = build(SETTINGS, Environment("gateway.example", AiohttpClient))
    assert isinstance(adapter, DryRuns)
    assert isinstance(adapter.exchange, AwsSms)
    assert (TYPE.name, TYPE.settings) == ("aws-sms", AwsSmsSettings)
