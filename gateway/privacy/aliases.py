"""Aliases: what a mail shows as its sender where its client has not agreed to show its own address."""

import base64

from gateway.core.message import Email, Mailbox, Message
from gateway.privacy.pseudonyms import Pseudonyms, TagPurpose
from gateway.spool.clients import Client

ALIAS = "alias"

# Bytes of the tag that are written: 80 bits, so that no two clients ever meet and nobody guesses one.
_BYTES = 10


class Aliases:
    """Replaces senders by addresses of `domain`, one a client and month; None: there is no such domain.

    An alias leads nowhere: nothing is kept by which it could be turned back, and when the month's key is destroyed
    nobody can make it again.
    """

    def __init__(self, pseudonyms: Pseudonyms, domain: str | None) -> None:
        self._pseudonyms = pseudonyms
        self._domain = domain

    def can_show(self, client: Client, message: Message) -> bool:
        """Whether there is anything that may be shown as the message's sender."""
        return self._domain is not None or not _is_hidden(client, message)

    def hides(self, client: Client) -> bool:
        """Whether a client's mail goes out under an alias."""
        return client.sender_disclosure == ALIAS

    def hidden(self, client: Client, message: Message) -> Message:
        """Return the message as it will leave but for the letters before the @, which no route goes by."""
        return self._under("alias", message) if _is_hidden(client, message) else message

    def shown(self, client: Client, message: Message, now: int) -> Message:
        """Return the message as it may leave: without its sender's address and name where the client hides them.

        Raises KeyringError.
        """
        if not _is_hidden(client, message):
            return message
        tag = self._pseudonyms.tag("", TagPurpose.ALIAS, client_id=client.id, now=now)
        local = base64.b32encode(tag.value[:_BYTES]).decode("ascii").lower()
        return self._under(local, message)

    def _under(self, local: str, message: Message) -> Message:
        # Without a domain `can_show` has said no; what is wrongly asked for all the same must not show the sender.
        assert isinstance(message, Email)  # noqa: S101 (for the type alone: see `_is_hidden`)
        sender = Mailbox(f"{local}@{self._domain or 'gateway.invalid'}")
        return Email(sender, message.recipient, message.subject, message.text)


def _is_hidden(client: Client, message: Message) -> bool:
    return isinstance(message, Email) and client.sender_disclosure == ALIAS
