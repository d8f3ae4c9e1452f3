"""Header fields that people wrote: encoded words made text, and From made one mailbox."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from gateway.intake.smtp.charset import decode_text

# RFC 2047 §2, and RFC 2231 §5 with a language behind the charset. The standard library's reader folds spaces, reads
# octets as escapes and raises what holds them.
_WORD: Final = re.compile(r"=\?(?P<charset>[^?*\s]{1,64})(?:\*[^?\s]{0,64})?\?(?P<form>[bBqQ])\?(?P<text>[^?\r\n]*)\?=")
_FOLD: Final = re.compile(r"\r?\n(?=[ \t])")
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_COMMENT: Final = r"\([^()]*\)"
_NAMED: Final = re.compile(rf"(?P<name>(?:{_QUOTED}|[^<>\"])*)<(?P<address>(?:{_QUOTED}|[^<>\"])*)>(?:\s|{_COMMENT})*")
_PIECES: Final = re.compile(rf"(?P<quoted>{_QUOTED})|(?P<comment>{_COMMENT})|(?P<other>[^\"()]+|.)")
_PAIR: Final = re.compile(r"\\(.)")
_TO_QUOTE: Final = re.compile(r'(["\\])')
# Longer than any address with its name; what comes with more is no From.
_MAX_FROM: Final = 2000


@dataclass(frozen=True, slots=True, repr=False)
class From:
    """Who a mail says it is from: `text` as `core.address` reads it, and the display name."""

    text: str
    name: str = ""


def read_text(raw: str) -> str:
    """Return the text of an unstructured field (RFC 5322 §2.2.1); octets outside ASCII come as surrogates."""
    return _decode_words(_unfold(raw)).strip(" \t")


def read_from(raw: str) -> From | None:
    """Return the one mailbox of a From field, not checked yet; None where there is more than one, or none."""
    text = _unfold(raw).strip(" \t")
    if not text or len(text) > _MAX_FROM:
        return None
    found = _NAMED.fullmatch(text)
    if found is None:
        return From(text)
    name, is_list = _read_name(found["name"])
    if is_list:
        return None
    address = found["address"].strip()
    if not name:
        return From(address)
    return From('"' + _TO_QUOTE.sub(r"\\\1", name) + f'" <{address}>', name)


def _unfold(raw: str) -> str:
    """Undo the folding, and read octets outside ASCII, which nobody declared."""
    unfolded = _FOLD.sub("", raw)
    if unfolded.isascii():
        return unfolded
    return decode_text(unfolded.encode("utf-8", "surrogateescape"), None)


def _read_name(raw: str) -> tuple[str, bool]:
    """Return a display name without its quotes and comments, and whether what stands there is a list of addresses."""
    kept: list[str] = []
    is_list = False
    for piece in _PIECES.finditer(raw):
        if piece["quoted"]:
            kept.append(_PAIR.sub(r"\1", piece["quoted"][1:-1]))
        elif piece["other"]:
            # An address in place of a name is habit; with a comma behind it, it is another sender.
            is_list = is_list or ("@" in raw and any(sign in piece["other"] for sign in ",;:"))
            kept.append(piece["other"])
    return " ".join(_decode_words("".join(kept)).split()), is_list


def _decode_words(text: str) -> str:
    if "=?" not in text:
        return text
    decoded: list[str] = []
    waiting: tuple[str, bytes] | None = None  # neighbours in one charset are one text: some cut characters in two
    end = 0
    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        octets = _octets_of(word)
        charset = word["charset"].lower()
        is_neighbour = waiting is not None and not between.strip()
        if waiting is not None and is_neighbour and waiting[0] == charset:
            waiting = charset, waiting[1] + octets
        else:
            decoded += [_flushed(waiting), "" if is_neighbour else between]
            waiting = charset, octets
        end = word.end()
    return "".join([*decoded, _flushed(waiting), text[end:]])


def _flushed(waiting: tuple[str, bytes] | None) -> str:
    return "" if waiting is None else decode_text(waiting[1], waiting[0])


def _octets_of(word: re.Match[str]) -> bytes:
    text = word["text"].encode("utf-8", "replace")
    if word["form"] in "qQ":
        return binascii.a2b_qp(text, header=True)
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b"\xef\xbf\xbd"  # the replacement character: something was there
