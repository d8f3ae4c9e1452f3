"""SMTP submission over the real listener and spool: what is kept and counted, and how a connection ends."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from gateway.core.message import Channel
from gateway.core.state import State
from gateway.spool.store import Listing, MessageStatus
from tests.fakes.desk import NOW
from tests.fakes.submission import Server, serving

SENDER = "praxis@praxis.example"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """Serve with the settings that the dialogues have."""
    async with serving(tmp_path) as running:
        yield running


class Line:
    """A connection that says lines and hears replies."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    @classmethod
    @asynccontextmanager
    async def open(cls, port: int) -> AsyncIterator["Line"]:
        """Connect, and close at the end."""
        line = cls(*await asyncio.open_connection("127.0.0.1", port))
        try:
            yield line
        finally:
            line.writer.close()
            with suppress(OSError):
                await line.writer.wait_closed()

    async def hear(self) -> str:
        """Return the code and the enhanced code of one reply; nothing where the server has closed."""
        line = b""
        with suppress(ConnectionError):
            while (line := await asyncio.wait_for(self._reader.readline(), 30))[3:4] == b"-":
                pass
        return " ".join(line.decode("ascii").split()[:2])

    async def ask(self, *lines: str) -> list[str]:
        """Say lines one after the other and return the replies."""
        replies = []
        for line in lines:
            self.writer.write(line.encode() + b"\r\n")
            replies.append(await self.hear())
        return replies

    async def log_in(self, server: Server) -> None:
        """Hear the greeting and log in."""
        assert await self.hear() == "220 gateway.example"
        assert (await self.ask("EHLO x", f"AUTH PLAIN {server.plain}"))[1] == "235 2.7.0"


@pytest.fixture
async def line(server: Server) -> AsyncIterator[Line]:
    """Connect."""
    async with Line.open(server.port) as opened:
        yield opened


def mail(text: str = "eins\n", **fields: str) -> EmailMessage:
    """Return a mail as Python writes it."""
    message = EmailMessage()
    for name, value in ({"From": SENDER, "To": "a@example.org", "Subject": "Termin"} | fields).items():
        message[name] = value
    message.set_content(text)
    return message


def send(server: Server, *messages: EmailMessage, to: list[str] | None = None) -> list[Any]:
    """Send mails over one connection of smtplib; returns what it says of each."""
    said: list[Any] = []
    with smtplib.SMTP("127.0.0.1", server.port, timeout=30) as client:
        client.login("praxis", server.key)
        for message in messages:
            try:
                said.append(client.send_message(message, to_addrs=to))
            except smtplib.SMTPException as error:
                said.append(error)
    return said


async def kept(server: Server) -> list[MessageStatus]:
    """Return what the spool has, oldest first."""
    return list(reversed(await server.desk.store.listing(Listing())))


async def emptied(server: Server) -> None:
    """Return when no connection is open."""
    for _ in range(3000):
        if not server.house.room.wires:
            return
        await asyncio.sleep(0.01)
    raise AssertionError


async def test_what_is_dropped_is_counted(server: Server) -> None:
    """Header fields and parts, never which: in the status of each message, and in the metrics."""
    message = mail(**{"X-Mailer": "x", "Reply-To": "b@example.org", "Cc": "c@example.org"})
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="x.pdf")
    await asyncio.to_thread(send, server, message, to=["a@example.org", "01761234567@sms.example"])
    assert [(status.channel.value, status.stripped) for status in await kept(server)] == [("email", 4), ("sms", 4)]
    shown = server.metrics.render().decode()
    assert 'umschlag_stripped_fields_total{intake="smtp"} 4.0' in shown
    assert 'umschlag_messages_accepted_total{channel="sms"} 1.0' in shown


async def test_all_recipients_or_none(server: Server) -> None:
    """Where there is no room for all of them nothing is kept of any."""
    server.desk.store.is_full = True
    (refused,) = await asyncio.to_thread(send, server, mail(), to=["a@example.org", "b@example.org"])
    assert isinstance(refused, smtplib.SMTPDataError)
    assert (refused.smtp_code, refused.smtp_error[:5]) == (451, b"4.3.1")
    assert await kept(server) == []
    server.desk.store.is_full = False
    await asyncio.to_thread(send, server, mail(), to=["a@example.org", "b@example.org"])
    assert len(await kept(server)) == 2


async def test_a_held_mail_waits_in_the_spool(server: Server, line: Line) -> None:
    """It is due at its time, is over at its own, and delivery is not passed it now."""
    await line.log_in(server)
    await line.ask(f"MAIL FROM:<{SENDER}> HOLDFOR=3600 BY=7200;R", "RCPT TO:<a@example.org>", "DATA")
    assert await line.ask(f"From: {SENDER}\r\n\r\neins\r\n.") == ["250 2.0.0"]
    (status,) = await kept(server)
    assert (status.state, status.expires_at) == (State.QUEUED, NOW + 7200)
    assert server.accepted() == []
    before, after = [
        len(await server.desk.store.lease("me", NOW + seconds, 10, channels=tuple(Channel))) for seconds in (3599, 3600)
    ]
    assert (before, after) == (0, 1)


