"""Whatever Python's email package can build, and whatever octets there are: documented fields, or the right refusal."""

import re
from email.message import EmailMessage, Message
from email.mime.application import MIMEApplication
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP, SMTPUTF8, Policy, compat32
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.message import Email, Mailbox, Sms
from gateway.intake.fields import FieldLimits, read_email, read_sms
from gateway.intake.smtp.content import LINE_END, refusal_of
from gateway.intake.smtp.mail import Mail, read_mail
from gateway.intake.smtp.reply import Reply, of_errors
from gateway.intake.smtp.short import shorten

LIMITS = FieldLimits(default_region="DE", max_subject=100, max_text=10_000)
RECIPIENT = "a@example.org"
NAMES = [
    "From", "From", "Subject", "Subject", "To", "Bcc", "Reply-To", "Sender", "Date", "Message-ID", "X-Mailer",
    "Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "MIME-Version", "Content-ID",
]  # fmt: skip
VALUES = [
    "praxis@praxis.example", "Praxis Müller <praxis@praxis.example>", "a@b.example, c@d.example", "<>", "a:;",
    "=?utf-8?b?8J+YgA==?=", "=?utf-8?q?=00=0A?=", "=?x?y?z?=", "text/plain; charset=utf-7", "text/html",
    "multipart/mixed", "multipart/mixed; boundary=x", "message/rfc822", "text/plain; charset*=utf-8''x%FF",
    "attachment; filename*0=a", "base64", "quoted-printable", "x-uuencode",
    "text/plain; format=flowed; delsp=yes", "text/plain; charset=unicode_escape",
]  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.sampled_from(VALUES), st.just("\n> x\n-- \ny")
)
LINES = TEXTS.map(lambda text: " ".join(text.split()))
FIELDS = st.lists(st.tuples(st.sampled_from(NAMES), LINES), max_size=6)
CHARSETS = st.sampled_from(["utf-8", "us-ascii", "iso-8859-1", "windows-1252", "utf-16", "iso-2022-jp", "koi8-r"])


def _plain(text: str, charset: str) -> Message:
    return MIMEText(text, "plain", charset if _fits(text, charset) else "utf-8")


def _html(text: str, charset: str) -> Message:
    return MIMEText(f"<p>{text}<a href='{text}'>x</a>", "html", charset if _fits(text, charset) else "utf-8")


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeError:
        return False
    return True


LEAVES: st.SearchStrategy[Message] = st.one_of(
    st.builds(_plain, TEXTS, CHARSETS),
    st.builds(_html, TEXTS, CHARSETS),
    st.builds(MIMEApplication, st.binary(max_size=60), st.just("pdf")),
)


def _multipart(parts: list[Message], kind: str) -> Message:
    whole = MIMEMultipart(kind)
    for part in parts:
        whole.attach(part)
    return whole


KINDS = st.sampled_from(["mixed", "alternative", "related", "signed", "report"])
BODIES: st.SearchStrategy[Message] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.builds(_multipart, st.lists(inner, max_size=4), KINDS), st.builds(MIMEMessage, inner)),
    max_leaves=6,
)


@st.composite
def old_mails(draw: st.DrawFn) -> Message:
    """Build a mail of the older classes, with any header fields over those that it has."""
    message = draw(BODIES)
    for name, value in draw(FIELDS):
        if draw(st.booleans()):
            del message[name]
        message[name] = value
    return message


@st.composite
def new_mails(draw: st.DrawFn) -> EmailMessage:
    """Build a mail of the newer class, as programs do now."""
    message = EmailMessage(policy=SMTP)
    message["From"] = draw(st.sampled_from(["praxis@praxis.example", "Jörg, Dr. <praxis@praxis.example>"]))
    message["Subject"] = draw(LINES)
    message.set_content(draw(TEXTS), subtype=draw(st.sampled_from(["plain", "html"])))
    if draw(st.booleans()):
        message.add_alternative(draw(TEXTS), subtype="html")
    if draw(st.booleans()):
        message.add_attachment(draw(st.binary(max_size=20)), maintype="image", subtype="png", filename=draw(LINES))
    return message


