"""E-mail addresses: from what a client writes to one checked mailbox."""

import re
from typing import Final

import idna
from email_validator import EmailNotValidError, validate_email

from gateway.core.errors import FieldError, Flaw
from gateway.core.message import Mailbox
from gateway.core.text import check_line

MAX_NAME: Final = 128  # characters; a display name travels in one folded header line
MAX_MAILBOX: Final = 512  # characters: the longest address is 254 (RFC 5321 §4.5.3.1.3), plus name and quotes

_ANGLE: Final = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_QUOTED: Final = re.compile(r'"(?P<inside>(?:[^"\\]|\\.)*)"')


def parse_mailbox(field: str, text: str) -> Mailbox:
    """Read an address or `Name <address>` (RFC 5322 §3.4 without groups); comments are dropped.

    Raises FieldError with `field` and no value.
    """
    check_line(field, text)
    if len(text) > MAX_MAILBOX:
        raise FieldError(field, Flaw.TOO_LONG)
    bare = _drop_comments(field, text).strip() if "(" in text else text.strip()
    if "<" not in bare:
        return Mailbox(_check_address(field, bare))
    name_part, address_part = _split_angle(field, bare)
    return Mailbox(_check_address(field, address_part.strip()), _read_name(field, name_part.strip()))


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

    Local parts are compared without case: two that differ in case alone are one mailbox in practice.
    """
    allowed_local, _, allowed_domain = pattern.casefold().rpartition("@")
    local, _, domain = address.casefold().rpartition("@")
    if allowed_local not in {"*", local}:
        return False
    domain, allowed_domain = ascii_domain(domain), allowed_domain.removeprefix("@")
    if allowed_domain.startswith("*."):
        return domain.endswith("." + ascii_domain(allowed_domain[2:]))
    return domain == ascii_domain(allowed_domain)


def _split_angle(field: str, bare: str) -> tuple[str, str]:
    quoted = _QUOTED.match(bare)
    start = quoted.end() if quoted else 0
    angle = _ANGLE.fullmatch(bare, start)
    if angle is None:
        raise FieldError(field, Flaw.ONE_ADDRESS)
    return bare[:start] + angle["name"], angle["address"]


def _read_name(field: str, raw: str) -> str:
    quoted = _QUOTED.fullmatch(raw)
    if quoted:
        name = re.sub(r"\\(.)", r"\1", quoted["inside"])
    elif "@" in raw or '"' in raw:  # a second address, or half a quoted string
        raise FieldError(field, Flaw.ONE_ADDRESS)
    else:
        name = raw
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
    try:
        checked = validate_email(
            address,
            check_deliverability=False,
            allow_quoted_local=True,
            # Domains for special use reach a smarthost of one's own; what stays required is a dot, below.
            globally_deliverable=False,
        )
    except EmailNotValidError:
        raise FieldError(field, Flaw.ADDRESS) from None
    if "." not in checked.domain:
        raise FieldError(field, Flaw.ADDRESS)
    return checked.normalized
