"""From octets to text, by the charset that a mail declares, or by the one that it means."""

import codecs
import re
from typing import Final

# Text encodings that mail is written in; Python knows more, and some of those are no charsets or take long.
_CHARSETS: Final = re.compile(
    r"ascii|utf-(?:7|8|16|32)(?:-[lb]e)?|iso8859-\d+|cp\d+|koi8-[rtu]|gb(?:2312|k|18030)|hz|big5\w*|johab|euc_\w+|"
    r"shift_jis\w*|iso2022_\w+|mac-\w+|kz1048|ptcp154|tis-620|hp-roman8"
)
# What Western programs declare by habit, whatever the text is in; octets that read as UTF-8 are UTF-8.
_HABITS: Final = frozenset({"ascii", "iso8859-1", "iso8859-15", "cp1252"})
# The WHATWG Encoding Standard reads these names as Windows-1252, because that is what is meant.
_WESTERN: Final = frozenset({"ascii", "iso8859-1", "cp1252"})


def decode_text(octets: bytes, declared: str | None) -> str:
    """Return the text; a charset that is missing, unknown or wrong is made up for. Never raises."""
    name = _name_of(declared)
    if name is None or name in _HABITS:
        guessed = _decode(octets, "utf-8")
        if guessed is not None:
            return guessed.removeprefix("\ufeff")
    if name is not None and name not in _WESTERN:
        text = _decode(octets, name)
        if text is not None:
            return text.removeprefix("\ufeff")
        guessed = _decode(octets, "utf-8")
        if guessed is not None:
            return guessed.removeprefix("\ufeff")
    # Five octets mean nothing in Windows-1252.
    return octets.decode("cp1252", "replace")


def _name_of(declared: str | None) -> str | None:
    if declared is None or len(declared) > 64 or not declared.isascii():  # noqa: PLR2004 (longer than any name)
        return None
    try:
        name = codecs.lookup(declared.strip(" \"'")).name
    except (LookupError, ValueError):
        return None
    return name if _CHARSETS.fullmatch(name) else None


def _decode(octets: bytes, name: str) -> str | None:
    try:
        return octets.decode(name)
    except ValueError:  # UnicodeDecodeError, which would hold the octets
        return None
