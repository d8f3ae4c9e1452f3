"""What spec files make of vendors' calls, of answers to questions, and of the account."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pydantic import ValidationError

from gateway.callback import Acknowledgement, Callback, Refused, Verified
from gateway.core.outcome import Reason
from gateway.core.report import Report
from gateway.core.state import State
from gateway.http_client import AiohttpClient
from gateway.provider import Asked, Environment, HttpAdapter
from tests.spec_files import HEAD, REFERENCE, REQUEST, SMS, TAIL, read

SECRET = "0123456789abcdef"
STATES = """
[[state]]
word = "ok"
is = "delivered"
[[state]]
word = ["no", "never"]
code = "1*"
is = "undelivered"
reason = "invalid_recipient"
[[state]]
word = ["no", "never"]
is = "undelivered"
reason = "unroutable"
[[state]]
word = "moving"
is = "sent"
"""
REPORT = """
[report]
encoding = "json"
provider_ref = "/id"
reference = "/ref"
word = ["/now", "/fate"]
code = "/code"
verify = { type = "secret" }
"""


def made(text: str, folder: Path, callback_url: str | None = None, **settings: object) -> HttpAdapter:
    """Return the adapter of a spec file's later tables."""
    kind = read(HEAD + text + TAIL, folder)
    table = {"type": "acme", "base_url": "https://api.example/v1", **settings}
    environment = Environment("gateway.example", AiohttpClient, callback_url)
    adapter = kind.build(kind.settings.model_validate(table), environment)
    assert isinstance(adapter, HttpAdapter)
    return adapter


def call(body: object = b"", query: str = "", secret: str | None = SECRET, method: str = "POST") -> Callback:
    """Return a call; what is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Callback(method, f"https://gateway.example/callbacks/acme{query}", {}, raw, 0, secret)


def reports(text: str, folder: Path, callback: Callback) -> object:
    """Return what a spec makes of a call."""
    found = made(REQUEST + text + STATES, folder, callback_secret=SECRET).reports(callback)
    return found if isinstance(found, Refused) else list(found)


def test_words_codes_and_ids(tmp_path: Path) -> None:
    """The first rule that matches counts, whatever the case; one word of several places is enough."""
    one = {"id": "4711", "ref": REFERENCE, "fate": "OK"}
    assert reports(REPORT, tmp_path, call(one)) == [Report(State.DELIVERED, "4711", REFERENCE)]
    with_code = {"id": 4711, "now": "never", "code": 12}
    assert reports(REPORT, tmp_path, call(with_code)) == [
        Report(State.UNDELIVERED, "4711", reason=Reason.INVALID_RECIPIENT)
    ]
    assert reports(REPORT, tmp_path, call({"id": "1", "now": "no"})) == [
        Report(State.UNDELIVERED, "1", reason=Reason.UNROUTABLE)
    ]
    assert reports(REPORT, tmp_path, call({"ref": "r", "now": "moving"})) == [Report(State.SENT, reference="r")]


@pytest.mark.parametrize(
    "body", [{"id": "1"}, {"now": "ok"}, {"id": {}, "now": "ok"}, {"id": "x" * 129, "now": "ok"}, []]
)
def test_without_an_id_or_a_word_there_is_nothing_to_read(tmp_path: Path, body: object) -> None:
    """It is the vendor's call, and malformed."""
    assert reports(REPORT, tmp_path, call(body)) is Refused.MALFORMED


def test_an_unknown_word_is_no_report(tmp_path: Path) -> None:
    """What no rule knows changes nothing, and is no fault of the call."""
    assert reports(REPORT, tmp_path, call({"id": "1", "now": "strange"})) == []


EACH = REPORT.replace('provider_ref = "/id"', 'provider_ref = "/id"\neach = "/all"\nevent = "/kind"\nevents = "sms"')


def test_many_in_one_call(tmp_path: Path) -> None:
    """Each item is one report; what is about something else or cannot be read is left out beside those that can."""
    items = [
        {"id": 1, "now": "ok", "kind": "sms"},
        {"id": 2, "now": "ok", "kind": "mms"},
        {"id": 3, "kind": "sms"},
        "garbage",
        {"id": 4, "now": "moving", "kind": "sms"},
    ]
    assert reports(EACH, tmp_path, call({"all": items})) == [Report(State.DELIVERED, "1"), Report(State.SENT, "4")]
    assert reports(EACH, tmp_path, call({"all": items[0]})) == [Report(State.DELIVERED, "1")]


@pytest.mark.parametrize("body", [{"all": []}, {"all": [{"id": 2, "now": "ok", "kind": "mms"}]}, {}])
def test_none_in_one_call(tmp_path: Path, body: object) -> None:
    """A call that has no reports, as vendors make to try a path, is answered."""
    assert reports(EACH, tmp_path, call(body)) == []


PARTS = REPORT.replace(
    'provider_ref = "/id"',
    """provider_ref = { at = "/id", regex = "^([^$]+)" }
part = { at = "/id", regex = "[$](.+)$" }
parts = "/count\"""",
)


@pytest.mark.parametrize(
    "body, part, parts",
    [
        ({"id": "abc$1", "count": 2}, "1", 2),
        ({"id": "abc$2", "count": "2"}, "2", 2),
        ({"id": "abc", "count": 0}, None, None),
        ({"id": "abc$1", "count": 256}, "1", None),
        ({"id": "abc$1", "count": "many"}, "1", None),
    ],
)
def test_segments_have_reports_of_their_own(tmp_path: Path, body: dict[str, object], part: str, parts: int) -> None:
    """A piece of the id tells segments apart; a count that cannot be is none."""
    expected = [Report(State.DELIVERED, "abc", part=part, parts=parts)]
    assert reports(PARTS, tmp_path, call(body | {"now": "ok"})) == expected


