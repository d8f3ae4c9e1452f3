"""Spec files: what they declare, and the requests they write."""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import ValidationError

from gateway.core.message import Channel, Email, Mailbox, Sms
from gateway.provider import DryRuns
from tests.spec_files import HEAD, REFERENCE, REQUEST, SMS, TAIL, adapter, read, request

MAIL = Email(Mailbox("from@here.example", 'Dr. "Bo", <X>\\'), Mailbox("to@there.example"), "", "Text")


def test_the_smallest_spec(tmp_path: Path) -> None:
    """Two members and one rule are a provider; what is not said is not declared."""
    kind = read(HEAD + REQUEST + TAIL, tmp_path)
    assert (kind.name, kind.channels, kind.source) == ("acme", (Channel.SMS,), "acme.toml")
    assert (kind.processor.company, kind.processor.fields) == (None, {Channel.SMS: ("recipient", "text")})
    assert not isinstance(adapter(kind), DryRuns)
    assert "default_sender_id" not in kind.settings.model_fields
    written = request(HEAD + REQUEST + TAIL, tmp_path)
    assert (written.method, written.url) == ("POST", "https://api.example/v1/send")
    assert written.headers == {"Content-Type": "application/json"}
    assert json.loads(written.body) == {"to": SMS.recipient, "text": SMS.text}


BODY = """\
to = ["{recipient_digits}", "{recipient_00}"]
number = "{recipient_integer}"
mixed = "tel:{recipient};ref={reference}"
text = "{text}"
from = "{sender_id}"
sender = { type = "name", value = "{sender_id_digits}" }
only = { value = "{sender_id}" }
all = ["{sender_id}"]
flag = false
count = 3
share = 0.5
empty = ""
"""


def body_request(encoding: str = "json", body: str = BODY, method: str = "POST") -> str:
    """Return a spec whose body has something of everything."""
    lines = f'[request]\nmethod = "{method}"\npath = "/send"\nencoding = "{encoding}"\nauth = {{ type = "none" }}\n'
    return HEAD + lines + "[request.body]\n" + body + TAIL


def test_values_keep_their_types(tmp_path: Path) -> None:
    """A lone placeholder keeps its type, constants theirs; texts are filled wherever they stand."""
    assert json.loads(request(body_request(), tmp_path).body) == {
        "to": ["4915112345678", "004915112345678"],
        "number": 4915112345678,
        "mixed": f"tel:+4915112345678;ref={REFERENCE}",
        "text": SMS.text,
        "from": "Acme",
        "sender": {"type": "name", "value": "Acme"},
        "only": {"value": "Acme"},
        "all": ["Acme"],
        "flag": False,
        "count": 3,
        "share": 0.5,
        "empty": "",
    }


def test_what_is_not_given_is_left_out(tmp_path: Path) -> None:
    """Members without a value are not there, and tables and lists that nothing is left of go with them."""
    body = json.loads(request(body_request(), tmp_path, Sms(SMS.recipient, SMS.text)).body)
    assert body.keys() == {"to", "number", "mixed", "text", "sender", "flag", "count", "share", "empty"}
    assert body["sender"] == {"type": "name"}


@pytest.mark.parametrize(
    "sender, expected", [("+4930123", ["+4930123", "4930123"]), ("Acme", ["Acme", "Acme"]), (None, [])]
)
def test_numeric_and_alphanumeric_senders(sender: str | None, expected: list[str], tmp_path: Path) -> None:
    """A number can go out without its plus; letters stay as they are."""
    body = 'to = "{recipient}"\ntext = "{text}"\na = "{sender_id}"\nb = "{sender_id_digits}"\n'
    written = json.loads(request(body_request(body=body), tmp_path, Sms(SMS.recipient, "x", sender)).body)
    assert [written[name] for name in ("a", "b") if name in written] == expected


