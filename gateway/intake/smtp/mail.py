"""A mail as it was sent, read for what is documented of it: From, Subject and one text. The rest is counted."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.policy import compat32
from typing import Final

from gateway.intake.smtp.charset import decode_text
from gateway.intake.smtp.flowed import unflow, unix_lines
from gateway.intake.smtp.header import From, read_from, read_text
from gateway.intake.smtp.html import UnreadableHtmlError, render
from gateway.intake.smtp.reply import BAD_FROM, TOO_MANY_PARTS, UNREADABLE, Reply

# Each part costs the library's reader a look at every line behind it.
_MAX_BOUNDARIES: Final = 100
_BOUNDARY: Final = re.compile(rb"boundary", re.IGNORECASE)
# A head as nearly all mail has it: nothing that the library's reader would see otherwise, at a quarter of its price.
_HEAD: Final = re.compile(r"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*\r\n")
_FIELD: Final = re.compile(r"(?P<name>[!-9;-~]+):[ \t]*(?P<value>[^\n]*(?:\n[ \t][^\n]*)*)\r\n")
_MULTIPART: Final = re.compile(r"^content-type:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
# What says who, what, and how the text is written; all other header fields are counted as dropped.
_DOCUMENTED: Final = frozenset({"from", "to", "subject", "mime-version", "content-type", "content-transfer-encoding"})
_SIGNATURES: Final = frozenset({
    "application/pgp-signature",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
})


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """What is left of a mail; `stripped` counts header fields and parts that are dropped.

    `sender` is None without a From, `text` is None without any text, `is_rendered` says that it was HTML.
    """

    sender: From | None
    subject: str
    text: str | None
    is_rendered: bool
    has_attachment: bool
    stripped: int


@dataclass(frozen=True, slots=True, repr=False)
class _Leaf:
    """A part that has no parts; `is_related` says that another one shows it, such as a picture in HTML."""

    part: "Message[str, str]"
    kind: str
    is_related: bool

    @property
    def is_attached(self) -> bool:
        # Most parts say nothing of this, and the library takes long to find that out.
        said = f"{self.part.get('content-disposition', '')}{self.part.get('content-type', '')}".lower()
        if "attachment" not in said and "name" not in said:
            return False
        return self.part.get_content_disposition() == "attachment" or self.part.get_filename() is not None


def read_mail(content: bytes) -> Mail | Reply:
    """Read a mail as RFC 5322 and MIME have it, and as programs write it; the reply says why one cannot be read."""
    if len(_BOUNDARY.findall(content)) > _MAX_BOUNDARIES:
        return TOO_MANY_PARTS
    try:
        return _read(_parse(content))
    except UnreadableHtmlError:
        return UNREADABLE
    except Exception:  # noqa: BLE001 (the library's reader raises many things over odd mail, with the mail in them)
        return UNREADABLE


def _parse(content: bytes) -> "Message[str, str]":
    """Return a mail as the standard library has it; one that has no parts is not brought through its whole reader."""
    text = content.decode("ascii", "surrogateescape")
    head = _HEAD.match(text)
    if head is None or _MULTIPART.search(head[0]):
        return email.message_from_bytes(content, policy=compat32)
    message: Message[str, str] = Message(policy=compat32)
    for field in _FIELD.finditer(head[0]):
        message.set_raw(field["name"], field["value"])
    message.set_payload(text[head.end() :])
    return message


def _read(message: "Message[str, str]") -> Mail | Reply:
    fields = [(name.lower(), str(value)) for name, value in message.raw_items()]
    froms = [value for name, value in fields if name == "from"]
    sender = read_from(froms[0]) if froms else None
    if len(froms) > 1 or (froms and sender is None):
        return BAD_FROM
    leaves = list(_leaves(message))
    plain = _first(leaves, "text/plain")
    html = _first(leaves, "text/html")
    text = None if plain is None else _text_of(plain.part)
    is_rendered = html is not None and not (text and text.strip())
    if html is not None and is_rendered:
        text = render(_decoded(html.part))
    used = html if is_rendered else plain
    return Mail(
        sender,
        read_text(next((value for name, value in fields if name == "subject"), "")),
        text,
        is_rendered=is_rendered,
        has_attachment=any(_is_attachment(leaf) for leaf in leaves if leaf is not used),
        stripped=_count_dropped([name for name, _ in fields]) + len(leaves) - (used is not None),
    )


def _leaves(message: "Message[str, str]") -> Iterator[_Leaf]:
    """Yield the parts in order; an attached mail is one part."""
    waiting = [(message, False)]
    while waiting:
        part, is_related = waiting.pop()
        kind = part.get_content_type()
        inner = part.get_payload() if kind.startswith("multipart/") else None
        if isinstance(inner, list):
            is_related = is_related or kind == "multipart/related"
            waiting += [(each, is_related) for each in reversed(inner) if isinstance(each, Message)]
        else:
            yield _Leaf(part, kind, is_related)


def _first(leaves: list[_Leaf], kind: str) -> _Leaf | None:
    return next((leaf for leaf in leaves if leaf.kind == kind and not leaf.is_attached), None)


def _is_attachment(leaf: _Leaf) -> bool:
    """Whether a person would miss it: no other form of the text, no picture in it, no signature."""
    if leaf.is_related or leaf.kind in _SIGNATURES:
        return False
    return leaf.is_attached or not leaf.kind.startswith("text/")


def _text_of(part: "Message[str, str]") -> str:
    text = _decoded(part)
    said = str(part.get("content-type", "")).lower()
    if "flowed" not in said or str(part.get_param("format", "")).lower() != "flowed":
        return text
    return unflow(text, deletes_space=str(part.get_param("delsp", "")).lower() == "yes")


def _decoded(part: "Message[str, str]") -> str:
    octets = part.get_payload(decode=True)
    return unix_lines(decode_text(octets, part.get_content_charset())) if isinstance(octets, bytes) else ""


def _count_dropped(names: list[str]) -> int:
    """Count header fields but the first of each that is documented."""
    return len(names) - len(_DOCUMENTED & set(names))
