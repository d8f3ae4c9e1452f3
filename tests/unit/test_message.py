"""The two messages: what they hold, and that they do not show it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.address import parse_mailbox
from gateway.core.message import DOCUMENTED_FIELDS, Channel, Email, Mailbox, Message, Sms, channel_of

MARK = "S3NT-message"
EMAIL = Email(Mailbox(f"{MARK}@praxis.example", MARK), Mailbox(f"{MARK}@example.org", MARK), MARK, MARK)
SMS = Sms(f"+49{MARK}", MARK, MARK)


@pytest.mark.parametrize("message", [EMAIL, SMS, EMAIL.sender], ids=["email", "sms", "mailbox"])
def test_a_repr_shows_no_value(message: Message | Mailbox) -> None:
    """A message in a traceback or a debugger's listing gives nothing away."""
    assert MARK not in repr([message]) + f"{message!r:>80}"


@pytest.mark.parametrize("message, channel", [(EMAIL, Channel.EMAIL), (SMS, Channel.SMS)], ids=["email", "sms"])
def test_a_message_knows_its_channel(message: Message, channel: Channel) -> None:
    """A mail travels as mail, an SMS as SMS."""
    assert channel is channel_of(message)


@pytest.mark.parametrize("kind, channel", [(Email, Channel.EMAIL), (Sms, Channel.SMS)])
def test_the_types_have_the_documented_fields_only(kind: type[Message], channel: Channel) -> None:
    """What is not documented has no place to be in."""
    assert DOCUMENTED_FIELDS[channel] == kind.__struct_fields__


@pytest.mark.parametrize(
    "mailbox, written",
    [
        (Mailbox("anna@example.org"), "anna@example.org"),
        (Mailbox("anna@example.org", "Anna Müller"), "Anna Müller <anna@example.org>"),
        (Mailbox("anna@example.org", "Müller, Anna"), '"Müller, Anna" <anna@example.org>'),
        (Mailbox("anna@example.org", 'A "B" \\'), '"A \\"B\\" \\\\" <anna@example.org>'),
    ],
)
def test_a_mailbox_is_written_as_headers_write_it(mailbox: Mailbox, written: str) -> None:
    """The name is quoted where a comma or a quote would mean something else."""
    assert written == str(mailbox)


@given(st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), max_size=60))
def test_a_written_mailbox_is_read_back(name: str) -> None:
    """What was written means the same mailbox."""
    mailbox = Mailbox("anna@example.org", " ".join(name.split()))
    assert mailbox == parse_mailbox("sender", str(mailbox))


@pytest.mark.parametrize("address, domain", [("anna@example.org", "example.org"), ('"a@b"@example.org', "example.org")])
def test_the_domain_stands_behind_the_last_at(address: str, domain: str) -> None:
    """A quoted local part may hold one too."""
    assert domain == Mailbox(address).domain
