"""The mail writer, held against the parser of Python's standard library."""

import base64
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.headerregistry import Address, AddressHeader, DateHeader
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.core.mail import MAX_LINE, needs_smtputf8, wire_address, write_mail
from gateway.core.message import Email, Mailbox

REFERENCE = "0123456789abcdef0123456789abcdef"
GATEWAY = "gateway.example"
ACCEPTED_AT = 1_764_000_000
PRAXIS = Mailbox("praxis@praxis.example", "Praxis")
ANNA = Mailbox("anna@example.org")

# What the door lets through in one line: no controls but the tab, no line breaks, no unpaired surrogates.
line_characters = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), include_characters="\t")
lines = st.one_of(
    st.text(line_characters, max_size=300),
    st.text(st.sampled_from('ab =?_"\\,.äß€😀'), max_size=300),
    st.text(st.sampled_from("abc     "), max_size=998),
    st.text(st.sampled_from("abcdefgh"), max_size=998),
)
names = lines.map(lambda text: " ".join(text.split())[:128].strip())
domains = st.sampled_from(["example.org", "müller.example", "straße.example", "例子.广告", "a.b.c.d.example"])
locals_ = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}", fullmatch=True)
addresses = st.builds("{}@{}".format, locals_, domains)
mailboxes = st.builds(Mailbox, addresses, names)
text_characters = st.characters(exclude_categories=["Cs"])
texts = st.one_of(
    st.text(text_characters),
    st.text(st.sampled_from("ab .\t\r\n=From ä")),
    st.lists(st.sampled_from(["From here", ".", "..", " ", "\t", "x" * 76, "y" * 77, "", "=", "ä" * 30])).map(
        "\n".join
    ),
)


def write(
    sender: Mailbox = PRAXIS, recipient: Mailbox = ANNA, subject: str = "Termin", text: str = "Montag\n"
) -> bytes:
    """Return the octets of a mail."""
    email = Email(sender, recipient, subject, text)
    return write_mail(email, reference=REFERENCE, accepted_at=ACCEPTED_AT, gateway_name=GATEWAY)


