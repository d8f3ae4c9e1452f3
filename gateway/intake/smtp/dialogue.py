"""What is said over one SMTP connection: greeting, order and bounds; the mail itself is in `envelope`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from gateway.intake.smtp import reply as say
from gateway.intake.smtp.envelope import Envelope
from gateway.intake.smtp.house import House
from gateway.intake.smtp.login import Login
from gateway.intake.smtp.reply import Reply
from gateway.intake.smtp.wire import Wire
from gateway.logs import Event
from gateway.logs.field import Listener as ListenerName

_MAX_ERRORS: Final = 10  # commands that are none, in a connection
_MAX_IDLE: Final = 200  # commands that bring no mail nearer, in a connection
_IDLE: Final = frozenset({"NOOP", "RSET", "VRFY", "HELP", "EHLO", "HELO", "EXPN"})
# What browsers and proxies say: a page that posts to this port must not be heard as mail.
_FOREIGN: Final = frozenset({"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "PROXY"})


class Dialogue:
    """Answers the commands of one connection; no reply, log line or exception holds what a client said."""

    def __init__(self, house: House, wire: Wire) -> None:
        self._house = house
        self._wire = wire
        self._login = Login(house, wire)
        self._envelope = Envelope(house, wire)
        self._has_greeted = self._is_extended = False
        self._errors = self._idle = 0
        self._commands: Mapping[str, Callable[[str], Awaitable[Reply | None]]] = {
            "EHLO": self._ehlo, "HELO": self._helo, "STARTTLS": self._starttls, "AUTH": self._auth,
            "MAIL": self._mail, "RCPT": self._envelope.rcpt, "DATA": self._envelope.data,
            "BDAT": self._envelope.bdat, "RSET": self._rset, "NOOP": _noop, "QUIT": _quit,
            "VRFY": _vrfy, "EXPN": _expn, "HELP": _help,
        }  # fmt: skip

    async def run(self) -> None:
        """Greet, and answer until one side ends it."""
        if not self._house.room.enter(self._wire):
            self._wire.say(say.TOO_MANY_CONNECTIONS)
            return
        self._wire.say(f"220 {self._house.name} ESMTP\r\n".encode("ascii"))
        try:
            while await self._turn():
                pass
        finally:
            self._envelope.close()

    async def _turn(self) -> bool:
        """Answer one line; false where it was the last."""
        line = await self._wire.read_line()
        reply = self._bounded(line if isinstance(line, Reply) else await self._answer(line))
        if reply is not None:
            self._wire.say(reply)
            if reply.closes:
                return False
        if self._wire.is_dismissed:
            self._wire.say(say.DRAINING)
        return not self._wire.is_dismissed

    async def _answer(self, line: bytes) -> Reply | None:
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            return say.BAD_LINE
        verb, _, argument = text.partition(" ")
        verb = verb.upper()
        command = self._commands.get(verb)
        if command is None:
            return say.FORBIDDEN_COMMAND if verb in _FOREIGN else say.UNKNOWN_COMMAND
        self._idle += verb in _IDLE
        try:
            return await command(argument.strip(" "))
        except (OSError, asyncio.IncompleteReadError):
            raise  # the client is gone
        except Exception as error:  # noqa: BLE001 (the outermost guard: a bug answers 451, and its text goes nowhere)
            self._house.log.error(  # noqa: TRY400 (no text of an exception is logged)
                Event.REQUEST_FAILED, listener=ListenerName.SMTP, error=error
            )
            self._envelope.close()
            return say.FAULT

    def _bounded(self, reply: Reply | None) -> Reply | None:
        """Return the reply, or the last one where there were too many errors, or commands that bring nothing."""
        if reply is not None and 500 <= reply.code <= 504:  # noqa: PLR2004 (what RFC 5321 §4.2.2 has for syntax)
            self._errors += 1
        if reply is not None and reply.closes:
            return reply
        if self._errors >= _MAX_ERRORS:
            return say.TOO_MANY_ERRORS
        return say.TOO_MANY_COMMANDS if self._idle > _MAX_IDLE else reply

    async def _ehlo(self, argument: str) -> Reply | None:
        if not argument:
            return say.BAD_ARGUMENT
        self._envelope.close()
        self._has_greeted = self._is_extended = True
        house = self._house
        until = datetime.fromtimestamp(house.clock() + house.max_hold, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        *first, last = (
            house.name,
            *(["STARTTLS"] if self._wire.offers_tls else []),
            *(["AUTH PLAIN LOGIN"] if self._login.is_offered else []),
            f"SIZE {house.max_size}",
            f"FUTURERELEASE {house.max_hold} {until}",
            "DELIVERBY",
            "8BITMIME",
            "SMTPUTF8",
            "CHUNKING",
            "PIPELINING",
            "ENHANCEDSTATUSCODES",
        )
        self._wire.say("".join([*(f"250-{line}\r\n" for line in first), f"250 {last}\r\n"]).encode("ascii"))
        return None

    async def _helo(self, argument: str) -> Reply | None:
        if not argument:
            return say.BAD_ARGUMENT
        self._envelope.close()
        self._has_greeted, self._is_extended = True, False
        self._wire.say(f"250 {self._house.name}\r\n".encode("ascii"))
        return None

    async def _starttls(self, argument: str) -> Reply | None:
        if argument:
            return say.BAD_ARGUMENT
        if not self._wire.offers_tls:
            return say.OUT_OF_ORDER if self._wire.is_encrypted else say.NOT_OFFERED
        if self._wire.has_more:
            # Someone between could have put it there, to be taken for said inside (RFC 3207 §6, CVE-2011-0411).
            return say.TALKED_AHEAD
        self._wire.say(say.TLS_READY)
        await self._wire.start_tls()
        self._envelope.close()
        self._login = Login(self._house, self._wire)
        self._has_greeted = self._is_extended = False
        return None

    async def _auth(self, argument: str) -> Reply:
        if not self._is_extended or self._login.is_done or self._envelope.is_open:
            return say.OUT_OF_ORDER
        return await self._login.auth(argument)

    async def _mail(self, argument: str) -> Reply:
        if not self._has_greeted or self._envelope.is_open:
            return say.OUT_OF_ORDER
        return await self._envelope.mail(argument, self._login)

    async def _rset(self, argument: str) -> Reply:
        if argument:
            return say.BAD_ARGUMENT
        self._envelope.close()
        return say.OK


async def _noop(_argument: str) -> Reply:
    return say.OK


async def _quit(argument: str) -> Reply:
    return say.BAD_ARGUMENT if argument else say.BYE


async def _vrfy(_argument: str) -> Reply:
    return say.UNVERIFIED


async def _expn(_argument: str) -> Reply:
    return say.NOT_OFFERED


async def _help(_argument: str) -> Reply:
    return say.HELP
