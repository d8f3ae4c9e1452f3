"""OVHcloud's signature, and what its answers mean."""

import hashlib
import json

import pytest

from gateway.core.message import Sms
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.http_client import AiohttpClient
from gateway.provider import Environment, HttpResponse
from providers.ovh import TYPE, Ovh, OvhSettings, build
from tests.spec_files import REFERENCE, SMS

SETTINGS = OvhSettings.model_validate({
    "type": "ovh",
    "service_name": "sms-ab12345-1",
    "application_key": "application",
    "application_secret": "application-secret",
    "consumer_key": "consumer",
})


def test_the_signature_is_of_what_leaves() -> None:
    """Address, body and time are signed to the last byte, as the vendor's page says."""
    written = Ovh(SETTINGS, lambda: 1_750_000_000).request(SMS, REFERENCE)
    assert written.url == "https://eu.api.ovh.com/1.0/sms/sms-ab12345-1/jobs"
    assert written.headers["X-Ovh-Timestamp"] == "1750000000"
    head = f"application-secret+consumer+POST+{written.url}+"
    signed = head.encode() + written.body + b"+1750000000"
    assert written.headers["X-Ovh-Signature"] == "$1$" + hashlib.sha1(signed, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("text, coding", [("Grüße", "7bit"), ("日本語", "8bit")])
def test_the_coding_is_said(text: str, coding: str) -> None:
    """Unicode is not found out by the service."""
    assert json.loads(Ovh(SETTINGS).request(Sms(SMS.recipient, text), REFERENCE).body)["coding"] == coding


@pytest.mark.parametrize(
    "status, body, expected",
    [
        (200, b'{"ids":[27814656],"invalidReceivers":[]}', Accepted("27814656")),
        (200, b'{"ids":[],"invalidReceivers":["+49"]}', Rejected(Blame.RECIPIENT, Reason.INVALID_RECIPIENT)),
        (200, b'{"ids":[],"invalidReceivers":[]}', InDoubt(Reason.UNCLEAR_ANSWER)),
        (200, b'{"ids":["x"]}', InDoubt(Reason.UNCLEAR_ANSWER)),
        (200, b"<html>", InDoubt(Reason.UNCLEAR_ANSWER)),
        (200, b"\xff", InDoubt(Reason.UNCLEAR_ANSWER)),
        (403, b'{"message":"This credential is not valid"}', Deferred(Blame.ACCOUNT, Reason.CREDENTIALS)),
        (404, b"", Rejected(Blame.PROVIDER, Reason.REFUSED)),
    ],
)
def test_answers(status: int, body: bytes, expected: Outcome) -> None:
    """A list of ids is an acceptance, a list of wrong numbers is none, and what is neither is in doubt."""
    assert Ovh(SETTINGS).outcome(HttpResponse(status, {}, body), REFERENCE) == expected


def test_the_type_builds_an_adapter() -> None:
    """The adapter is the one that every adapter over HTTP is."""
    assert isinstance(build(SETTINGS, Environment("gateway.example", AiohttpClient)).exchange, Ovh)
    assert (TYPE.name, TYPE.settings) == ("ovh", OvhSettings)
