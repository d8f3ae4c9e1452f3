"""A mail server as a fake on a real socket: it keeps every byte that comes and answers as it is told."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

from tests.fakes.listening import Listening

LINE_LIMIT: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Reset:
    """A reset of the connection in place of an answer."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Silence in place of an answer, until the client gives up."""


@dataclass(frozen=True, slots=True)
class Drip:
    """These bytes, one at a time and over and over, until the client has had enough."""

    data: bytes


# One answer, or a function of the client's line: verbs echo what they are told, as real servers do.
Answer = bytes | Reset | Hang | Drip
Script = Mapping[str, Answer | Callable[[bytes], Answer]]

# Keyed by verb; "greeting" is before the first one, "BODY" after the end of the data.
ACCEPTS: Final[Script] = {
    "greeting": b"220 capture.invalid ESMTP\r\n",
    "EHLO": b"250-capture.invalid\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE 10485760\r\n"
    b"250 ENHANCEDSTATUSCODES\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go on\r\n",
    "BODY": b"250 2.0.0 taken as 4711\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "NOOP": b"250 2.0.0 ok\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}
UNKNOWN: Final = b"502 5.5.1 unknown\r\n"


@dataclass(slots=True)
class Mail:
    """One message that was taken: the lines of its envelope and its data, dots unstuffed."""

    sender: bytes
    recipients: list[bytes] = field(default_factory=list)
    data: bytes = b""


class SmtpCapture(Listening):
    """Listens on a free loopback port while it is entered; `script` overrides the answers by verb."""

    def __init__(self, script: Script | None = None) -> None:
        self.script: Script = script or {}
        self.mails: list[Mail] = []
        self.sessions: list[bytearray] = []
        super().__init__(LINE_LIMIT)

    async def wait_for(self, count: int) -> list[Mail]:
        """Return the mails as soon as they are `count`."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.mails) >= count)
        return self.mails

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        await _Session(self, reader, writer).run()


class _Session:
    """One connection, from the greeting to its end."""

    def __init__(self, capture: SmtpCapture, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._capture = capture
        self._reader = reader
        self._writer = writer
        self._kept = bytearray()
        self._mail = Mail(b"")
        capture.sessions.append(self._kept)

    async def run(self) -> None:
        """Answer verb after verb until one of them ends the connection."""
        going = await self._answer("greeting") is not None
        while going:
            line = await self._line()
            going = await self._verb(line[:4].upper().decode("ascii", "replace"), line)

    async def _verb(self, verb: str, line: bytes) -> bool:
        said = await self._answer(verb, line)
        if said is None or verb == "QUIT":
            return False
        if verb == "MAIL":
            self._mail = Mail(line)
        elif verb == "RCPT" and said.startswith(b"2"):
            self._mail.recipients.append(line)
        elif verb == "DATA" and said.startswith(b"3"):
            return await self._data()
        return True

    async def _data(self) -> bool:
        lines = []
        while (line := await self._line()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self._mail.data = b"".join(lines)
        said = await self._answer("BODY")
        if said is not None and said.startswith(b"2"):
            async with self._capture.arrived:
                self._capture.mails.append(self._mail)
                self._capture.arrived.notify_all()
        return said is not None

    async def _line(self) -> bytes:
        line = await self._reader.readuntil(b"\r\n")
        self._kept += line
        return line

    async def _answer(self, verb: str, line: bytes = b"") -> bytes | None:
        """Return what was said, None where it was a reset or silence."""
        scripted = self._capture.script.get(verb) or ACCEPTS.get(verb, UNKNOWN)
        answer = scripted(line) if callable(scripted) else scripted
        if isinstance(answer, Reset):
            return None
        if isinstance(answer, Hang):
            await self._reader.read()
            return None
        if isinstance(answer, Drip):
            await self._drip(answer.data)
            return None
        self._writer.write(answer)
        await self._writer.drain()
        return answer

    async def _drip(self, data: bytes) -> None:
        for number in cycle(data):
            if self._writer.is_closing():
                return
            self._writer.write(bytes([number]))
            await self._writer.drain()
            await asyncio.sleep(0.01)
