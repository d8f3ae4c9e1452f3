"""The arguments of MAIL and RCPT: a path and parameters (RFC 5321 §4.1.1.11, §4.1.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.core.errors import FieldError
from gateway.core.moment import parse_moment
from gateway.intake.smtp.reply import BAD_ARGUMENT, HOLD_TOO_LONG, TOO_LARGE, UNKNOWN_PARAMETER, Reply
from gateway.intake.times import Times

# A source route is ignored (RFC 5321 §4.1.1.3); without brackets an address is what some devices write.
_PATH: Final = re.compile(
    r'<(?:@[^:<>\s]+:)?(?P<path>(?:"(?:[^"\\]|\\.)*"|[^"<>\s])*)>|(?P<bare>[^<>\s"=]+@[^<>\s"=]+)'
)
_PARAMETER: Final = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9-]*)(?:=(?P<value>[^\s=]+(?:=[^\s]*)?))?", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,20}", re.ASCII)
_SECONDS: Final = re.compile(r"[1-9]\d{0,8}", re.ASCII)  # RFC 4865 §4.1, RFC 2852 §4
_BY: Final = re.compile(r"(?P<seconds>[1-9]\d{0,8});RT?", re.ASCII | re.IGNORECASE)
_KNOWN: Final = frozenset({"SIZE", "BODY", "SMTPUTF8", "AUTH", "HOLDFOR", "HOLDUNTIL", "BY"})


@dataclass(frozen=True, slots=True, repr=False)
class Path:
    """An address as it stands between the brackets, and the parameters behind it by their upper-case names."""

    address: str
    parameters: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The largest mail in octets, and the seconds that one may be held at most; `now` is seconds since 1970 UTC."""

    max_size: int
    max_hold: int
    now: int


@dataclass(frozen=True, slots=True, repr=False)
class Opening:
    """What MAIL says: the reverse path (empty for `<>`), whether addresses may be outside ASCII, and times."""

    sender: str
    smtputf8: bool
    times: Times


def read_mail_argument(argument: str, bounds: Bounds) -> Opening | Reply:
    """Read `FROM:<path> [parameters]`."""
    path = _read_path(argument, "FROM:")
    if path is None:
        return BAD_ARGUMENT
    parameters = path.parameters
    if not parameters.keys() <= _KNOWN:
        return UNKNOWN_PARAMETER
    if not _are_well_formed(parameters):
        return BAD_ARGUMENT
    if int(parameters.get("SIZE") or 0) > bounds.max_size:
        return TOO_LARGE
    times = _read_times(parameters, bounds)
    return times if isinstance(times, Reply) else Opening(path.address, "SMTPUTF8" in parameters, times)


def read_rcpt_argument(argument: str) -> str | Reply:
    """Read `TO:<path>`, which has no parameters here; returns the address, which may be anything yet."""
    path = _read_path(argument, "TO:")
    if path is None:
        return BAD_ARGUMENT
    return UNKNOWN_PARAMETER if path.parameters else path.address


def _read_path(argument: str, keyword: str) -> Path | None:
    if argument[: len(keyword)].upper() != keyword:
        return None
    rest = argument[len(keyword) :].strip(" ")
    found = _PATH.match(rest)
    if found is None:
        return None
    behind = rest[found.end() :]
    parameters = _read_parameters(behind)
    if parameters is None or (behind and behind[0] != " "):
        return None
    return Path(found["path"] if found["bare"] is None else found["bare"], parameters)


def _read_parameters(text: str) -> dict[str, str | None] | None:
    parameters: dict[str, str | None] = {}
    for word in text.split():
        found = _PARAMETER.fullmatch(word)
        if found is None or found["name"].upper() in parameters:
            return None
        parameters[found["name"].upper()] = found["value"]
    return parameters


def _are_well_formed(parameters: Mapping[str, str | None]) -> bool:
    size = parameters.get("SIZE", "0")
    body = parameters.get("BODY", "7BIT")
    return (
        size is not None
        and _NUMBER.fullmatch(size) is not None
        and body is not None
        and body.upper() in {"7BIT", "8BITMIME"}
        and parameters.get("SMTPUTF8") is None
        # Who the client's user is (RFC 4954 §5) is read over; the client logged in itself.
        and parameters.get("AUTH", "<>") is not None
    )


def _read_times(parameters: Mapping[str, str | None], bounds: Bounds) -> Times | Reply:
    """Read HOLDFOR and HOLDUNTIL (RFC 4865), and BY with the mode that returns (RFC 2852)."""
    if "HOLDFOR" in parameters and "HOLDUNTIL" in parameters:
        return BAD_ARGUMENT
    send_at: int | None = None
    if "HOLDFOR" in parameters:
        seconds = parameters["HOLDFOR"] or ""
        if _SECONDS.fullmatch(seconds) is None:
            return BAD_ARGUMENT
        send_at = bounds.now + int(seconds)
    elif "HOLDUNTIL" in parameters:
        try:
            # What is past is due now.
            send_at = max(bounds.now, parse_moment("send_at", parameters["HOLDUNTIL"] or "", round_up=True))
        except FieldError:
            return BAD_ARGUMENT
    if send_at is not None and send_at > bounds.now + bounds.max_hold:
        return HOLD_TOO_LONG
    if "BY" not in parameters:
        return Times(send_at)
    # Mode N asks for a notice of delay, which never comes from here: it is not believed to be kept.
    by = _BY.fullmatch(parameters["BY"] or "")
    expires_at = 0 if by is None else bounds.now + int(by["seconds"])
    return Times(send_at, expires_at) if expires_at > (send_at or bounds.now) else BAD_ARGUMENT