def written(message: Message, policy: "Policy[Any]") -> bytes:
    """Return what the library writes; some of what it builds it cannot write, which is no mail."""
    try:
        octets = message.as_bytes(policy=policy)
    except Exception:  # noqa: BLE001 (the library's own faults are not judged here)
        return b""
    return re.sub(rb"\r\n|\r|\n", LINE_END, octets)


def judged(content: bytes) -> tuple[Email | Reply, Sms | Reply]:
    """Return what a mail to a mailbox and to a number becomes."""
    refused = refusal_of(content)
    if refused is not None:
        return refused, refused
    mail = read_mail(content)
    # A head before it that the quick way does not take: the same mail, read by the library alone.
    slow = read_mail(b"From here on\r\n" + content)
    if isinstance(mail, Reply):
        assert slow == mail
        return mail, mail
    assert isinstance(slow, Mail)
    assert (slow.text, slow.subject, slow.sender, slow.stripped) == (
        mail.text,
        mail.subject,
        mail.sender,
        mail.stripped,
    )
    assert mail.stripped >= 0
    return _email(mail), _sms(mail)


def _email(mail: Mail) -> Email | Reply:
    sender = mail.sender.text if mail.sender else "praxis@praxis.example"
    members = {"sender": sender, "recipient": RECIPIENT, "subject": mail.subject, "text": mail.text or ""}
    email = read_email(members, LIMITS)
    return of_errors(email) if isinstance(email, tuple) else email


def _sms(mail: Mail) -> Sms | Reply:
    text = shorten(mail.text or "", is_rendered=mail.is_rendered)
    sms = read_sms({"recipient": "+491761234567", "text": text}, LIMITS)
    return of_errors(sms) if isinstance(sms, tuple) else sms


def check(content: bytes) -> None:
    """Check that there are documented fields, or a 5xx whose class is that of its enhanced code."""
    for found in judged(content):
        if isinstance(found, Reply):
            assert 500 <= found.code <= 599
            assert re.fullmatch(r"5\.\d+\.\d+", found.enhanced)
        elif isinstance(found, Email):
            assert found.recipient == Mailbox(RECIPIENT)
            assert "\n" not in found.subject + found.sender.name + found.sender.address
            assert not set("\r\0") & set(found.text)
        else:
            assert found.text
            assert not set("\r\0") & set(found.text)
            assert not found.text.endswith("\n")


@given(old_mails())
def test_any_mail_of_the_older_classes(message: Message) -> None:
    """MIMEText and its kin, with any header fields."""
    check(written(message, compat32))


@given(new_mails(), st.sampled_from([SMTP, SMTPUTF8]))
def test_any_mail_of_the_newer_class(message: EmailMessage, policy: "Policy[Any]") -> None:
    """EmailMessage with text, alternative and attachment."""
    check(written(message, policy))


@given(st.binary(max_size=400), st.sampled_from(VALUES))
def test_any_octets(content: bytes, kind: str) -> None:
    """What is no mail at all."""
    check(content)
    check(f"Content-Type: {kind}\r\n\r\n--x\r\n".encode() + re.sub(rb"[\0\r\n]", b"\r\n", content))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80), LINES)
def test_what_is_written_is_what_is_read(text: str, subject: str) -> None:
    """A mail that the library writes comes back letter for letter."""
    message = EmailMessage(policy=SMTP)
    message["From"] = "praxis@praxis.example"
    message.set_content(text + "\n")
    encoded = "".join(f"=?utf-8?q?{''.join(f'={octet:02X}' for octet in sign.encode())}?= " for sign in subject)
    content = b"Subject: " + encoded.strip().encode() + b"\r\n" + message.as_bytes()
    mail = read_mail(content)
    assert isinstance(mail, Mail)
    assert (mail.text, mail.subject) == (text + "\n", subject.strip(" \t"))
