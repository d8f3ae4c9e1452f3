"""Spec files: a vendor's own words, units and alphabets, texts that it would change, and checks without sending."""

import json
from pathlib import Path

import pytest

from gateway.core.message import Sms
from gateway.core.outcome import Accepted, Blame, InDoubt, Reason, Rejected
from gateway.provider import DryRuns, Handover
from providers.http_spec import SpecAdapter
from tests.fakes.vendor import Vendor, answer
from tests.spec_files import HEAD, REFERENCE, SMS, TAIL, adapter, outcome, read, request

WORDS = """\
[words]
alphabet = { gsm7 = 0, unicode = 8 }
sender_kind = { letters = "NAME", number = "MSISDN" }
[request]
path = "/send"
encoding = "json"
auth = { type = "none" }
[request.body]
to = "{recipient}"
coding = "{alphabet}"
content = "{text_gsm7}"
hex = "{text_utf16_hex}"
from = "{sender_id}"
ton = "{sender_kind}"
"""


@pytest.mark.parametrize(
    "text, members",
    [
        ("100 €", {"coding": 0, "content": "100 €"}),
        ("ok ✓", {"coding": 8, "hex": "006f006b00202713"}),
        ("💊", {"coding": 8, "hex": "d83ddc8a"}),
    ],
)
def test_alphabets(text: str, members: dict[str, object], tmp_path: Path) -> None:
    """The vendor is told the alphabet in its own word, and the text in the one form or the other."""
    body = json.loads(request(HEAD + WORDS + TAIL, tmp_path, Sms(SMS.recipient, text)).body)
    assert body == {"to": SMS.recipient, **members}


@pytest.mark.parametrize(
    "sender_id, members",
    [
        ("Acme", {"from": "Acme", "ton": "NAME"}),
        ("+4930123", {"from": "+4930123", "ton": "MSISDN"}),
        (None, {}),
    ],
)
def test_kinds_of_sender(sender_id: str | None, members: dict[str, str], tmp_path: Path) -> None:
    """The kind of a sender ID is said in the vendor's word, and of none nothing is said."""
    body = json.loads(request(HEAD + WORDS + TAIL, tmp_path, Sms(SMS.recipient, "x", sender_id)).body)
    assert {name: body[name] for name in ("from", "ton") if name in body} == members


def test_the_kind_of_the_default_sender(tmp_path: Path) -> None:
    """The operator's sender ID has a kind too."""
    written = request(HEAD + WORDS + TAIL, tmp_path, Sms(SMS.recipient, "x"), {"default_sender_id": "+49301"})
    assert json.loads(written.body)["ton"] == "MSISDN"


UNITS = """\
[settings.ms]
type = "duration"
unit = "milliseconds"
description = "Validity."
default = "2m"
[settings.s]
type = "duration"
unit = "seconds"
description = "Validity."
optional = true
[settings.min]
type = "duration"
unit = "minutes"
description = "Validity."
optional = true
[request]
path = "/send"
encoding = "json"
auth = { type = "none" }
[request.body]
to = "{recipient}"
text = "{text}"
ms = "{ms}"
s = "{s}"
min = "{min}m"
"""


@pytest.mark.parametrize(
    "said, members",
    [
        ({}, {"ms": 120_000}),
        ({"ms": "1s", "s": "2m", "min": "2h"}, {"ms": 1000, "s": 120, "min": "120m"}),
        ({"s": "1ms", "min": "61s"}, {"ms": 120_000, "s": 1, "min": "2m"}),
    ],
)
def test_durations_have_the_vendor_s_unit(said: dict[str, str], members: dict[str, object], tmp_path: Path) -> None:
    """The operator writes a duration, the vendor gets a whole number of its units, rounded up."""
    body = json.loads(request(HEAD + UNITS + TAIL, tmp_path, settings=said).body)
    assert {name: body[name] for name in body.keys() - {"to", "text"}} == members


CHECKED = """\
[request]
path = "/send"
encoding = "json"
auth = { type = "none" }
changes = '\\$\\{'
[request.body]
to = "{recipient}"
text = "{text}"
test = false
[request.dry_run_body]
test = true
"""


async def test_a_text_that_would_be_changed_is_refused(tmp_path: Path) -> None:
    """It does not leave, checked or sent, and the next provider may have it; every other text goes."""
    handover = Handover(REFERENCE, 1_750_000_000)
    async with Vendor(otherwise=answer(200, {"id": "1"})) as vendor:
        said = {"base_url": vendor.url, "allow_private_network": True}
        built = adapter(read(HEAD + CHECKED + TAIL, tmp_path), said)
        assert isinstance(built, DryRuns)
        await built.open()
        ends = [
            await do(Sms(SMS.recipient, text), handover)
            for text in ("Pay ${name}", "Pay $ {5}")
            for do in (built.send, built.dry_run)
        ]
        await built.close()
    refused = Rejected(Blame.SENDER, Reason.CONTENT_REJECTED)
    assert ends == [refused, refused, Accepted("1"), Accepted("1")]
    assert [json.loads(taken.body)["test"] for taken in vendor.requests] == [False, True]


def test_members_for_a_dry_run_make_one(tmp_path: Path) -> None:
    """A vendor that checks by a switch can check; one without either cannot."""
    kind = read(HEAD + CHECKED + TAIL, tmp_path)
    assert (kind.capabilities.dry_run, isinstance(adapter(kind), DryRuns)) == (True, True)
    plain = read(HEAD + CHECKED.partition("[request.dry_run_body]")[0] + TAIL, tmp_path)
    assert (plain.capabilities.dry_run, isinstance(adapter(plain), DryRuns)) == (False, False)
    assert isinstance(adapter(plain), SpecAdapter)


REPEATED = """\
[response]
provider_ref = "/id"
[[outcome]]
status = [200, 409]
is = "accepted"
without_ref = true
"""


@pytest.mark.parametrize("status, expected", [(409, Accepted(REFERENCE)), (500, InDoubt(Reason.PROVIDER_ERROR))])
def test_what_the_vendor_has_already_is_accepted(status: int, expected: object, tmp_path: Path) -> None:
    """409 can say that a message of this reference was taken before."""
    text = HEAD + CHECKED + REPEATED
    assert outcome(text, tmp_path, status, {}) == expected
