"""One SMTP connection, used for one mail after the other."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple, cast

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException

from gateway.provider import Accepted, Blame, Deferred, InDoubt, Outcome, Reason
from providers.smtp_answers import NO_SMTPUTF8, TOO_LARGE, Stage, judge

GOODBYE_WITHIN: Final = 2.0  # seconds that a stop waits for the answer to QUIT

LOST: Final = Deferred(Blame.PROVIDER, Reason.CONNECTION_LOST)
SLOW: Final = Deferred(Blame.PROVIDER, Reason.TIMEOUT)

# RFC 1870 §3: up to 20 digits; what is longer, or no number, tells nothing.
_SIZE: Final = re.compile(r"\d{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A mail in its envelope, ready for the wire; `content` has CRLF line ends only, the last line too."""

    sender: bytes
    recipient: bytes
    content: bytes
    needs_smtputf8: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a hand-over waits, in the event loop's time: until `content` for all before it, until `end` in all."""

    content: float
    end: float


class _Refusal(NamedTuple):
    stage: Stage
    outcome: Outcome


class Session:
    """A greeted connection; of the server's answers it keeps what is offered and codes, never a text.

    `turns` is how many mails were tried on it, `idle_since` when the last one ended (the event loop's time).
    `went_stale`: it had been used before, and ended before a byte of the last mail was taken, as servers do after a
    time or a number of mails; that mail may go over a fresh connection at once.
    """

    def __init__(self, smtp: SMTP) -> None:
        self._smtp = smtp
        size = smtp.esmtp_extensions.get("size")
        self._offers_size = size is not None
        self._max_size = int(size) if size and _SIZE.fullmatch(size) else 0
        self._offers_smtputf8 = smtp.supports_extension("smtputf8")
        self._is_clean = True
        self.turns = 0
        self.idle_since = 0.0
        self.went_stale = False

    @property
    def is_connected(self) -> bool:
        """Whether neither side has hung up, as far as is known here."""
        return self._smtp.is_connected

    async def send(self, letter: Letter, patience: Patience) -> Outcome:
        """Hand one mail over."""
        if letter.needs_smtputf8 and not self._offers_smtputf8:
            return NO_SMTPUTF8
        if 0 < self._max_size < len(letter.content):
            return TOO_LARGE
        self.turns += 1
        try:
            async with asyncio.timeout_at(patience.content):
                refusal = await self._present(letter)
        except TimeoutError:
            self.drop()
            return SLOW
        except asyncio.CancelledError:
            self.drop()
            raise
        if refusal is None:
            return await self.hand_in(letter.content, patience)
        if self.turns > 1 and refusal.stage in {Stage.RSET, Stage.MAIL} and isinstance(refusal.outcome, Deferred):
            self.went_stale = True
            self.drop()
        return refusal.outcome

    async def hand_in(self, content: bytes, patience: Patience) -> Outcome:
        """Send the content after the server's 354 and judge the answer; what is lost from here on is in doubt."""
        protocol = self._smtp.protocol
        if protocol is None or not protocol.is_connected:
            return LOST
        # RFC 5321 §4.5.2; no header begins with a dot, so the first line needs none more.
        protocol.write(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        try:
            async with asyncio.timeout_at(patience.end):
                response = await protocol.read_response()
        except TimeoutError:
            return self._doubt(Reason.TIMEOUT)
        except SMTPResponseException:
            return self._doubt(Reason.UNCLEAR_ANSWER)
        except (SMTPException, OSError):
            return self._doubt(Reason.CONNECTION_LOST)
        except asyncio.CancelledError:
            self.drop()
            raise
        if not _is_of(2, response):
            return self._judge(Stage.CONTENT, response)
        self._is_clean = True
        return Accepted()

    def drop(self) -> None:
        """Cut the connection."""
        cut(self._smtp)

    def leave(self) -> None:
        """Say goodbye, and close without waiting for the answer."""
        protocol = self._smtp.protocol
        if protocol is not None and protocol.is_connected:
            protocol.write(b"QUIT\r\n")
        self._smtp.close()

    async def quit(self) -> None:
        """Say goodbye, and close when it was answered, or not within `GOODBYE_WITHIN`."""
        with suppress(SMTPException, OSError):
            async with asyncio.timeout(GOODBYE_WITHIN):
                await self._smtp.quit()
        self.drop()

    async def _present(self, letter: Letter) -> _Refusal | None:
        """Bring the server to where it wants the content."""
        if not self._is_clean:
            refusal = await self._step(Stage.RSET, 2, b"RSET")
            if refusal is not None:
                return refusal
        self._is_clean = False
        return (
            await self._step(Stage.MAIL, 2, b"MAIL", b"FROM:<" + letter.sender + b">", *self._parameters(letter))
            or await self._step(Stage.RCPT, 2, b"RCPT", b"TO:<" + letter.recipient + b">")
            or await self._step(Stage.DATA, 3, b"DATA")
        )

    def _parameters(self, letter: Letter) -> list[bytes]:
        """Return what goes behind MAIL FROM, and nothing that the client could have said."""
        parameters = [b"SIZE=%d" % len(letter.content)] if self._offers_size else []
        if letter.needs_smtputf8:
            parameters += [b"BODY=8BITMIME", b"SMTPUTF8"]  # RFC 6531 §3.6
        return parameters

    async def _step(self, stage: Stage, hoped: int, *words: bytes) -> _Refusal | None:
        """Say one command; None if the answer is of the hoped class (2yz, 3yz)."""
        try:
            response = await self._smtp.execute_command(*words)
        except SMTPResponseException as error:  # too long, or no code in it
            self.drop()
            return _Refusal(stage, judge(stage, error.code))
        except (SMTPException, OSError):
            self.drop()
            return _Refusal(stage, LOST)
        return None if _is_of(hoped, response) else _Refusal(stage, self._judge(stage, response))

    def _judge(self, stage: Stage, response: SMTPResponse) -> Outcome:
        if response.code == 421 or not (_is_of(4, response) or _is_of(5, response)):  # noqa: PLR2004 (421: it hangs up)
            self.drop()
        return judge(stage, response.code, response.message)

    def _doubt(self, reason: Reason) -> InDoubt:
        self.drop()
        return InDoubt(reason)


def cut(smtp: SMTP) -> None:
    """Cut a connection; closing it would wait until the server has read what is still to be written."""
    if smtp.transport is not None:
        cast("asyncio.Transport", smtp.transport).abort()
    smtp.close()


def _is_of(digit: int, response: SMTPResponse) -> bool:
    """Whether the answer's code begins with the digit: the first one decides (RFC 5321 §4.3.2)."""
    return response.code // 100 == digit
