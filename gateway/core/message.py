"""The two messages: nothing but the documented fields, and a repr without values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Channel(StrEnum):
    """The way a message travels."""

    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True, repr=False)
class Mailbox:
    """An e-mail address with an optional display name; `domain` is in A-labels (RFC 5890) unless internationalised.

    Both are checked in `core.address`: no control characters, no line breaks, no comments.
    """

    address: str
    name: str = ""

    def __repr__(self) -> str:
        """Show that there is an address, not which."""
        return "Mailbox(…)"

    @property
    def domain(self) -> str:
        """What stands behind the last @."""
        return self.address.rpartition("@")[2]

    def __str__(self) -> str:
        """Return `Name <address>`, or the address alone."""
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True, repr=False)
class Email:
    """One e-mail to one recipient."""

    sender: Mailbox
    recipient: Mailbox
    subject: str
    text: str

    def __repr__(self) -> str:
        """Show the type alone."""
        return "Email(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Sms:
    """One text message to one recipient; `recipient` is E.164 with `+`, `sender_id` is given only if allowed."""

    recipient: str
    text: str
    sender_id: str | None = None

    def __repr__(self) -> str:
        """Show the type alone."""
        return "Sms(…)"


Message = Email | Sms

DOCUMENTED_FIELDS: Final[dict[Channel, tuple[str, ...]]] = {
    Channel.EMAIL: ("sender", "recipient", "subject", "text"),
    Channel.SMS: ("recipient", "text", "sender_id"),
}


def channel_of(message: Message) -> Channel:
    """Return the channel that a message travels on."""
    return Channel.EMAIL if isinstance(message, Email) else Channel.SMS