def parse(octets: bytes) -> EmailMessage:
    """Return what the standard library reads, free of complaints."""
    mail = message_from_bytes(octets, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail.defects == []
    return mail


def one_address(mail: EmailMessage, header: str) -> Address:
    """Return the one address of a header."""
    found = mail[header]
    assert isinstance(found, AddressHeader)
    [address] = found.addresses
    return address


def normalised(text: str) -> bytes:
    """Return a text with CRLF for each CRLF and LF, and nothing else changed."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def test_a_mail_is_these_octets() -> None:
    """Nine headers in this order, the gateway's name and the reference in two of them, and nothing of any machine."""
    expected = (
        b"Received: by gateway.example\r\n"
        b" id 0123456789abcdef0123456789abcdef; Mon, 24 Nov 2025 16:00:00 +0000\r\n"
        b"Date: Mon, 24 Nov 2025 16:00:00 +0000\r\n"
        b"From: Praxis <praxis@praxis.example>\r\n"
        b"To: anna@example.org\r\n"
        b"Message-ID: <0123456789abcdef0123456789abcdef@gateway.example>\r\n"
        b"Subject: Termin\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Montag\r\n"
    )
    assert expected == write()


@given(lines)
@example("")
@example(" ")
@example("\t")
@example("=?utf-8?q?Termin?=")
@example("a  b")
@example("x" * 998)
@example("a" + " " * 100 + "b")
@example("😀" * 100)
def test_a_subject_comes_back(subject: str) -> None:
    """Whatever one line may hold is read as it was written."""
    assert subject == parse(write(subject=subject))["Subject"]


def one_name(octets: bytes, header: str) -> str:
    """Return the display name that the older reader of the library sees.

    The newer one, as it is in Python 3.11, puts spaces between the encoded words of one name.
    """
    name, _ = parseaddr(str(message_from_bytes(octets)[header]))
    return str(make_header(decode_header(name.replace("\r\n", ""))))


@given(mailboxes, mailboxes)
@example(Mailbox("a@example.org", "=?utf-8?q?Anna?="), Mailbox("a@example.org", 'Anna "die" \\ Müller'))
@example(Mailbox("a@example.org", "Weber, Anna (Praxis) <x@y.example>"), Mailbox("a@example.org", "x" * 128))
@example(Mailbox('"a b"@example.org', '"'), Mailbox('"a@b"@example.org', '"' * 60))
def test_addresses_come_back(sender: Mailbox, recipient: Mailbox) -> None:
    """Names are read as they were written, addresses with their domain in A-labels."""
    octets = write(sender, recipient)
    found = [(one_name(octets, header), one_address(parse(octets), header).addr_spec) for header in ("From", "To")]
    assert [(each.name, wire_address(each)) for each in (sender, recipient)] == found


@given(st.text(st.sampled_from('aä .,"=?😀'), max_size=10).map(str.strip))
def test_a_name_in_one_word_comes_back(name: str) -> None:
    """The newer reader too sees a name of usual length as it was written."""
    name = " ".join(name.split())
    assert name == one_address(parse(write(Mailbox("a@example.org", name))), "From").display_name


@given(texts)
@example("")
@example("\n")
@example("no line end")
@example("bare\rCR")
@example("bare\r\r\nCR")
@example("trailing \n\t\n")
@example(".\n..\n.")
@example("From here\nFrom there")
@example("=\n=20\n")
@example("x" * 76)
@example("x" * 75 + "ä")
@example("ж" * 1000)
@example("\x00\x07\x7f")
def test_a_text_comes_back(text: str) -> None:
    """Octet for octet, but for LF, which becomes CRLF as in all mail."""
    mail = parse(write(text=text))
    assert normalised(text) == mail.get_payload(decode=True)


@pytest.mark.parametrize("line", ["x" * 70 + "\n", "ä" * 70 + "\n", "x" * 1000, "bare\r" * 20], ids=range(4))
def test_a_long_text_comes_back(line: str) -> None:
    """A million characters too, in every transfer encoding."""
    text = line * (1_000_000 // len(line))
    assert normalised(text) == parse(write(text=text)).get_payload(decode=True)


@given(mailboxes, lines, texts)
def test_every_line_is_short_ascii_with_its_line_end(sender: Mailbox, subject: str, text: str) -> None:
    """Only a long address makes a line longer, and no line stands for something else on the wire."""
    octets = write(sender, subject=subject, text=text)
    written = octets.removesuffix(b"\r\n").split(b"\r\n")
    long = [line for line in written if len(line) > MAX_LINE and b"@" not in line]
    assert (long, octets.isascii(), octets.endswith(b"\r\n")) == ([], True, True)
    assert not [line for line in written if b"\r" in line or b"\n" in line or line.startswith(b"From ")]


@given(mailboxes, lines)
def test_no_header_line_is_blank(sender: Mailbox, subject: str) -> None:
    """A line of spaces alone would end the headers for some readers (RFC 5322 §3.2.2)."""
    head = write(sender, subject=subject).partition(b"\r\n\r\n")[0]
    assert [line for line in head.split(b"\r\n") if not line.strip()] == []


@given(mailboxes, mailboxes, lines, texts)
def test_there_are_nine_headers(sender: Mailbox, recipient: Mailbox, subject: str, text: str) -> None:
    """No value makes a header of its own."""
    expected = ["Received", "Date", "From", "To", "Message-ID", "Subject", "MIME-Version", "Content-Type"]
    expected += ["Content-Transfer-Encoding"]
    assert expected == list(parse(write(sender, recipient, subject, text)))


@given(names, lines)
def test_encoded_words_are_whole(name: str, subject: str) -> None:
    """Each has at most 75 characters and whole characters in it (RFC 2047 §2, §5)."""
    head = write(Mailbox("a@example.org", name), subject=subject).partition(b"\r\n\r\n")[0]
    words = re.findall(rb"=\?utf-8\?b\?([A-Za-z0-9+/=]+)\?=", head)
    assert max(map(len, words), default=0) <= 75 - len("=?utf-8?b??=")
    assert [base64.b64decode(word).decode() for word in words] or not words


@pytest.mark.parametrize(
    "text, encoding",
    [
        ("", "7bit"),
        ("Montag\n", "7bit"),
        ("x" * 76 + "\n", "7bit"),
        (".\n", "7bit"),
        ("a\tb\n", "7bit"),
        ("x" * 77 + "\n", "quoted-printable"),
        ("no line end", "quoted-printable"),
        ("space \n", "quoted-printable"),
        ("Viele Grüße von uns allen\n", "quoted-printable"),
        ("bell\a\n", "quoted-printable"),
        ("From here\n", "base64"),
        ("bare\rCR\n", "base64"),
        ("жжжжжжжжжж\n", "base64"),
    ],
)
def test_the_text_is_encoded_as_little_as_is_safe(text: str, encoding: str) -> None:
    """As it is where it can be, then in the shorter of the two encodings that bring it back exactly."""
    assert encoding == parse(write(text=text))["Content-Transfer-Encoding"]


@pytest.mark.parametrize(
    "name, written",
    [
        ("", "praxis@praxis.example"),
        ("Praxis am Markt", "Praxis am Markt <praxis@praxis.example>"),
        ("Dr. Weber", '"Dr. Weber" <praxis@praxis.example>'),
        ('A "B" \\', '"A \\"B\\" \\\\" <praxis@praxis.example>'),
        ("Müller", "=?utf-8?b?TcO8bGxlcg==?= <praxis@praxis.example>"),
        ("=?x", "=?utf-8?b?PT94?= <praxis@praxis.example>"),
        ("x" * 50, "x" * 50 + "\r\n <praxis@praxis.example>"),
    ],
)
def test_a_name_is_written_as_plainly_as_can_be(name: str, written: str) -> None:
    """As atoms, quoted, or as encoded words; folded before the address."""
    head = write(Mailbox("praxis@praxis.example", name)).decode()
    assert f"\r\nFrom: {written}\r\nTo:" in head


@pytest.mark.parametrize(
    "subject, written",
    [
        ("x" * 67, "Subject: " + "x" * 67),
        ("x" * 68, "Subject: =?utf-8?b?eHh4"),
        ("x " * 40 + "x", "Subject: " + "x " * 33 + "x\r\n x"),
        (" x", "Subject: =?utf-8?b?IHg=?="),
        ("", "Subject: \r\n"),
    ],
)
def test_a_subject_is_written_as_plainly_as_can_be(subject: str, written: str) -> None:
    """As it is, folded at spaces, or as encoded words."""
    assert f"\r\n{written}" in write(subject=subject).decode()


def test_the_date_is_when_the_mail_was_accepted() -> None:
    """In UTC, the same at every repeat."""
    date = parse(write())["Date"]
    assert isinstance(date, DateHeader)
    assert date.datetime == datetime.fromtimestamp(ACCEPTED_AT, UTC)


@pytest.mark.parametrize(
    "sender, recipient, needed",
    [
        ("praxis@praxis.example", "anna@example.org", False),
        ("praxis@müller.example", "anna@例子.广告", False),
        ("jürgen@praxis.example", "anna@example.org", True),
        ("praxis@praxis.example", "用户@例子.广告", True),
    ],
)
def test_a_local_part_outside_ascii_needs_smtputf8(sender: str, recipient: str, needed: bool) -> None:
    """A domain outside ASCII does not: it has A-labels."""
    assert needed is needs_smtputf8(Email(Mailbox(sender), Mailbox(recipient), "", ""))


def test_a_mail_that_needs_smtputf8_has_raw_addresses() -> None:
    """Only they are not ASCII, and the address that can be stays in A-labels."""
    sender, recipient = Mailbox("praxis@müller.example", "Müller"), Mailbox("jürgen@müller.example", "Jürgen")
    head = write(sender, recipient, "Grüße").decode()
    raw = [line for line in head.split("\r\n") if not line.isascii()]
    assert raw == ["To: =?utf-8?b?SsO8cmdlbg==?= <jürgen@müller.example>"]
    assert "<praxis@xn--mller-kva.example>" in head


def test_an_unpaired_surrogate_becomes_a_question_mark() -> None:
    """The door refuses it; if it came all the same, no error here would hold the text."""
    mail = parse(write(subject="\ud800", text="\udfff\n"))
    assert (mail["Subject"], mail.get_payload(decode=True)) == ("?", b"?\r\n")
