"""E-mail addresses: from what a client writes to one checked mailbox."""

import re
from typing import Final

import idna
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from gateway.core.errors import FieldError, Flaw
from gateway.core.message import Mailbox
from gateway.core.text import check_line

MAX_NAME: Final = 128  # characters; a display name travels in one folded header line
MAX_MAILBOX: Final = 512  # characters: the longest address is 254 (RFC 5321 §4.5.3.1.3), plus name and quotes

# The library's own switch: `.test`, `.local` and their kin reach a smarthost of one's own, so they are no mistake here.
SPECIAL_USE_DOMAIN_NAMES.clear()

# What the library has nothing to say about, at a twentieth of its price; held against it by a test. Lower case, because
# some names are changed to it; no two hyphens in a row, which may begin an A-label.
_PLAIN: Final = re.compile(
    r"(?=[^@]{1,64}@.{1,189}\Z)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?!.*--)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z])?"
)
_QUOTED: Final = r'"((?:[^"\\]|\\.)*)"'
_QUOTED_STRING: Final = re.compile(_QUOTED)
_NAMED: Final = re.compile(rf'(?P<name>(?:{_QUOTED}|[^"<>])*)<(?P<address>(?:{_QUOTED}|[^"<>])*)>')
_PHRASE: Final = re.compile(rf'(?:{_QUOTED}|[^"@])*')


def parse_mailbox(field: str, text: str) -> Mailbox:
    """Read an address or `Name <address>` (RFC 5322 §3.4 without groups); comments are dropped.

    Raises FieldError with `field` and no value.
    """
    check_line(field, text)
    if len(text) > MAX_MAILBOX:
        raise FieldError(field, Flaw.TOO_LONG)
    bare = _drop_comments(field, text).strip() if "(" in text else text.strip()
    named = _NAMED.fullmatch(bare) if "<" in bare else None
    if named:
        return Mailbox(_check_address(field, named["address"].strip()), _read_name(field, named["name"]))
    if "<" in _QUOTED_STRING.sub("", bare):
        raise FieldError(field, Flaw.ONE_ADDRESS)
    return Mailbox(_check_address(field, bare))


def ascii_address(address: str) -> str | None:
    """Return the address with its domain in A-labels (RFC 5890), or None if its local part is not ASCII."""
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        return None
    return address if domain.isascii() else f"{local}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """Return a checked domain in A-labels (RFC 5891), lower case."""
    return domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")


def matches_sender(pattern: str, address: str) -> bool:
    """Whether an address falls under a client's pattern: `*@domain`, `*@*.domain` or one whole address.

    Local parts are compared without case: two that differ in case alone are one mailbox in practice. A pattern that
    is none of these matches nothing.
    """
    allowed_local, _, allowed_domain = pattern.rpartition("@")
    local, _, domain = address.rpartition("@")
    if allowed_local != "*" and allowed_local.casefold() != local.casefold():
        return False
    try:
        # Compared in A-labels, never case-folded: that would make one domain of `straße.example` and `strasse.example`.
        if allowed_domain.startswith("*."):
            return ascii_domain(domain).endswith("." + ascii_domain(allowed_domain[2:]))
        return ascii_domain(domain) == ascii_domain(allowed_domain)
    except idna.IDNAError:
        return False


def _read_name(field: str, raw: str) -> str:
    if not _PHRASE.fullmatch(raw):  # a second address, or half a quoted string
        raise FieldError(field, Flaw.ONE_ADDRESS)
    name = _QUOTED_STRING.sub(lambda quoted: re.sub(r"\\(.)", r"\1", quoted[1]), raw)
    name = " ".join(name.split())
    if len(name) > MAX_NAME:
        raise FieldError(field, Flaw.TOO_LONG)
    return name


def _drop_comments(field: str, text: str) -> str:
    """Remove comments, nested too (RFC 5322 §3.2.2): people's machines are named in them."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in text:
        if escaped:
            escaped = False
        elif char == "\\" and (quoted or depth):
            escaped = True
        elif char == '"' and not depth:
            quoted = not quoted
        elif char == "(" and not quoted:
            depth += 1
        elif char == ")" and not quoted and depth:
            depth -= 1
            continue
        if not depth:
            kept.append(char)
    if depth:
        raise FieldError(field, Flaw.ADDRESS)
    return "".join(kept)


def _check_address(field: str, address: str) -> str:
    if _PLAIN.fullmatch(address):
        return address
    try:
        checked = validate_email(
            address,
            check_deliverability=False,
            allow_quoted_local=True,
            # Asks for a dot, and for a top-level domain that is no number.
            globally_deliverable=True,
        )
    except EmailNotValidError:
        raise FieldError(field, Flaw.ADDRESS) from None
    return checked.normalized
