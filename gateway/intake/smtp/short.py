"""Mail to text messages: whose number an address is, and what of a mail's text is meant for it."""

import re
from collections.abc import Sequence
from typing import Final

from gateway.core.address import ascii_domain
from gateway.core.errors import FieldError
from gateway.core.phone import parse_phone
from gateway.intake.smtp.flowed import SIGNATURE

# In this mailbox of the domain the number stands in the subject, as other gateways have it.
IN_SUBJECT: Final = "sms"

_PAIR: Final = re.compile(r"\\(.)")
# What mail programs write above the mail that is answered, up to the line end: `On …, … wrote:`, `Am … schrieb …:`.
_ATTRIBUTION: Final = re.compile(
    r"(?:on|am|le|il|el|op|den)\b.*\b(?:wrote|schrieb|a écrit|ha scritto|escribió|schreef|skrev)\b.*:\s*",
    re.IGNORECASE | re.DOTALL,
)
_BEGINS_QUOTE: Final = re.compile(
    r"\s*-{2,}\s*(?:original message|ursprüngliche nachricht|original-nachricht|originalnachricht|"
    r"weitergeleitete nachricht|forwarded message|message d'origine|messaggio originale)\s*-{2,}\s*",
    re.IGNORECASE,
)
# An attribution is folded in two by some programs.
_MAX_ATTRIBUTION: Final = 2
_MAX_CHARACTERS: Final = 400


def local_part_in(domain: str | None, address: str) -> str | None:
    """Return the local part of an address in this domain (None: there is none), its quotes undone; else None."""
    local, at, given = address.rpartition("@")
    if domain is None or not at or not given or _in_a_labels(given) != domain:
        return None
    if len(local) > 1 and local[0] == local[-1] == '"':
        return _PAIR.sub(r"\1", local[1:-1])
    return local


def _in_a_labels(domain: str) -> str:
    try:
        return ascii_domain(domain).rstrip(".")
    except ValueError:  # what IDNA refuses
        return ""


def read_number(text: str, region: str) -> str | None:
    """Return a number in E.164, or None for what is none."""
    try:
        return parse_phone("recipient", text.strip(), region)
    except FieldError:
        return None


def shorten(text: str, *, is_rendered: bool) -> str:
    """Return the text for a text message: no signature, no quoted mail, no line ends at its end.

    Rendered HTML has lost the space that marks a signature, so that two dashes do.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        if line == SIGNATURE or (is_rendered and line == SIGNATURE.strip()) or _BEGINS_QUOTE.fullmatch(line):
            break
        if line.startswith(">"):
            _drop_attribution(lines)
        else:
            lines.append(line)
    return "\n".join(lines).rstrip("\n")


def _drop_attribution(lines: list[str]) -> None:
    """Remove what introduces the quoted lines that begin now, if it ends what was kept."""
    last = next((number for number in range(len(lines), 0, -1) if lines[number - 1].strip()), 0)
    for count in range(1, _MAX_ATTRIBUTION + 1):
        if last >= count and _ATTRIBUTION.fullmatch(_joined(lines[last - count : last])):
            del lines[last - count :]
            return


def _joined(lines: Sequence[str]) -> str:
    return " ".join(lines)[:_MAX_CHARACTERS]
