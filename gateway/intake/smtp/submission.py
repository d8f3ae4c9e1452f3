"""From one transaction to messages: what each recipient is, and what the door says to all of them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from gateway.core.address import matches_sender, parse_mailbox
from gateway.core.errors import FieldError
from gateway.core.message import Channel, Email, Mailbox, Message, Sms
from gateway.intake.accept import Door
from gateway.intake.fields import FieldLimits, read_email, read_sms
from gateway.intake.refusal import Refused
from gateway.intake.smtp.mail import Mail, read_mail
from gateway.intake.smtp.reply import (
    ATTACHMENT,
    BAD_RECIPIENT,
    BAD_SENDER,
    NEEDS_SMTPUTF8,
    NO_TEXT,
    NOT_ALLOWED,
    SENDER_NOT_ALLOWED,
    Reply,
    accepted,
    of_errors,
    of_refused,
)
from gateway.intake.smtp.short import IN_SUBJECT, local_part_in, read_number, shorten
from gateway.intake.times import Times
from gateway.metrics import Metrics
from gateway.spool.clients import Client

# Octets from which on a mail is read beside the loop: it would keep everyone waiting.
_LARGE: Final = 16 * 1024
_READERS: Final = 2


@dataclass(frozen=True, slots=True, repr=False)
class Phone:
    """A recipient by number in E.164; None: the number stands in the subject."""

    number: str | None


Recipient = Mailbox | Phone


@dataclass(slots=True, repr=False)
class Transaction:
    """What was said since MAIL: whose mail it is, the reverse path, the times, and the recipients, each once."""

    client: Client
    sender: str
    smtputf8: bool
    times: Times
    recipients: list[Recipient] = field(default_factory=list)
    was_refused: bool = False


class Submissions:
    """Makes messages of mail and brings them through the door; `sms_domain` is in A-labels, None for no SMS."""

    def __init__(self, door: Door, metrics: Metrics, fields: FieldLimits, sms_domain: str | None) -> None:
        self._door = door
        self._metrics = metrics
        self._fields = fields
        self._sms_domain = sms_domain
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="mail")

    def configure(self, fields: FieldLimits) -> None:
        """Follow other limits from the next mail on."""
        self._fields = fields

    def close(self) -> None:
        """Let go of the threads; a mail that is being read is read to its end."""
        self._readers.shutdown(wait=False, cancel_futures=True)

    def refusal_of_sender(self, client: Client, sender: str) -> Reply | None:
        """Say why this client may not use this reverse path, if so; it goes nowhere, and `<>` is nobody's."""
        if sender and not all(sender.rpartition("@")):
            return BAD_SENDER
        if sender and client.senders and not any(matches_sender(pattern, sender) for pattern in client.senders):
            return SENDER_NOT_ALLOWED
        return None

    def read_recipient(self, transaction: Transaction, address: str) -> Recipient | Reply:
        """Return who or which number this is, or why nothing can be sent there by this client."""
        client = transaction.client
        if not address.isascii() and not transaction.smtputf8:
            return NEEDS_SMTPUTF8
        local = local_part_in(self._sms_domain, address)
        recipient = self._mailbox(address) if local is None else self._phone(local)
        if recipient is None:
            return BAD_RECIPIENT
        channel = Channel.EMAIL if isinstance(recipient, Mailbox) else Channel.SMS
        if channel not in client.channels:
            return NOT_ALLOWED
        if isinstance(recipient, Mailbox):
            refused = self._door.refusal_of_mailbox(recipient.address)
        else:
            refused = self._door.refusal(client, (Sms(recipient.number, "?"),) if recipient.number else ())
        return recipient if refused is None else of_refused(refused)

    async def submit(self, transaction: Transaction, content: bytes) -> Reply:
        """Accept a mail for all its recipients or for none; what the reply promises is on stable storage."""
        mail = await self._read(content)
        if isinstance(mail, Reply):
            return mail
        messages = self._messages(transaction, mail)
        if isinstance(messages, Reply):
            return messages
        statuses = await self._door.accept_all(
            transaction.client, messages, stripped=mail.stripped, times=transaction.times
        )
        if isinstance(statuses, Refused):
            return of_refused(statuses)
        for status in statuses:
            self._metrics.accepted(status.channel)
        if mail.stripped:
            self._metrics.stripped("smtp", mail.stripped)
        return accepted(len(statuses), statuses[0].id)

    async def _read(self, content: bytes) -> Mail | Reply:
        if len(content) < _LARGE:
            return read_mail(content)
        return await asyncio.get_running_loop().run_in_executor(self._readers, read_mail, content)

    def _messages(self, transaction: Transaction, mail: Mail) -> list[Message] | Reply:
        client = transaction.client
        if mail.text is None:
            return NO_TEXT
        if mail.has_attachment and client.on_attachment == "reject":
            return ATTACHMENT
        messages: list[Message] = []
        email: Email | None = None  # all that differs between those to mailboxes is the recipient
        for recipient in transaction.recipients:
            message: Message | Reply
            if isinstance(recipient, Phone):
                message = self._sms(client, recipient, mail)
            elif email is None:
                message = self._email(transaction.sender, recipient, mail)
            else:
                message = Email(email.sender, recipient, email.subject, email.text)
            if isinstance(message, Reply):
                return message
            if isinstance(message, Email):
                email = message
            messages.append(message)
        return messages

    def _email(self, reverse_path: str, recipient: Mailbox, mail: Mail) -> Email | Reply:
        # A device that writes no From is its reverse path (RFC 6409 §8 lets a submission server add it).
        sender = mail.sender.text if mail.sender else reverse_path
        members = {"sender": sender, "subject": mail.subject, "text": mail.text}
        email = read_email(members, self._fields, recipient=recipient)
        return of_errors(email) if isinstance(email, tuple) else email

    def _sms(self, client: Client, recipient: Phone, mail: Mail) -> Sms | Reply:
        number = recipient.number or read_number(mail.subject, self._fields.default_region)
        if number is None:
            return BAD_RECIPIENT
        members = {
            "recipient": number,
            "text": shorten(mail.text or "", is_rendered=mail.is_rendered),
            "sender_id": _sender_id(client, mail),
        }
        sms = read_sms(members, self._fields)
        return of_errors(sms) if isinstance(sms, tuple) else sms

    def _mailbox(self, address: str) -> Mailbox | None:
        try:
            return parse_mailbox("recipient", address)
        except FieldError:
            return None

    def _phone(self, local: str) -> Phone | None:
        if local.lower() == IN_SUBJECT:
            return Phone(None)
        number = read_number(local, self._fields.default_region)
        return None if number is None else Phone(number)


def _sender_id(client: Client, mail: Mail) -> str | None:
    """Return the one of the client's sender IDs that From is named by, else its first; None where it has none."""
    name = mail.sender.name if mail.sender else ""
    return name if name in client.sender_ids else next(iter(client.sender_ids), None)
