"""The documented fields and their limits: members become an Email or an Sms, and nothing else survives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from gateway.core.address import parse_mailbox
from gateway.core.errors import FieldError, Flaw
from gateway.core.message import DOCUMENTED_FIELDS, Channel, Email, Mailbox, Message, Sms
from gateway.core.phone import parse_phone, parse_sender_id
from gateway.core.plain import plain
from gateway.core.text import check_line, check_text
from gateway.settings import Settings

T = TypeVar("T")

_MAX_UTF8: Final = 4  # bytes a character (RFC 3629)


@dataclass(frozen=True, slots=True)
class FieldLimits:
    """`max_subject` is in characters, `max_text` (of a mail) in bytes of UTF-8.

    National numbers are read in `default_region` (ISO 3166 alpha-2); `smart_encoding` makes typographic marks of an SMS
    plain.
    """

    default_region: str
    max_subject: int
    max_text: int
    smart_encoding: bool = False


def field_limits(settings: Settings) -> FieldLimits:
    """Return the limits that the settings make."""
    return FieldLimits(
        settings.sms.default_region, settings.email.max_subject, settings.email.max_text, settings.sms.smart_encoding
    )


def count_undocumented(members: Mapping[str, object], channel: Channel) -> int:
    """Return how many members are no documented field of this channel."""
    return len(members) - sum(map(members.__contains__, DOCUMENTED_FIELDS[channel]))


def read_message(
    members: Mapping[str, object], channel: Channel, limits: FieldLimits
) -> Message | tuple[FieldError, ...]:
    """Return the message that the documented members make, or everything that is wrong with them."""
    return read_sms(members, limits) if channel is Channel.SMS else read_email(members, limits)


def read_email(
    members: Mapping[str, object], limits: FieldLimits, *, recipient: Mailbox | None = None
) -> Email | tuple[FieldError, ...]:
    """Read `sender`, `recipient` (unless it is given, checked), `subject` (may be empty) and `text` (may be empty)."""
    errors: list[FieldError] = []
    sender = _read(members, "sender", _mailbox, limits, errors)
    recipient = recipient or _read(members, "recipient", _mailbox, limits, errors)
    subject = _read(members, "subject", _subject, limits, errors)
    text = _read(members, "text", _mail_text, limits, errors)
    if sender is None or recipient is None or subject is None or text is None:
        return tuple(errors)
    return Email(sender, recipient, subject, text)


def read_sms(members: Mapping[str, object], limits: FieldLimits) -> Sms | tuple[FieldError, ...]:
    """Read `recipient`, `text` and `sender_id`, which may be missing or null."""
    errors: list[FieldError] = []
    recipient = _read(members, "recipient", _phone, limits, errors)
    text = _read(members, "text", _sms_text, limits, errors)
    sender_id = None
    if members.get("sender_id") is not None:
        sender_id = _read(members, "sender_id", _sender_id, limits, errors)
    if recipient is None or text is None or errors:
        return tuple(errors)
    return Sms(recipient, text, sender_id)


def _read(
    members: Mapping[str, object],
    name: str,
    check: Callable[[str, str, FieldLimits], T],
    limits: FieldLimits,
    errors: list[FieldError],
) -> T | None:
    value = members.get(name)
    if not isinstance(value, str):
        errors.append(FieldError(name, Flaw.NOT_TEXT if name in members else Flaw.MISSING))
        return None
    try:
        return check(name, value, limits)
    except FieldError as error:
        # Without the traceback, whose frames hold the value.
        errors.append(FieldError(error.field, error.flaw))
        return None


def _mailbox(name: str, value: str, _limits: FieldLimits) -> Mailbox:
    return parse_mailbox(name, value)


def _subject(name: str, value: str, limits: FieldLimits) -> str:
    check_line(name, value)
    if len(value) > limits.max_subject:
        raise FieldError(name, Flaw.TOO_LONG)
    return value


def _mail_text(name: str, value: str, limits: FieldLimits) -> str:
    check_text(name, value)
    if len(value) * _MAX_UTF8 > limits.max_text and len(value.encode()) > limits.max_text:
        raise FieldError(name, Flaw.TOO_LONG)
    return value


def _sms_text(name: str, value: str, limits: FieldLimits) -> str:
    check_text(name, value)
    if not value:
        raise FieldError(name, Flaw.EMPTY)
    return plain(value) if limits.smart_encoding else value


def _phone(name: str, value: str, limits: FieldLimits) -> str:
    return parse_phone(name, value, limits.default_region)


def _sender_id(name: str, value: str, limits: FieldLimits) -> str:
    return parse_sender_id(name, value, limits.default_region)
