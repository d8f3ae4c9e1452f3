"""The two messages: nothing but the documented fields, and a repr without values."""

import re
from enum import StrEnum
from typing import Final

from gateway.core.record import Hidden


class Channel(StrEnum):
    """The way a message travels."""

    EMAIL = "email"
    SMS = "sms"


# What RFC 5322 §3.2.3 gives a meaning in a display name, so that it has to be quoted.
_SPECIALS: Final = re.compile(r'[()<>\[\]:;@\\,."]')


class Mailbox(Hidden, frozen=True, gc=False):
    """An e-mail address with an optional display name; an internationalised domain is in U-labels (RFC 5890).

    Both are checked in `core.address`: no control characters, no line breaks, no comments.
    """

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """What stands behind the last @."""
        return self.address.rpartition("@")[2]

    def __str__(self) -> str:
        """Return `Name <address>`, the name quoted where it has to be (RFC 5322 §3.4), or the address alone."""
        if not self.name:
            return self.address
        name = self.name
        if _SPECIALS.search(name):
            name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{name} <{self.address}>"


class Email(Hidden, frozen=True, gc=False):
    """One e-mail to one recipient."""

    sender: Mailbox
    recipient: Mailbox
    subject: str
    text: str


class Sms(Hidden, frozen=True, gc=False):
    """One text message to one recipient; `recipient` is E.164 with `+`, `sender_id` is given only if allowed."""

    recipient: str
    text: str
    sender_id: str | None = None


Message = Email | Sms

DOCUMENTED_FIELDS: Final[dict[Channel, tuple[str, ...]]] = {
    Channel.EMAIL: ("sender", "recipient", "subject", "text"),
    Channel.SMS: ("recipient", "text", "sender_id"),
}


def channel_of(message: Message) -> Channel:
    """Return the channel that a message travels on."""
    return Channel.EMAIL if isinstance(message, Email) else Channel.SMS