def test_a_default_sender(tmp_path: Path) -> None:
    """Where a message names no sender the operator's is used; a message's own goes before."""
    plain = Sms(SMS.recipient, SMS.text)
    ends = [
        json.loads(request(body_request(), tmp_path, message, {"default_sender_id": "+49301"}).body)["from"]
        for message in (plain, SMS)
    ]
    assert ends == ["+49301", "Acme"]


@pytest.mark.parametrize("sender", ["Twelve signs", "12345", "", "+49 30", "a\tb"])
def test_a_wrong_default_sender_is_refused(sender: str, tmp_path: Path) -> None:
    """What no phone could show is an error in the settings."""
    with pytest.raises(ValidationError, match=r"up to 11 characters"):
        adapter(read(body_request(), tmp_path), {"default_sender_id": sender})


@pytest.mark.parametrize("said, problems", [({}, 1), ({"default_sender_id": "Acme"}, 0)])
def test_a_vendor_that_needs_a_sender(said: Mapping[str, str], problems: int, tmp_path: Path) -> None:
    """Where no message goes without one, the operator has to name a default."""
    kind = read(body_request() + "[capabilities]\nneeds_sender = true\n", tmp_path)
    table = {"type": "acme", "base_url": "https://api.example", **said}
    try:
        kind.settings.model_validate(table)
        found = 0
    except ValidationError as error:
        found = error.error_count()
    assert found == problems


FLAT = 'to = "{recipient}"\ntext = "{text}"\nfrom = "{sender_id}"\nflag = true\ncount = 3\n'


