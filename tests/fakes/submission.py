"""A client of SMTP submission that plays a dialogue from a file, word for word, and the server that it talks to."""

import asyncio
import base64
import codecs
import json
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from gateway.core.message import Email, Message
from gateway.intake.fields import FieldLimits
from gateway.intake.smtp.house import House
from gateway.intake.smtp.listener import SmtpIntake
from gateway.intake.smtp.room import Room
from gateway.intake.smtp.submission import Submissions
from gateway.logs import Log
from gateway.metrics import Metrics
from gateway.settings import LimitsSection, SmtpSection
from tests.fakes.desk import Desk, desk_in

# How a file is written. Above the first blank line:
#   # …             a comment
#   use {…}         JSON: `section` over the settings, `client` over the client's record, `needs_tls`, `tls_only`,
#                   `full`, `away`, `rate`: what the desk is like
#   gets {…}        JSON: one message that is accepted, in their order; with none, nothing is
# Below it, what is said:
#   C: …            the client says a line          C! …      the same, as it is: Python's escapes, no line end
#   S: …            the server must say this line   S~ …      a whole reply that begins so
#   hello           EHLO, and its reply             login     hello, and AUTH with the right key
#   open            MAIL and RCPT for a@example.org data      open, and DATA up to 354
#   tls             the handshake of TLS            flood N   N times x
#   wrong           AUTH with a wrong key           full      the disk is full from now on
#   end             the client says no more         closed    the server must close

MARK: Final = "S3NT"
_REFUSAL: Final = re.compile(rb"(?:[45]\d\d[ -]([45])\.\d{1,3}\.\d{1,3} [ -~]+|[23]\d\d[ -][ -~]*)\r\n")
SECTION: Final = {"listen": "127.0.0.1:0", "sms_domain": "sms.example", "max_size": 100_000}


@dataclass(slots=True)
class Dialogue:
    """One file, read."""

    use: dict[str, Any] = field(default_factory=dict)
    gets: list[dict[str, Any]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)


def read_dialogue(path: Path) -> Dialogue:
    """Read one dialogue."""
    found = Dialogue()
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    for line in head.splitlines():
        word, _, rest = line.partition(" ")
        if word == "use":
            found.use |= json.loads(rest)
        elif word == "gets":
            found.gets.append(json.loads(rest))
        else:
            assert word == "#", line
    found.steps = [line for line in body.splitlines() if line]
    return found


def members(message: Message) -> dict[str, Any]:
    """Return a message by its fields."""
    if isinstance(message, Email):
        text = {"subject": message.subject, "text": message.text}
        return {"sender": str(message.sender), "recipient": str(message.recipient), **text}
    sender_id = {} if message.sender_id is None else {"sender_id": message.sender_id}
    return {"recipient": message.recipient, "text": message.text, **sender_id}


@dataclass
class Server:
    """The listener with the desk behind it, and a client's name and key."""

    port: int
    tls_port: int | None
    desk: Desk
    house: House
    metrics: Metrics
    key: str
    intake: SmtpIntake

    @property
    def plain(self) -> str:
        """What AUTH PLAIN says."""
        return base64.b64encode(f"\0praxis\0{self.key}".encode()).decode()

    def accepted(self) -> list[dict[str, Any]]:
        """Return the fields of all that was accepted, in order."""
        return [members(work.message) for work in self.desk.delivery.passed]


