"""The placeholders that stand for a message: the closed list, each with the documented field that it discloses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.provider import Channel, Encoding, Mailbox, Sms, segments

REFERENCE: Final = "reference"  # our opaque random reference: every channel has it
CALLBACK_URL: Final = "callback_url"  # where the vendor may tell of a message; nothing where it may not
ALPHABET: Final = "alphabet"  # these two stand for words of the vendor's, as [words] has them
SENDER_KIND: Final = "sender_kind"
PROVIDER_REF: Final = "provider_ref"  # the vendor's own id, in a question about a message


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What a name stands for: the documented field it discloses, and how its value is read from a message.

    None is the value of what was not given.
    """

    field: str
    read: Callable[[Any], str | int | None]


def _digits(number: str) -> str:
    return number.removeprefix("+")


def _sender_digits(sender_id: str | None) -> str | None:
    """Return a numeric sender without its plus; one with letters has none."""
    return None if sender_id is None else _digits(sender_id)


def _alphabet(sms: Sms) -> str:
    return "gsm7" if segments(sms.text).encoding is Encoding.GSM7 else "unicode"


def _sender_kind(sender_id: str | None) -> str | None:
    if sender_id is None:
        return None
    return "number" if _digits(sender_id).isdecimal() else "letters"


def _gsm7(sms: Sms) -> str | None:
    return sms.text if _alphabet(sms) == "gsm7" else None


def _utf16_hex(sms: Sms) -> str | None:
    return None if _alphabet(sms) == "gsm7" else sms.text.encode("utf-16-be").hex()


def _written(mailbox: Mailbox) -> str:
    """Return `"Name" <address>` (RFC 5322 §3.4), always quoted: a name cannot end the name."""
    name = mailbox.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{mailbox.address}>' if name else mailbox.address


PLACEHOLDERS: Final[Mapping[Channel, Mapping[str, Placeholder]]] = {
    Channel.SMS: {
        "recipient": Placeholder("recipient", lambda sms: sms.recipient),
        "recipient_digits": Placeholder("recipient", lambda sms: _digits(sms.recipient)),
        "recipient_00": Placeholder("recipient", lambda sms: "00" + _digits(sms.recipient)),
        "recipient_integer": Placeholder("recipient", lambda sms: int(_digits(sms.recipient))),
        "text": Placeholder("text", lambda sms: sms.text),
        "text_gsm7": Placeholder("text", _gsm7),
        "text_utf16_hex": Placeholder("text", _utf16_hex),
        ALPHABET: Placeholder("text", _alphabet),
        "sender_id": Placeholder("sender_id", lambda sms: sms.sender_id),
        "sender_id_digits": Placeholder("sender_id", lambda sms: _sender_digits(sms.sender_id)),
        SENDER_KIND: Placeholder("sender_id", lambda sms: _sender_kind(sms.sender_id)),
    },
    Channel.EMAIL: {
        "sender": Placeholder("sender", lambda mail: _written(mail.sender)),
        "sender_address": Placeholder("sender", lambda mail: mail.sender.address),
        "sender_name": Placeholder("sender", lambda mail: mail.sender.name or None),
        "recipient": Placeholder("recipient", lambda mail: _written(mail.recipient)),
        "recipient_address": Placeholder("recipient", lambda mail: mail.recipient.address),
        "recipient_name": Placeholder("recipient", lambda mail: mail.recipient.name or None),
        "subject": Placeholder("subject", lambda mail: mail.subject),
        "text": Placeholder("text", lambda mail: mail.text),
    },
}