async def test_a_key_that_ends_ends_the_connection(server: Server, line: Line) -> None:
    """A client that is revoked sends nothing more, however long it is there."""
    await line.log_in(server)
    assert await line.ask(f"MAIL FROM:<{SENDER}>", "RSET") == ["250 2.1.0", "250 2.0.0"]
    await server.desk.store.revoke_client(1)
    await server.desk.authenticator.refresh()
    assert await line.ask(f"MAIL FROM:<{SENDER}>", "NOOP") == ["421 4.7.0", ""]


async def test_a_spool_that_is_away_is_told(server: Server, line: Line) -> None:
    """A login that cannot be looked up is to be tried again, and no wrong key."""
    await line.hear()
    server.desk.store.is_away = True
    assert await line.ask("EHLO x", f"AUTH PLAIN {server.plain}") == ["250 ENHANCEDSTATUSCODES", "454 4.7.0"]


async def test_a_fault_of_ours_is_one_reply(server: Server, line: Line) -> None:
    """It says nothing of the fault, and the connection goes on."""
    await line.log_in(server)
    server.desk.routes.clear()
    answers = await line.ask(f"MAIL FROM:<{SENDER}>", "RCPT TO:<01761234567@sms.example>", "NOOP")
    assert answers == ["250 2.1.0", "451 4.3.0", "250 2.0.0"]
    assert '"event":"request_failed","listener":"smtp","error":"KeyError"' in server.desk.lines.getvalue()


async def test_a_stop_is_told_to_those_that_wait(server: Server, line: Line) -> None:
    """Idle connections hear 421; nothing listens any more."""
    await line.log_in(server)
    await server.intake.stop(timedelta(seconds=5))
    assert [await line.hear(), await line.hear()] == ["421 4.3.2", ""]
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", server.port)


async def test_a_mail_under_way_is_taken_before_a_stop(server: Server, line: Line) -> None:
    """A content that is coming in is accepted, and the connection ends behind it."""
    await line.log_in(server)
    await line.ask(f"MAIL FROM:<{SENDER}>", "RCPT TO:<a@example.org>", "DATA")
    stopping = asyncio.create_task(server.intake.stop(timedelta(seconds=30)))
    await asyncio.sleep(0)
    assert await line.ask(f"From: {SENDER}\r\n\r\neins\r\n.") == ["250 2.0.0"]
    assert [await line.hear(), await line.hear()] == ["421 4.3.2", ""]
    await stopping
    assert len(await kept(server)) == 1


async def test_one_connection_too_many(tmp_path: Path) -> None:
    """It is told so and closed; when another one goes there is room."""
    async with serving(tmp_path, section={"max_connections": 1}) as server:
        async with Line.open(server.port) as first, Line.open(server.port) as second:
            assert await first.hear() == "220 gateway.example"
            assert [await second.hear(), await second.hear()] == ["421 4.3.2", ""]
            assert await first.ask("QUIT") == ["221 2.0.0"]
        await emptied(server)
        async with Line.open(server.port) as third:
            assert await third.hear() == "220 gateway.example"


async def test_slow_clients_are_let_go(tmp_path: Path) -> None:
    """One that does not log in hears why and is closed."""
    section = {"login_timeout": "100ms"}
    async with serving(tmp_path, section=section) as server, Line.open(server.port) as line:
        assert [await line.hear() for _ in range(3)] == ["220 gateway.example", "421 4.4.2", ""]


async def test_slow_mails_are_let_go(tmp_path: Path) -> None:
    """A mail that does not come to its end is not taken."""
    async with serving(tmp_path, section={"timeout": "500ms"}) as server, Line.open(server.port) as line:
        await line.log_in(server)
        await line.ask(f"MAIL FROM:<{SENDER}>", "RCPT TO:<a@example.org>", "DATA")
        assert [await line.hear(), await line.hear()] == ["421 4.4.2", ""]
        assert await kept(server) == []


async def test_commands_that_bring_nothing_are_bounded(server: Server, line: Line) -> None:
    """Nobody keeps a connection with NOOP and RSET for ever."""
    await line.hear()
    answers = await line.ask(*["NOOP"] * 201)
    assert answers == ["250 2.0.0"] * 200 + ["421 4.7.0"]


async def test_a_client_that_hangs_up_leaves_nothing(server: Server, line: Line) -> None:
    """In the middle of a mail: the memory is given back, nothing is accepted, nothing is logged."""
    await line.log_in(server)
    await line.ask(f"MAIL FROM:<{SENDER}>", "RCPT TO:<a@example.org>", "BDAT 3\r\nabc")
    line.writer.write(b"BDAT 100\r\nabc")
    await line.writer.drain()
    line.writer.transport.abort()
    await emptied(server)
    assert (server.house.room.buffered, await kept(server)) == (0, [])
    assert "failed" not in server.desk.lines.getvalue()
