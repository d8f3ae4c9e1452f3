"""From a mail as programs write it to From, Subject and text: encodings, declarations that lie, parts, HTML."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from gateway.intake.smtp.mail import Mail, read_mail
from gateway.intake.smtp.reply import BAD_FROM, TOO_MANY_PARTS, UNREADABLE

UMLAUTS = "Schöne Grüße, 12 €"
HEAD = b"From: praxis@praxis.example\r\nSubject: Termin\r\nMIME-Version: 1.0\r\n"
ALTERNATIVE = b"""From: praxis@praxis.example\r
Content-Type: multipart/alternative; boundary=b\r
\r
S3NT preamble\r
--b\r
Content-Type: text/plain\r
\r
%b\r
--b\r
Content-Type: text/html; charset=utf-8\r
\r
<p>Gr\xc3\xbc\xc3\x9fe, <a href="https://a.example/x">hier</a>\r
--b--\r
S3NT epilogue\r
"""


def read(content: bytes) -> Mail:
    """Read a mail that can be read."""
    found = read_mail(content)
    assert isinstance(found, Mail)
    return found


def sent(declared: str, octets: bytes, more: bytes = b"") -> bytes:
    """Return a mail whose text is in octets under a declaration."""
    return HEAD + b"Content-Type: " + declared.encode() + b"\r\n" + more + b"\r\n" + octets + b"\r\n"


@pytest.mark.parametrize(
    "declared,octets",
    [
        ("text/plain; charset=utf-8", UMLAUTS.encode()),
        ('text/plain; charset="UTF-8"', b"\xef\xbb\xbf" + UMLAUTS.encode()),
        ("text/plain; charset=windows-1252", UMLAUTS.encode("cp1252")),
        ("text/plain; charset=iso-8859-15", UMLAUTS.encode("iso-8859-15")),
        # Declarations that lie, each as some program does.
        ("text/plain; charset=iso-8859-1", UMLAUTS.encode("cp1252")),
        ("text/plain; charset=iso-8859-1", UMLAUTS.encode()),
        ("text/plain; charset=us-ascii", UMLAUTS.encode()),
        ("text/plain; charset=us-ascii", UMLAUTS.encode("cp1252")),
        ("text/plain; charset=utf-8", UMLAUTS.encode("cp1252")),
        ("text/plain; charset=no-such-charset", UMLAUTS.encode()),
        ("text/plain; charset=zlib", UMLAUTS.encode()),
        ("text/plain", UMLAUTS.encode("cp1252")),
        ("text", UMLAUTS.encode()),
        ("S3NT", UMLAUTS.encode()),
    ],
)
def test_the_text_is_read_whatever_is_declared(declared: str, octets: bytes) -> None:
    """By the charset that is declared, or by the one that it is in."""
    assert read(sent(declared, octets)).text.strip() == UMLAUTS  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "encoding,octets",
    [
        (b"base64", b"U2Now7ZuZSBHcsO8w59lLCAxMiDigqw="),
        (b"BASE64", b"U2Now7Zu\r\nZSBHcsO8w59lLCAxMiDigqw"),
        (b"quoted-printable", b"Sch=C3=B6ne Gr=\r\n=C3=BC=C3=9Fe, 12 =E2=82=AC"),
        (b"8bit", UMLAUTS.encode()),
        (b"binary", UMLAUTS.encode()),
        (b"no-such-encoding", UMLAUTS.encode()),
    ],
)
def test_the_text_is_read_whatever_carries_it(encoding: bytes, octets: bytes) -> None:
    """Base64 without its padding, quoted-printable, and what nobody knows."""
    more = b"Content-Transfer-Encoding: " + encoding + b"\r\n"
    assert read(sent("text/plain; charset=utf-8", octets, more)).text.strip() == UMLAUTS  # type: ignore[union-attr]


def test_other_scripts_are_read() -> None:
    """Japanese and Cyrillic as their programs write them."""
    assert read(sent("text/plain; charset=iso-2022-jp", "予約".encode("iso-2022-jp"))).text == "予約\n"
    assert read(sent("text/plain; charset=koi8-r", "Привет".encode("koi8-r"))).text == "Привет\n"
    assert read(sent("text/plain; charset=gb2312", "联通".encode("gb2312"))).text == "联通\n"


@pytest.mark.parametrize(
    "raw,subject",
    [
        ("Termin", "Termin"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe_an_alle?=", "Grüße an alle"),
        ("=?UTF-8?b?8J+Y?=\r\n =?UTF-8?b?gA==?= =?iso-8859-1*de?q?=FC?=", "😀ü"),
        ("=?utf-8?Q?eins?= zwei =?utf-8?Q?_drei?=", "eins zwei  drei"),
        ("=?windows-1252?Q?12_=80?=", "12 €"),
        ("=?utf-8?B?R3I?=", "Gr"),
        ("=?utf-8?B?x?=", "\ufffd"),
        ("a very\r\n  long\r\n\tone", "a very  long\tone"),
        ("C:\\users =?x?=", "C:\\users =?x?="),
    ],
)
def test_the_subject_is_decoded(raw: str, subject: str) -> None:
    """Encoded words, folded or cut in two, and what only looks like one."""
    found = read(f"From: a@b.example\r\nSubject: {raw}\r\n\r\nx\r\n".encode())
    assert subject == found.subject


def test_a_raw_subject_is_read() -> None:
    """Octets outside ASCII, which nobody declared: UTF-8, else what Windows writes."""
    for octets in (UMLAUTS.encode(), UMLAUTS.encode("cp1252")):
        found = read(b"From: a@b.example\r\nSubject: " + octets + b"\r\n\r\nx\r\n")
        assert found.subject == UMLAUTS


@pytest.mark.parametrize(
    "raw,expected",
    [
        ("a@b.example", "a@b.example"),
        ("<a@b.example>", "a@b.example"),
        ("Praxis Müller <a@b.example>", '"Praxis Müller" <a@b.example>'),
        ("=?utf-8?Q?M=C3=BCller=2C_Hans?= <a@b.example>", '"Müller, Hans" <a@b.example>'),
        ('"=?utf-8?Q?M=C3=BCller?=" <a@b.example>', '"Müller" <a@b.example>'),
        ('"say \\"hi\\"" <a@b.example>', '"say \\"hi\\"" <a@b.example>'),
        ("a@b.example <a@b.example>", '"a@b.example" <a@b.example>'),
        ("Praxis (S3NT) <a@b.example> (S3NT)", '"Praxis" <a@b.example>'),
        ("=?utf-8?q?x_=3Cc=40d.example=3E?= <a@b.example>", '"x <c@d.example>" <a@b.example>'),
    ],
)
def test_from_is_one_mailbox(raw: str, expected: str) -> None:
    """With its name decoded, without comments; the address is the one between the brackets."""
    sender = read(f"From: {raw}\r\n\r\nx\r\n".encode()).sender
    assert sender is not None
    assert expected == sender.text


@pytest.mark.parametrize("fields", ["From: a@b.example, c@d.example <e@f.example>", "From: a@b\r\nFrom: c@d", "From: "])
def test_two_senders_are_none(fields: str) -> None:
    """A list of addresses, two fields, and an empty one are refused."""
    assert read_mail(f"{fields}\r\n\r\nx\r\n".encode()) is BAD_FROM


def test_the_plain_part_is_taken() -> None:
    """Of two forms of a text the plain one; all else is counted and dropped."""
    found = read(ALTERNATIVE % b"eins")
    assert (found.text, found.is_rendered, found.has_attachment, found.stripped) == ("eins", False, False, 1)


def test_html_is_rendered_where_nothing_else_is() -> None:
    """With its links; also where the plain form is empty."""
    expected = "Grüße, hier <https://a.example/x>\n"
    html = sent("text/html; charset=utf-8", b'<p>Gr\xc3\xbc\xc3\x9fe, <a href="https://a.example/x">hier</a>')
    for found in (read(html), read(ALTERNATIVE % b" ")):
        assert (found.text, found.is_rendered) == (expected, True)


def test_html_that_is_no_text_is_empty_or_refused() -> None:
    """A comment alone is an empty text; what cannot be rendered is refused, never cut."""
    assert read(sent("text/html", b"<!-- x -->")).text == ""
    assert read_mail(sent("text/html", b"<div>" * 5000 + b"x")) is UNREADABLE
    assert read_mail(sent("text/html", b"x" * (1 << 20 | 1))) is UNREADABLE


def test_links_tables_and_lists_stay_readable() -> None:
    """A link that says where it leads is written once; cells stay apart."""
    html = (
        b'<a href="https://a.example/">www.a.example</a> <a href="mailto:a@b.example">Mail</a> <a href="x:y"></a>'
        b"<table><tr><td>Montag<td>9 Uhr</table><ul><li>eins</ul><script>S3NT</script>"
    )
    text = read(sent("text/html", html)).text
    assert text == "www.a.example Mail x:y\nMontag  9 Uhr\n\n  * eins\n"


def test_attachments_are_no_text() -> None:
    """A text file that is attached, also one that is shown in line, and an attached mail are not the text."""
    message = EmailMessage()
    message["From"] = "a@b.example"
    message.set_content("der Text")
    message.add_attachment("S3NT", filename="a.txt")
    message.add_attachment("S3NT", disposition="inline", filename="b.txt")
    inner = EmailMessage()
    inner["Subject"] = "S3NT"
    inner.set_content("S3NT")
    message.add_attachment(inner)
    found = read(message.as_bytes(policy=SMTP))
    assert (found.text, found.has_attachment, found.stripped) == ("der Text\n", True, 3)
    message.get_payload().pop(0)  # type: ignore[union-attr]
    assert read(message.as_bytes(policy=SMTP)).text is None


def test_a_picture_in_html_is_no_attachment() -> None:
    """Nor is a signature: what a person would not miss does not make a client's mail be refused."""
    message = EmailMessage()
    message.set_content("der Text")
    message.add_alternative("<p>der Text <img src='cid:x'>", subtype="html")
    message.get_payload()[1].add_related(b"x", "image", "png", cid="<x>")  # type: ignore[index, union-attr]
    assert read(message.as_bytes(policy=SMTP)).has_attachment is False
    signed = (
        HEAD + b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n"
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx\r\n--b--\r\n"
    )
    found = read(signed)
    assert (found.text, found.has_attachment, found.stripped) == ("x", False, 1)


def test_a_flowed_text_is_put_together() -> None:
    """Soft line ends go, stuffed spaces go, quotes and the signature stay (RFC 3676)."""
    octets = b"Das ist ein \r\nlanger Satz.\r\n From x\r\n> alt \r\n> neu\r\nzu \r\n-- \r\nPraxis"
    flowed = read(sent("text/plain; format=flowed", octets)).text
    assert flowed == "Das ist ein langer Satz.\nFrom x\n> alt neu\nzu \n-- \nPraxis\n"
    joined = read(sent("text/plain; format=flowed; delsp=yes", b"Donau \r\ndampf")).text
    assert joined == "Donaudampf\n"


def test_many_parts_are_refused() -> None:
    """Before they are read: each costs a look at all lines."""
    assert read_mail(HEAD + b'Content-Type: multipart/mixed; boundary="x"\r\n' * 101) is TOO_MANY_PARTS


def test_parts_within_parts_are_read_or_refused() -> None:
    """As many levels as there may be boundaries."""
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(99))
    assert read(HEAD + nested).text is not None
