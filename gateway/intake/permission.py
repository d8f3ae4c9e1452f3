"""What a client may send: its channels, senders, sender IDs and countries."""

from gateway.core.address import matches_sender
from gateway.core.errors import FieldError, Flaw
from gateway.core.message import Channel, Email, Message, Sms
from gateway.core.phone import country_of
from gateway.spool.clients import Client


def forbidden_fields(client: Client, message: Message, channel: Channel) -> tuple[FieldError, ...]:
    """Return what a client may not send of a message; `channel` alone where it may not use that at all.

    Without a list any sender is the client's and any country is open, but no sender ID is given.
    """
    if channel not in client.channels:
        return (FieldError("channel", Flaw.NOT_ALLOWED),)
    if isinstance(message, Email):
        return _of_email(client, message) if client.senders else ()
    return _of_sms(client, message) if client.countries or message.sender_id is not None else ()


def _of_email(client: Client, email: Email) -> tuple[FieldError, ...]:
    if not any(matches_sender(pattern, email.sender.address) for pattern in client.senders):
        return (FieldError("sender", Flaw.NOT_ALLOWED),)
    return ()


def _of_sms(client: Client, sms: Sms) -> tuple[FieldError, ...]:
    errors = []
    if sms.sender_id is not None and sms.sender_id not in client.sender_ids:
        errors.append(FieldError("sender_id", Flaw.NOT_ALLOWED))
    if client.countries and country_of(sms.recipient) not in client.countries:
        errors.append(FieldError("recipient", Flaw.COUNTRY))
    return tuple(errors)
