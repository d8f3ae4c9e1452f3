"""Smart encoding: typographic marks become plain ones where that lets a text fit into GSM-7."""

from typing import Final

from gateway.core.sms import ALL_GSM7

# What word processors and telephones put in by themselves, and what stands on a keyboard for it.
PLAIN: Final = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc\u2039\u203a", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f\u2002\u2003", " "),
    **dict.fromkeys("\u200b\u00ad\ufeff\u2060", ""),
    "\u2026": "...",
    "\u2022": "-",
}
_TABLE: Final = str.maketrans(PLAIN)
_REPLACED: Final = frozenset(PLAIN)


def plain(text: str) -> str:
    """Return a text with plain marks if it fits into GSM-7 then, else as it is: half a replacement gains nothing."""
    if ALL_GSM7.issuperset(text):
        return text
    replaced = text.translate(_TABLE)
    return replaced if replaced and ALL_GSM7.issuperset(replaced) else text


def count_replaced(text: str) -> int:
    """Return how many characters `plain` would replace if it does."""
    return sum(map(_REPLACED.__contains__, text))