def test_a_form(tmp_path: Path) -> None:
    """A form is encoded as forms are, whatever the text."""
    written = request(body_request("form", FLAT), tmp_path)
    assert written.headers == {"Content-Type": "application/x-www-form-urlencoded"}
    assert dict(parse_qsl(written.body.decode(), strict_parsing=True)) == {
        "to": SMS.recipient,
        "text": SMS.text,
        "from": "Acme",
        "flag": "true",
        "count": "3",
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query(method: str, tmp_path: Path) -> None:
    """Everything in a URL is percent-encoded, a space too."""
    written = request(body_request("query", FLAT, method), tmp_path)
    assert (written.method, written.headers, written.body) == (method, {}, b"")
    assert "text=Gr%C3%BC%C3%9Fe%20%26%20100%25%20%3D%3F%2B" in written.url
    assert dict(parse_qsl(urlsplit(written.url).query))["to"] == SMS.recipient


KEYS = """\
[settings.user]
type = "text"
description = "User."
[settings.key]
type = "secret"
description = "Key."
[settings.region]
type = "text"
description = "Region."
choices = ["eu", "us"]
default = "eu"
[settings.priority]
type = "integer"
description = "Priority."
default = 1
[settings.urgent]
type = "boolean"
description = "Urgent."
default = false
[settings.label]
type = "text"
description = "Label."
optional = true
"""


def keyed(auth: str) -> str:
    """Return a spec with settings of every type and one kind of credentials."""
    return f"""\
{HEAD}{KEYS}
[request]
path = "/{{region}}/{{user}}"
dry_run_path = "/{{region}}/check"
encoding = "json"
auth = {{ {auth} }}
headers = {{ X-Ref = "{{reference}}", X-Label = "{{label}}" }}
[request.body]
to = "{{recipient}}"
text = "{{text}}"
key = "{{user}} {{key}}"
priority = "{{priority}}"
urgent = "{{urgent}}"
label = "{{label}}"
{TAIL}"""


SAID: Mapping[str, object] = {"user": "a/b c", "key": "s3cret"}


@pytest.mark.parametrize(
    "auth, headers, query",
    [
        ('type = "none"', {}, ""),
        # RFC 7617 §2: base64 of a/b c:s3cret
        ('type = "basic", username = "{user}", password = "{key}"', {"Authorization": "Basic YS9iIGM6czNjcmV0"}, ""),
        ('type = "bearer", token = "{key}"', {"Authorization": "Bearer s3cret"}, ""),
        ('type = "header", name = "X-Key", value = "{user}:{key}"', {"X-Key": "a/b c:s3cret"}, ""),
        ('type = "header", name = "X-Key", value = "{label}"', {}, ""),
        ('type = "query", name = "api_key", value = "{user}:{key}"', {}, "?api_key=a%2Fb%20c%3As3cret"),
        ('type = "query", name = "api_key", value = "{label}"', {}, ""),
    ],
)
def test_credentials(auth: str, headers: Mapping[str, str], query: str, tmp_path: Path) -> None:
    """Each kind puts the settings where it says; a setting in the path is one segment of it."""
    written = request(keyed(auth), tmp_path, settings=SAID)
    assert written.url == f"https://api.example/v1/eu/a%2Fb%20c{query}"
    assert written.headers == {"X-Ref": REFERENCE, "Content-Type": "application/json", **headers}


def test_settings_in_the_body(tmp_path: Path) -> None:
    """A setting keeps its type, defaults hold, and what is optional and absent is left out."""
    auth = 'type = "none"'
    body = json.loads(request(keyed(auth), tmp_path, settings=SAID).body)
    assert {name: body[name] for name in body.keys() - {"to", "text"}} == {
        "key": "a/b c s3cret",
        "priority": 1,
        "urgent": False,
    }
    said = {**SAID, "region": "us", "priority": 2, "urgent": True, "label": "x"}
    written = request(keyed(auth), tmp_path, settings=said)
    assert (written.url, written.headers["X-Label"]) == ("https://api.example/v1/us/a%2Fb%20c", "x")
    assert json.loads(written.body)["label"] == "x"


@pytest.mark.parametrize(
    "said",
    [
        {"region": "S3NT"},
        {"user": ""},
        {"user": "S3NT\nb"},
        {"key": "S3NT\r\nb"},
        {"key": "S3NT-Größe"},
        {"priority": "S3NT"},
    ],
)
def test_wrong_settings_are_refused(said: Mapping[str, object], tmp_path: Path) -> None:
    """Choices, single lines and types are held to, and no error shows the value."""
    with pytest.raises(ValidationError) as caught:
        adapter(read(keyed('type = "none"'), tmp_path), {**SAID, **said})
    assert "S3NT" not in str(caught.value)


async def test_a_dry_run_path_makes_a_dry_run(tmp_path: Path) -> None:
    """An adapter with one can check messages, and its type says so."""
    kind = read(keyed('type = "none"'), tmp_path)
    built = adapter(kind, SAID)
    assert kind.capabilities.dry_run is True
    assert isinstance(built, DryRuns)


MAIL_SPEC = """\
# In-house mail.
spec = 1
provider = { name = "acme", summary = "In-house mail.", channel = "email" }
[request]
path = "/mail"
encoding = "json"
auth = { type = "none" }
[request.body]
from = "{sender}"
from_address = "{sender_address}"
from_name = "{sender_name}"
to = "{recipient}"
to_address = "{recipient_address}"
to_name = "{recipient_name}"
subject = "{subject}"
text = "{text}"
"""


def test_a_mail(tmp_path: Path) -> None:
    """A display name cannot end itself; an empty subject is a subject, an empty name is none."""
    written = request(MAIL_SPEC + TAIL, tmp_path, MAIL)
    assert json.loads(written.body) == {
        "from": '"Dr. \\"Bo\\", <X>\\\\" <from@here.example>',
        "from_address": "from@here.example",
        "from_name": 'Dr. "Bo", <X>\\',
        "to": "to@there.example",
        "to_address": "to@there.example",
        "subject": "",
        "text": "Text",
    }
    assert read(MAIL_SPEC + TAIL, tmp_path).processor.fields == {
        Channel.EMAIL: ("sender", "recipient", "subject", "text")
    }


def test_settings_are_described(tmp_path: Path) -> None:
    """Each setting has the sentence that the reference page shows."""
    fields = read(keyed('type = "none"'), tmp_path).settings.model_fields
    described = {name: field.description for name, field in fields.items()}
    assert (described["key"], described["user"], described["label"]) == ("Key.", "User.", "Label.")
    assert all(described.values())