def test_a_form(tmp_path: Path) -> None:
    """Parameters are found by their names."""
    form = REPORT.replace("json", "form")
    body = urlencode({"id": "4711", "now": "ok", "more": "ü"}).encode()
    assert reports(form, tmp_path, call(body)) == [Report(State.DELIVERED, "4711")]
    assert reports(form, tmp_path, call(b"")) is Refused.MALFORMED
    assert reports(form, tmp_path, call(b"&".join([b"a=1"] * 1001))) is Refused.MALFORMED


def test_a_query(tmp_path: Path) -> None:
    """A vendor that calls with GET says all in the URL."""
    query = REPORT.replace("json", "query")
    assert reports(query, tmp_path, call(query="?id=4711&now=ok&ref=%C3%BC", method="GET")) == [
        Report(State.DELIVERED, "4711", "ü")
    ]


def test_our_reference_in_the_url_of_a_call_in_json(tmp_path: Path) -> None:
    """Vendors that repeat nothing call the URL that we gave them."""
    text = REPORT.replace('reference = "/ref"', 'reference = { query = "ref", regex = "^m-(.*)" }')
    found = reports(text, tmp_path, call({"now": "ok"}, query=f"?ref=m-{REFERENCE}"))
    assert found == [Report(State.DELIVERED, reference=REFERENCE)]


WITH_URL = REQUEST.replace('text = "{text}"', 'text = "{text}", hook = "{callback_url}?ref={reference}"')


@pytest.mark.parametrize(
    "url, secret, is_told",
    [("https://g.example/c", SECRET, True), (None, SECRET, False), ("https://g.example/c", None, False)],
)
def test_the_vendor_is_told_where_to_call(tmp_path: Path, url: str | None, secret: str | None, is_told: bool) -> None:
    """Where there is a public address and a way to know its calls; else nothing of it is in the request."""
    adapter = made(WITH_URL + REPORT + STATES, tmp_path, url, **({"callback_secret": secret} if secret else {}))
    body = json.loads(adapter.exchange.request(SMS, REFERENCE).body)
    assert body.get("hook") == (f"{url}?ref={REFERENCE}" if is_told else None)


KEYED = """
[settings.key]
type = "secret"
description = "Key."
optional = true
"""


@pytest.mark.parametrize(
    "settings, takes, with_secret, without",
    [
        ({}, False, Refused.FORGED, Refused.FORGED),
        ({"callback_secret": SECRET}, True, Verified(), Refused.FORGED),
        ({"key": "k"}, True, Refused.FORGED, Refused.FORGED),
        ({"callback_secret": SECRET, "key": "k"}, True, Refused.FORGED, Refused.FORGED),
    ],
)
@pytest.mark.parametrize(
    "verify",
    [
        '{ type = "hmac", key = "{key}", header = "S", of = "{body}" }',
        '{ type = "ed25519", key = "{key}", header = "S", of = "{body}" }',
        '{ type = "jwt", key = "{key}", header = "S", binds = ["url"], max_age = "1m" }',
        '{ type = "twilio", key = "{key}" }',
        '{ type = "plivo", key = "{key}" }',
        '{ type = "basic", username = "x", password = "{key}" }',
    ],
)
def test_which_ways_are_asked_for(
    tmp_path: Path, verify: str, *, settings: dict[str, str], takes: bool, with_secret: object, without: object
) -> None:
    """Without any key there is no path; the secret alone is enough; with both, both have to be right."""
    head = KEYED.split("[settings.name]", maxsplit=1)[0]
    text = head + REQUEST + REPORT.replace('{ type = "secret" }', verify) + STATES
    adapter = made(text, tmp_path, **settings)
    found = adapter.takes_reports(), adapter.verify(call()), adapter.verify(call(secret=None))
    assert found == (takes, with_secret, without)


@pytest.mark.parametrize(
    "answer, expected",
    [
        ("", Acknowledgement()),
        ('answer = "ACK/Jasmin"', Acknowledgement(b"ACK/Jasmin")),
        ("answer = { statusCode = 2000 }", Acknowledgement(b'{"statusCode":2000}', "application/json")),
    ],
)
def test_what_the_vendor_wants_to_hear(tmp_path: Path, answer: str, expected: Acknowledgement) -> None:
    """A text, JSON, or nothing."""
    text = REQUEST + REPORT.replace("[report]", f"[report]\n{answer}") + STATES
    assert made(text, tmp_path, callback_secret=SECRET).acknowledgement() == expected


@pytest.mark.parametrize("secret", ["short", "0123456789abcde", "0123456789abcde/", "x" * 129])
def test_a_secret_that_can_be_guessed_is_none(tmp_path: Path, secret: str) -> None:
    """It stands in a path, and is long."""
    with pytest.raises(ValidationError):
        made(REQUEST + REPORT + STATES, tmp_path, callback_secret=secret)


def test_a_type_without_reports_takes_none(tmp_path: Path) -> None:
    """What is not declared cannot be done."""
    adapter = made(REQUEST, tmp_path)
    assert (adapter.takes_reports(), adapter.verify(call()), adapter.reports(call())) == (False, Refused.FORGED, ())
    assert (adapter.acknowledgement(), adapter.can_ask(Asked("1", REFERENCE))) == (Acknowledgement(), False)


async def test_a_type_without_questions_has_no_answers(tmp_path: Path) -> None:
    """Neither about a message nor about the account."""
    adapter = made(REQUEST, tmp_path)
    assert (await adapter.poll(Asked("1", REFERENCE)), await adapter.balance()) == (Reason.UNAVAILABLE,) * 2
