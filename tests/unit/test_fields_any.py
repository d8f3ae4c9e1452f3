"""Ten thousand requests of any shape: each is a message of documented fields or a list of faults, and nothing else."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.errors import FieldError
from gateway.core.message import DOCUMENTED_FIELDS, Channel, Email, Message, Sms
from gateway.core.sms import segments
from gateway.http_server.problem import problem_body
from gateway.intake.fields import FieldLimits, count_undocumented, read_message
from gateway.intake.http.problems import INVALID_MESSAGE
from gateway.intake.members import BodyFlaw, read_members

MARK = "S3NTany4711"
LIMITS = FieldLimits(default_region="DE", max_subject=60, max_text=2000, smart_encoding=True)

AWKWARD = "\0\r\n\t\x7f\u0085\u2028\ud800\udfff\ufeff\u202e😀„“–@<>,;:\\\"'()[].+ -/%=?&€ß١０"
DOMAINS = ("example.org", "xn--bcher-kva.example", "bücher.example", "[::1]", "")
texts = st.text(AWKWARD + MARK, max_size=20) | st.text(max_size=20)
numbers = st.one_of(
    st.from_regex(r"\+?[0-9 ()/.-]{0,20}", fullmatch=True),
    st.sampled_from(["0176 04069000", "+4917604069000", "00436641234567", "110", "+1", "٠١٧٦"]),
    texts,
)
mailboxes = st.one_of(
    st.builds(
        "{}@{}".format, texts, st.sampled_from(["example.org", "xn--bcher-kva.example", "bücher.example", "[::1]", ""])
    ),
    st.builds("{} <{}@example.org>".format, texts, texts),
    texts,
)
others = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=3,
)
senders = st.one_of(st.none(), texts, numbers, st.text("abcÄ1. ", max_size=12))

an_sms = st.fixed_dictionaries(
    {}, optional={"recipient": numbers | others, "text": texts | others, "sender_id": senders | others, MARK: others}
)
a_mail = st.fixed_dictionaries(
    {},
    optional={
        "sender": mailboxes | others, "recipient": mailboxes | others, "subject": texts | others,
        "text": texts | others, MARK: others,
    },
)  # fmt: skip

CALM = [HealthCheck.too_slow, HealthCheck.data_too_large]
many = settings(max_examples=5000, suppress_health_check=CALM)
enough = settings(max_examples=2000, suppress_health_check=CALM)
some = settings(max_examples=1000, suppress_health_check=CALM)


def check(members: dict[str, Any], channel: Channel) -> None:
    """Read members, and check what came of them."""
    found = read_message(members, channel, LIMITS)
    assert 0 <= count_undocumented(members, channel) <= len(members)
    if isinstance(found, tuple):
        check_faults(found, channel)
    else:
        check_message(found)


def check_faults(faults: tuple[FieldError, ...], channel: Channel) -> None:
    """Each names a documented field once, and no value."""
    fields = [fault.field for fault in faults]
    assert fields
    assert len(fields) == len(set(fields))
    assert set(fields) <= set(DOCUMENTED_FIELDS[channel])
    assert all(fault.__traceback__ is None for fault in faults)
    assert MARK.encode() not in problem_body(INVALID_MESSAGE, faults)


def check_message(message: Message) -> None:
    """Everything in it can be sent on as it is."""
    if isinstance(message, Sms):
        assert message.recipient[0] == "+"
        assert message.recipient[1:].isascii()
        assert message.recipient[1:].isdigit()
        assert segments(message.text).count >= 1
        lines = [message.recipient, message.sender_id or ""]
    else:
        assert isinstance(message, Email)
        mailboxes = (message.sender, message.recipient)
        assert all(mailbox.address.count("@") >= 1 for mailbox in mailboxes)
        lines = [message.subject, *(str(mailbox) for mailbox in mailboxes)]
    for line in lines:
        assert not set(line) & set("\r\n\0")
    for text in (message.text, *lines):
        text.encode()
        assert "\0" not in text


@enough
@given(an_sms)
def test_any_members_of_a_text_message(members: dict[str, Any]) -> None:
    """As they come out of JSON."""
    check(members, Channel.SMS)


@enough
@given(a_mail)
def test_any_members_of_a_mail(members: dict[str, Any]) -> None:
    """As they come out of JSON."""
    check(members, Channel.EMAIL)


@some
@given(st.one_of(an_sms, a_mail), st.sampled_from(Channel), st.booleans())
def test_any_members_by_way_of_json(members: dict[str, Any], channel: Channel, ascii_only: bool) -> None:
    """Written and read again they are the same, whatever is in them; NaN and the like are no JSON."""
    body = json.dumps(members, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    read = read_members(body)
    if isinstance(read, BodyFlaw):
        assert read is BodyFlaw.NOT_JSON
    else:
        assert read.keys() == members.keys()
        check(read, channel)


@many
@given(st.one_of(st.binary(max_size=60), texts.map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes(body: bytes) -> None:
    """They are an object of members, or one of three faults."""
    read = read_members(body)
    assert isinstance(read, BodyFlaw | dict)