@asynccontextmanager
async def serving(
    folder: Path,
    *,
    section: Mapping[str, Any] | None = None,
    client: Mapping[str, Any] | None = None,
    limits: LimitsSection | None = None,
    **house: Any,  # noqa: ANN401 (what of the house is otherwise)
) -> AsyncIterator[Server]:
    """Serve submission over everything in a folder."""
    settings = SmtpSection(**(SECTION | dict(section or {})))
    async with desk_in(folder, limits=limits) as desk:
        metrics, log = Metrics(), Log(desk.lines, level="debug")
        fields = FieldLimits(default_region="DE", max_subject=60, max_text=2000)
        made = House(
            "gateway.example",
            desk.authenticator,
            Submissions(desk.door, metrics, fields, settings.sms_domain),
            Room(settings.max_connections, settings.max_buffer),
            log,
            max_size=settings.max_size,
            max_recipients=settings.max_recipients,
            max_hold=86_400,
            needs_tls=False,
            penalty=0,
            clock=lambda: desk.now,
        )
        intake = SmtpIntake(settings, replace(made, **house))
        _, key = await desk.client(**(client or {}))
        port = await intake.start()
        try:
            yield Server(port, intake.tls_port, desk, made, metrics, key, intake)
        finally:
            await intake.stop(timedelta(seconds=1))


class Player:
    """The client's side of one connection; `heard` is every octet that came back."""

    def __init__(self, server: Server, trusted: ssl.SSLContext) -> None:
        self._server = server
        self._trusted = trusted
        self.heard = bytearray()
        self._doings: Mapping[str, Callable[[str], Any]] = {
            "C:": lambda rest: self._say(rest.encode() + b"\r\n"),
            "C!": lambda rest: self._say(codecs.decode(rest, "unicode_escape").encode("latin-1")),
            "S:": self._hear_line, "S~": self._hear_reply, "hello": self._hello, "login": self._login,
            "open": self._open, "data": self._data, "tls": self._start_tls, "wrong": self._wrong,
            "flood": lambda rest: self._say(b"x" * int(rest)), "closed": self._hear_end,
            "end": self._end, "full": self._fill,
        }  # fmt: skip

    async def play(self, steps: list[str], *, inside: bool = False) -> None:
        """Play all steps."""
        port, tls = (self._server.tls_port, self._trusted) if inside else (self._server.port, None)
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
        try:
            for step in steps:
                word, _, rest = step.partition(" ")
                async with asyncio.timeout(30):
                    await self._doings[word](rest)
        finally:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    async def _say(self, data: bytes) -> None:
        with suppress(ConnectionError):
            self._writer.write(data)
            await self._writer.drain()

    async def _line(self) -> bytes:
        line = await self._reader.readuntil(b"\r\n")
        self.heard += line
        assert _REFUSAL.fullmatch(line), line
        return line

    async def _hear_line(self, expected: str) -> None:
        line = await self._line()
        assert expected == line.decode("ascii").removesuffix("\r\n")

    async def _hear_reply(self, beginning: str) -> None:
        lines = [await self._line()]
        while lines[-1][3:4] == b"-":
            lines.append(await self._line())
        assert lines[-1].decode("ascii").startswith(beginning), lines

    async def _hear_end(self, _rest: str) -> None:
        with suppress(ConnectionError):
            rest = await self._reader.read()
            assert rest == b""

    async def _command(self, line: str, beginning: str) -> None:
        await self._say(line.encode() + b"\r\n")
        await self._hear_reply(beginning)

    async def _hello(self, _rest: str) -> None:
        await self._command("EHLO S3NT-client.invalid", "250 ")

    async def _login(self, _rest: str) -> None:
        await self._hello("")
        await self._command(f"AUTH PLAIN {self._server.plain}", "235 2.7.0")

    async def _wrong(self, beginning: str) -> None:
        wrong = base64.b64encode(b"\0praxis\0S3NT-key").decode()
        await self._command(f"AUTH PLAIN {wrong}", beginning)

    async def _open(self, _rest: str) -> None:
        await self._command("MAIL FROM:<praxis@praxis.example>", "250 2.1.0")
        await self._command("RCPT TO:<a@example.org>", "250 2.1.5")

    async def _data(self, _rest: str) -> None:
        await self._open("")
        await self._command("DATA", "354 ")

    async def _start_tls(self, _rest: str) -> None:
        await self._writer.start_tls(self._trusted, server_hostname="localhost")

    async def _end(self, _rest: str) -> None:
        self._writer.write_eof()

    async def _fill(self, _rest: str) -> None:
        self._server.desk.store.is_full = True
