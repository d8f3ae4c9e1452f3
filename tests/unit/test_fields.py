"""The documented fields: what becomes a message, and what is said of what does not."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import FieldError
from gateway.core.message import Channel, Email, Mailbox, Sms
from gateway.intake.fields import (
    FieldLimits,
    count_undocumented,
    field_limits,
    read_email,
    read_message,
    read_sms,
)
from gateway.settings import Settings

LIMITS = FieldLimits(default_region="DE", max_subject=20, max_text=40)

MAIL = {
    "sender": "Praxis am Markt <praxis@example.org>",
    "recipient": "anna@example.net",
    "subject": "Termin",
    "text": "Montag\nneun Uhr",
}
SMS = {"recipient": "0176 1234567", "text": "Montag neun Uhr"}


def wrong(read: object) -> list[tuple[str, str]]:
    """Return what is wrong, by field, in order."""
    assert isinstance(read, tuple)
    assert all(isinstance(error, FieldError) and error.__traceback__ is None for error in read)
    return [(error.field, error.flaw.name) for error in read]


def test_the_settings_make_the_limits() -> None:
    """Region, subject and text come from their sections."""
    expected = FieldLimits(default_region="DE", max_subject=500, max_text=256_000)
    assert expected == field_limits(Settings())


def test_an_email_is_made_of_its_four_fields() -> None:
    """Names and addresses are told apart; the rest stays as it is."""
    expected = Email(
        Mailbox("praxis@example.org", "Praxis am Markt"), Mailbox("anna@example.net"), "Termin", "Montag\nneun Uhr"
    )
    assert expected == read_message(MAIL, Channel.EMAIL, LIMITS)


def test_a_text_message_is_made_of_its_fields() -> None:
    """A national number leaves as E.164; there is no sender ID unless one is given."""
    assert read_message(SMS, Channel.SMS, LIMITS) == Sms("+491761234567", "Montag neun Uhr")


@pytest.mark.parametrize(
    "given_id, expected",
    [("Praxis", "Praxis"), (" Praxis ", "Praxis"), ("0176 1234567", "+491761234567"), (None, None)],
)
def test_a_sender_id_is_a_name_or_a_number(given_id: str | None, expected: str | None) -> None:
    """Null is as good as none."""
    read = read_sms({**SMS, "sender_id": given_id}, LIMITS)
    assert isinstance(read, Sms)
    assert expected == read.sender_id


def test_subject_and_text_of_a_mail_may_be_empty() -> None:
    """People send mails that are all subject, or none."""
    read = read_email({**MAIL, "subject": "", "text": ""}, LIMITS)
    assert isinstance(read, Email)
    assert (read.subject, read.text) == ("", "")


@pytest.mark.parametrize(
    "channel, members, expected",
    [
        (Channel.EMAIL, MAIL, 0),
        (Channel.SMS, SMS, 0),
        (Channel.SMS, {**SMS, "sender_id": None}, 0),
        (Channel.EMAIL, {**MAIL, "sender_id": "x", "html": "y", "Text": "z", "": 1}, 4),
        (Channel.SMS, {**SMS, "sender": "x", "subject": "y", "__class__": {}, "text ": []}, 4),
    ],
)
def test_what_is_not_documented_is_counted_and_dropped(
    channel: Channel, members: dict[str, object], expected: int
) -> None:
    """A name is documented for its channel, as it is spelt."""
    documented = read_message(MAIL if channel is Channel.EMAIL else SMS, channel, LIMITS)
    assert expected == count_undocumented(members, channel)
    assert documented == read_message(members, channel, LIMITS)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """One error a field, in the order of the documentation."""
    expected = [("sender", "MISSING"), ("recipient", "NOT_TEXT"), ("subject", "LINE_BREAK"), ("text", "NUL")]
    assert expected == wrong(read_email({"recipient": 4, "subject": "a\nb", "text": "\0"}, LIMITS))
    expected = [("recipient", "PHONE"), ("text", "EMPTY"), ("sender_id", "SENDER_ID")]
    assert expected == wrong(read_sms({"recipient": "4", "text": "", "sender_id": "x" * 12}, LIMITS))


@pytest.mark.parametrize("value", [None, True, 0, 1.5, [], ["a"], {}, {"a": "b"}])
@pytest.mark.parametrize("field", ["sender", "recipient", "subject", "text"])
def test_a_field_that_is_no_text_is_wrong(field: str, value: object) -> None:
    """Nothing is turned into a text."""
    assert wrong(read_email({**MAIL, field: value}, LIMITS)) == [(field, "NOT_TEXT")]
    if field in SMS:
        assert wrong(read_sms({**SMS, field: value}, LIMITS)) == [(field, "NOT_TEXT")]


@pytest.mark.parametrize("value", [True, 0, 1.5, [], {}])
def test_a_sender_id_that_is_no_text_is_wrong(value: object) -> None:
    """Only null stands for none."""
    assert wrong(read_sms({**SMS, "sender_id": value}, LIMITS)) == [("sender_id", "NOT_TEXT")]


@pytest.mark.parametrize("field", ["sender", "recipient", "subject", "text"])
def test_each_field_of_a_mail_is_required(field: str) -> None:
    """None has a value of its own."""
    assert wrong(read_email({name: MAIL[name] for name in MAIL if name != field}, LIMITS)) == [(field, "MISSING")]


@pytest.mark.parametrize(
    "field, value, flaw",
    [
        ("sender", "", "ADDRESS"),
        ("sender", "anna", "ADDRESS"),
        ("sender", "anna@example", "ADDRESS"),
        ("recipient", "a@example.org, b@example.org", "ADDRESS"),
        ("recipient", "A <a@example.org>, B <b@example.org>", "ONE_ADDRESS"),
        ("recipient", "a@example.org\r\nBcc: b@example.org", "LINE_BREAK"),
        ("recipient", "a@example.org\0", "NUL"),
        ("recipient", "a\ud800@example.org", "SURROGATE"),
        ("recipient", "a" * 600 + "@example.org", "TOO_LONG"),
        ("subject", "a\rb", "LINE_BREAK"),
        ("subject", "a\u2028b", "LINE_BREAK"),
        ("subject", "a\0b", "NUL"),
        ("subject", "a\x07b", "CONTROL"),
        ("subject", "a\ud800", "SURROGATE"),
        ("subject", "x" * 21, "TOO_LONG"),
        ("text", "a\0b", "NUL"),
        ("text", "a\udfff", "SURROGATE"),
        ("text", "x" * 41, "TOO_LONG"),
        ("text", "€" * 14, "TOO_LONG"),
    ],
)
def test_a_field_of_a_mail_that_breaks_a_rule_is_wrong(field: str, value: str, flaw: str) -> None:
    """The rule is named, the value is not."""
    assert wrong(read_email({**MAIL, field: value}, LIMITS)) == [(field, flaw)]


@pytest.mark.parametrize("text", ["x" * 40, "€" * 13, "x\r\n\tx"])
def test_a_text_up_to_the_limit_is_taken(text: str) -> None:
    """The limit counts bytes of UTF-8."""
    read = read_email({**MAIL, "text": text, "subject": "s" * 20}, LIMITS)
    assert isinstance(read, Email)
    assert text == read.text


@pytest.mark.parametrize(
    "field, value, flaw",
    [
        ("recipient", "", "PHONE"),
        ("recipient", "0800-FLOWERS", "PHONE"),
        ("recipient", "+49 1", "PHONE"),
        ("recipient", "+491761234567\n", "LINE_BREAK"),
        ("recipient", "+49176\ud800", "SURROGATE"),
        ("recipient", "+49 176 1234567" + " " * 40, "TOO_LONG"),
        ("text", "", "EMPTY"),
        ("text", "\0", "NUL"),
        ("text", "\ud800", "SURROGATE"),
        ("sender_id", "", "EMPTY"),
        ("sender_id", "x\ny", "LINE_BREAK"),
        ("sender_id", "12!", "SENDER_ID"),
        ("sender_id", "+49 1", "PHONE"),
    ],
)
def test_a_field_of_a_text_message_that_breaks_a_rule_is_wrong(field: str, value: str, flaw: str) -> None:
    """The rule is named, the value is not."""
    assert wrong(read_sms({**SMS, field: value}, LIMITS)) == [(field, flaw)]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_FIELDS = st.sampled_from(["sender", "recipient", "subject", "text", "sender_id"])
_CLOSE = st.text(st.sampled_from(string.ascii_letters + string.digits + '@.<>()"\\+- \r\n\0\ud800€ä'), max_size=30)


@given(st.dictionaries(_FIELDS | st.text(max_size=5), _JSON | _CLOSE, max_size=7), st.sampled_from(Channel))
def test_any_members_become_a_message_or_errors_without_values(members: dict[str, object], channel: Channel) -> None:
    """Nothing else is raised, and no error holds what came in."""
    read = read_message(members, channel, LIMITS)
    if isinstance(read, tuple):
        assert read
        assert all(error.args == (f"{error.field} {error.flaw.value}",) for error in read)
    else:
        assert isinstance(read, Sms if channel is Channel.SMS else Email)
        assert repr(read) in {"Sms(…)", "Email(…)"}


@given(st.dictionaries(_FIELDS, _CLOSE, max_size=5))
def test_no_text_that_is_taken_holds_what_ends_a_line_or_a_string(members: dict[str, str]) -> None:
    """All but the text are one line; none has NUL or half a surrogate pair."""
    full: dict[str, object] = {**MAIL, **members}
    for read in (read_email(full, LIMITS), read_sms({**SMS, **members}, LIMITS)):
        lines = ""
        if isinstance(read, Email):
            lines = f"{read.sender}{read.recipient}{read.subject}"
        elif isinstance(read, Sms):
            lines = f"{read.recipient}{read.sender_id}"
        assert not set(lines) & set("\r\n\0\ud800")
        assert isinstance(read, tuple) or not set(read.text) & set("\0\ud800")
