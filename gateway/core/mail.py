"""Writes a mail anew, from the documented fields to the bytes of RFC 5322."""

import base64
import binascii
import re
import time
from functools import lru_cache
from typing import Final

from gateway.core.address import ascii_address
from gateway.core.message import Email, Mailbox

# Characters of a line without its line end: what RFC 2045 §6.7 and RFC 2047 §2 allow, and RFC 5322 §2.1.1 wants (78).
MAX_LINE: Final = 76
# An encoded word has 12 characters around its base64, and at most 75 in all (RFC 2047 §2).
_WORD_FRAME: Final = len("=?utf-8?b??=")
_WORD_ROOM: Final = 75 - _WORD_FRAME
# A longer display name is written as encoded words, because they fold.
_MAX_NAME: Final = 64
# Base64 with its line ends makes 78 octets of 57.
_BASE64_GROWTH: Final = 78 / 57

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# What needs quotes in a display name: specials (RFC 5322 §3.2.3), and spaces that are not one between two atoms.
_NO_ATOMS: Final = re.compile(r'[()<>\[\]:;@\\,."]|^ |  | $')
# Where a long subject may be folded: before the spaces of a word, so that no line is made of spaces alone.
_WORD: Final = re.compile(r" *[^ ]+")
# Lines that may go out as they are: ASCII, short, no space at the end (RFC 2045 §6.7 rule 3), no `From ` at the
# beginning, which mailbox files change.
_PLAIN_TEXT: Final = re.compile(r"(?:(?!From )[\t\x20-\x7e]{0,76}(?<![\t ])\n)*")
_FROM_LINE: Final = re.compile(rb"^From ", re.MULTILINE)


def needs_smtputf8(email: Email) -> bool:
    """Whether an address has a local part outside ASCII, so that only SMTPUTF8 (RFC 6531) carries the mail."""
    return not (_local_is_ascii(email.sender) and _local_is_ascii(email.recipient))


def wire_address(mailbox: Mailbox) -> str:
    """Return the address as it travels: the domain in A-labels, unless a local part outside ASCII forbids that."""
    return ascii_address(mailbox.address) or mailbox.address


def write_mail(email: Email, *, reference: str, accepted_at: int, gateway_name: str) -> bytes:
    """Return a whole mail with CRLF line ends; the same arguments give the same bytes, so that a repeat is recognised.

    `accepted_at` is in seconds since 1970 UTC and becomes the Date. All is ASCII in lines of at most 76 characters;
    only a long address or gateway name makes a longer line, and only the addresses of a mail that `needs_smtputf8`
    are not ASCII. No line begins with a space alone, and the last one has its line end.
    """
    date = _write_date(accepted_at)
    encoding, body = _write_body(email.text)
    head = (
        f"Received: by {gateway_name}\r\n id {reference}; {date}\r\n"
        f"Date: {date}\r\n"
        f"From: {_write_mailbox(email.sender)}\r\n"
        f"To: {_write_mailbox(email.recipient)}\r\n"
        f"Message-ID: <{reference}@{gateway_name}>\r\n"
        f"Subject: {_write_subject(email.subject)}\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return head.encode() + body


def _local_is_ascii(mailbox: Mailbox) -> bool:
    return mailbox.address.isascii() or mailbox.address.rpartition("@")[0].isascii()


@lru_cache(maxsize=8)  # many mails are accepted in one second
def _write_date(at: int) -> str:
    # strftime would write the names of the machine's language.
    year, month, day, hour, minute, second, weekday, *_ = time.gmtime(at)
    return f"{_WEEKDAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year:04} {hour:02}:{minute:02}:{second:02} +0000"


def _write_mailbox(mailbox: Mailbox) -> str:
    address = wire_address(mailbox)
    if not mailbox.name:
        return address
    name = _write_name(mailbox.name)
    last_line = len("From: ") + len(name) - (name.rfind("\n") + 1)
    fold = "\r\n" if last_line + len(f" <{address}>") > MAX_LINE else ""
    return f"{name}{fold} <{address}>"


def _write_name(name: str) -> str:
    if not _is_plain(name):
        return _encode_words(name, behind="From: ")
    written = name
    if _NO_ATOMS.search(name):
        written = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return written if len(written) <= _MAX_NAME else _encode_words(name, behind="From: ")


def _write_subject(subject: str) -> str:
    # Spaces at an end come back unchanged only from encoded words.
    if not _is_plain(subject) or subject != subject.strip():
        return _encode_words(subject, behind="Subject: ")
    return subject if len(subject) <= MAX_LINE - len("Subject: ") else _fold(subject)


def _is_plain(text: str) -> bool:
    """Whether a header may hold the text as it is: ASCII without controls, and nothing that reads as encoded."""
    return text.isascii() and text.isprintable() and "=?" not in text


def _fold(subject: str) -> str:
    lines, line = [], ""
    room = MAX_LINE - len("Subject: ")
    for word in _WORD.findall(subject):
        if len(line) + len(word) > room and line:
            lines.append(line)
            line, room = "", MAX_LINE
        if len(word) > room:
            return _encode_words(subject, behind="Subject: ")
        line += word
    return "\r\n".join([*lines, line])


def _encode_words(text: str, *, behind: str) -> str:
    """Write encoded words (RFC 2047), folded, each of whole characters, the first one behind a header's name."""
    # Unpaired surrogates are refused at the door; an error here would hold the text.
    octets = text.encode("utf-8", "replace")
    words, start, room = [], 0, MAX_LINE - len(behind) - _WORD_FRAME
    while start < len(octets):
        end = start + room // 4 * 3
        while end < len(octets) and octets[end] & 0xC0 == 0x80:  # noqa: PLR2004 (a continuation octet, RFC 3629 §3)
            end -= 1
        encoded = binascii.b2a_base64(octets[start:end], newline=False).decode("ascii")
        words.append(f"=?utf-8?b?{encoded}?=")
        start, room = end, _WORD_ROOM
    return "\r\n ".join(words)


def _write_body(text: str) -> tuple[str, bytes]:
    """Return the transfer encoding and the encoded text: the first that brings it back exactly, and the shorter."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    is_lines = not text or text.endswith("\n")
    if is_lines and text.isascii() and _PLAIN_TEXT.fullmatch(text):
        return "7bit", text.replace("\n", "\r\n").encode("ascii")
    octets = text.encode("utf-8", "replace")
    # `b2a_qp` writes a lone CR as it is.
    if "\r" not in text:
        quoted = _quote(octets)
        if len(quoted) <= len(octets) * _BASE64_GROWTH + len("=\n") and not _FROM_LINE.search(quoted):
            return "quoted-printable", quoted.replace(b"\n", b"\r\n")
    return "base64", base64.encodebytes(octets.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")


def _quote(octets: bytes) -> bytes:
    if octets.endswith(b"\n"):
        return binascii.b2a_qp(octets)
    # Without a line end at its end the text needs a soft one, or the receiver gets one too many; the x keeps its room.
    quoted = binascii.b2a_qp(octets + b"x")[:-1]
    return quoted if quoted.endswith(b"=\n") else quoted + b"=\n"
