"""The forms that a mark could come out in: needles for what changes every byte, views for what changes some."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

# Everything is compared in lower case: that is the upper, the lower and the mixed case of a mark at once. Codings
# that tell case apart (base64, hex of the letters) get a needle for each.

View = Callable[[bytes], bytes]


def needles(value: str) -> Iterator[tuple[str, bytes]]:
    """Return the name of each form and the bytes, in lower case, that give `value` in this form away."""
    yield "plain", value.lower().encode()
    yield "reversed", value.lower()[::-1].encode()
    yield "utf-16-le", value.lower().encode("utf-16-le")
    yield "utf-16-be", value.lower().encode("utf-16-be")
    for variant in dict.fromkeys((value, value.upper(), value.lower())):
        yield "hex", variant.encode().hex().encode()
        for offset in range(3):
            yield f"base64 at {offset}", _base64(variant.encode(), offset).lower()


def _base64(value: bytes, offset: int) -> bytes:
    """Return the characters that depend on `value` alone when `offset` bytes (modulo 3) stand before it."""
    coded = base64.b64encode(bytes(offset) + value)
    return coded[-(-8 * offset // 6) : 8 * (offset + len(value)) // 6]


_FOLD: Final = re.compile(rb"=?\r?\n[ \t]*|\?=\s*=\?[\w.-]+\?[bq]\?", re.IGNORECASE)
_PERCENT: Final = re.compile(rb"%([0-9a-f]{2})", re.IGNORECASE)
_QUOTED: Final = re.compile(rb"=([0-9a-f]{2})", re.IGNORECASE)
_ESCAPED: Final = re.compile(rb"\\(?:x|u00)([0-9a-f]{2})", re.IGNORECASE)
_SEPARATED: Final = re.compile(rb"(?<=\d)[ ./()-]+(?=\d)")


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode())


def _unfolded(data: bytes) -> bytes:
    return _FOLD.sub(b"", data)


# What a coding does to some bytes only is undone before the search; "as it is" has to be the first.
VIEWS: Final[Mapping[str, View]] = {
    "as it is": lambda data: data,
    "folded": _unfolded,
    "percent": lambda data: _PERCENT.sub(_byte, data),
    "quoted-printable": lambda data: _QUOTED.sub(_byte, _unfolded(data)),
    "escaped": lambda data: _ESCAPED.sub(_byte, data),
    "separated": lambda data: _SEPARATED.sub(b"", data),
}


def number_forms(number: str) -> tuple[str, ...]:
    """Return the spellings of an E.164 number of Germany: +49…, 0049…, 0…, digits only, and the part they share."""
    digits = number.removeprefix("+")
    national = digits.removeprefix("49")
    return number, f"00{digits}", f"0{national}", digits, national
