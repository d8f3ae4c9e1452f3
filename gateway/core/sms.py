"""How many segments a text message needs, in GSM-7 or UCS-2 (3GPP TS 23.038, TS 23.040)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Encoding(StrEnum):
    """The two alphabets of a text message."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"


# 3GPP TS 23.038 §6.2.1, position 0x1B (escape) left out.
GSM7_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# 3GPP TS 23.038 §6.2.1.1: each takes two septets, escape and character.
GSM7_EXTENSION: Final = frozenset("\f^{}\\[~]|€")

ALL_GSM7: Final = GSM7_BASIC | GSM7_EXTENSION
# A character that is not one septet: most texts have none, and this finds it quickest.
_OTHER: Final = re.compile(f"[^{re.escape(''.join(sorted(GSM7_BASIC)))}]")


@dataclass(frozen=True, slots=True)
class _Room:
    """Units (septets or UTF-16 code units) in a lone message and in each part of a longer one."""

    single: int
    part: int


# 140 octets of user data; a part of a longer message gives 6 of them to the header (TS 23.040 §9.2.3.24.1).
_ROOM: Final = {Encoding.GSM7: _Room(160, 153), Encoding.UCS2: _Room(70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text needs: its alphabet, its length in units of that alphabet, and the number of segments."""

    encoding: Encoding
    units: int
    count: int


def segments(text: str) -> Segments:
    """Count the segments of a text; an escape pair or a surrogate pair is never cut in two."""
    if _OTHER.search(text) is None:
        return _plain(len(text))
    if ALL_GSM7.issuperset(text):
        extended = sum(map(text.count, GSM7_EXTENSION))
        encoding, units, pairs = Encoding.GSM7, len(text) + extended, extended
    else:
        # Unpaired surrogates are refused at the door; an error here would hold the text.
        units = len(text.encode("utf-16-be", "surrogatepass")) // 2
        encoding, pairs = Encoding.UCS2, units - len(text)
    room = _ROOM[encoding]
    if units <= room.single:
        return Segments(encoding, units, 1)
    if not pairs:
        return Segments(encoding, units, -(-units // room.part))
    return Segments(encoding, units, _count_parts(_widths(text, encoding), room.part))


@lru_cache(maxsize=256)
def _plain(units: int) -> Segments:
    """Count the segments of a text with one septet a character."""
    room = _ROOM[Encoding.GSM7]
    return Segments(Encoding.GSM7, units, 1 if units <= room.single else -(-units // room.part))


def _widths(text: str, encoding: Encoding) -> Iterable[int]:
    if encoding is Encoding.GSM7:
        return (2 if char in GSM7_EXTENSION else 1 for char in text)
    return (2 if ord(char) > 0xFFFF else 1 for char in text)  # noqa: PLR2004 (the end of the basic plane)


def _count_parts(widths: Iterable[int], room: int) -> int:
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts
