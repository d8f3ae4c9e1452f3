"""MAIL, RCPT, DATA and BDAT (RFC 5321, RFC 3030): one mail of one connection at a time."""

import re
from typing import Final

from gateway.intake.smtp import reply as say
from gateway.intake.smtp.argument import Bounds, read_mail_argument, read_rcpt_argument
from gateway.intake.smtp.content import refusal_of
from gateway.intake.smtp.house import House
from gateway.intake.smtp.login import Login
from gateway.intake.smtp.reply import Reply
from gateway.intake.smtp.submission import Transaction
from gateway.intake.smtp.wire import Wire

_CHUNK: Final = re.compile(r"(?P<size>\d{1,10})(?P<last> +LAST)?", re.ASCII | re.IGNORECASE)
_GO_ON: Final = b"354 end with a dot alone on a line\r\n"


class Envelope:
    """The mail that is being said, from MAIL to the reply that follows its content."""

    def __init__(self, house: House, wire: Wire) -> None:
        self._house = house
        self._wire = wire
        self._transaction: Transaction | None = None
        self._chunks: list[bytes] = []

    @property
    def is_open(self) -> bool:
        """Whether MAIL was accepted and its mail is not over yet."""
        return self._transaction is not None

    def close(self) -> None:
        """Forget the mail that was being said."""
        self._house.room.give_back(sum(map(len, self._chunks)))
        self._transaction, self._chunks = None, []

    async def mail(self, argument: str, login: Login) -> Reply:
        """Answer MAIL."""
        house = self._house
        client = await login.client()
        if isinstance(client, Reply):
            return client
        opening = read_mail_argument(argument, Bounds(house.max_size, house.max_hold, house.clock()))
        if isinstance(opening, Reply):
            return opening
        if not opening.sender.isascii() and not opening.smtputf8:
            return say.NEEDS_SMTPUTF8
        refusal = house.submissions.refusal_of_sender(client, opening.sender)
        if refusal is not None:
            return refusal
        self._transaction = Transaction(client, opening.sender, opening.smtputf8, opening.times)
        return say.SENDER_OK

    async def rcpt(self, argument: str) -> Reply:
        """Answer RCPT: each recipient has its own reply."""
        transaction = self._transaction
        if transaction is None or self._chunks:
            return say.OUT_OF_ORDER
        if len(transaction.recipients) >= self._house.max_recipients:
            return say.TOO_MANY_RECIPIENTS
        address = read_rcpt_argument(argument)
        if isinstance(address, Reply):
            return address
        recipient = self._house.submissions.read_recipient(transaction, address)
        if isinstance(recipient, Reply):
            transaction.was_refused = True
            return recipient
        if recipient not in transaction.recipients:
            transaction.recipients.append(recipient)
        return say.RECIPIENT_OK

    async def data(self, argument: str) -> Reply:
        """Answer DATA, and the content behind it."""
        if argument:
            return say.BAD_ARGUMENT
        transaction = self._ready()
        if isinstance(transaction, Reply) or self._chunks:
            return transaction if isinstance(transaction, Reply) else say.OUT_OF_ORDER
        if self._wire.has_more:
            return say.TALKED_AHEAD
        self._wire.say(_GO_ON)
        content = await self._wire.read_data()
        if isinstance(content, Reply):
            self.close()
            return content
        self._chunks.append(content)
        return await self._submit(transaction)

    async def bdat(self, argument: str) -> Reply:
        """Answer BDAT, whose octets have come or are under way whatever the reply."""
        found = _CHUNK.fullmatch(argument)
        if found is None:
            return say.BAD_CHUNK
        size = int(found["size"])
        transaction = self._ready()
        if sum(map(len, self._chunks)) + size > self._house.max_size:
            transaction = say.TOO_LARGE
        if isinstance(transaction, Reply):
            self.close()
            return await self._wire.skip(size) or transaction
        chunk = await self._wire.read_chunk(size)
        if isinstance(chunk, Reply):
            self.close()
            return chunk
        self._chunks.append(chunk)
        return await self._submit(transaction) if found["last"] else say.OK

    def _ready(self) -> Transaction | Reply:
        """Return the transaction that a content may follow."""
        transaction = self._transaction
        if transaction is None:
            return say.OUT_OF_ORDER
        if not transaction.recipients:
            return say.NO_RECIPIENTS if transaction.was_refused else say.OUT_OF_ORDER
        return transaction

    async def _submit(self, transaction: Transaction) -> Reply:
        """Say what becomes of a content that is complete; the mail is over."""
        content = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        try:
            return refusal_of(content) or await self._house.submissions.submit(transaction, content)
        finally:
            self.close()
