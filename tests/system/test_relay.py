"""From the client API to real sockets: what a provider gets is the documented fields, exactly, and nothing else."""

import asyncio
import re
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.fakes.capture_http import HttpCapture
from tests.fakes.capture_smtp import SmtpCapture
from tests.fakes.configuration import Tables
from tests.fakes.gateway import Gateway
from tests.fakes.mail_sink import mail_sink, needs_smtp_sink
from tests.fakes.provider_tables import seven, smtp

TEXT = "Schönen Tag, 😀\n\n.\n..zwei Punkte\nFrom here\n" + "lang " * 300 + "\n"
FIELDS = {
    "sender": "Praxis Müller <praxis@praxis.example.org>",
    "recipient": "Erika Größe <erika@example.com>",
    "subject": "Ihr Termin: 3 × 😀 und Grüße " + "ß" * 60,
    "text": TEXT,
}


def _tables(web: HttpCapture, mail_port: int, **more: object) -> Tables:
    providers = {"web": seven(web), "mail": smtp(mail_port)}
    gateway = {"name": "gateway.example.org"}
    return {"gateway": gateway, "providers": providers, "routes": {"sms": ["web"], "email": ["mail"]}, **more}


@pytest.fixture
async def gateway(web: HttpCapture, mail: SmtpCapture, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway in front of both providers."""
    async with Gateway(tmp_path, _tables(web, mail.port)) as running:
        yield running


def _read(data: bytes) -> EmailMessage:
    parsed = message_from_bytes(data, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def _text(parsed: EmailMessage) -> str:
    return str(parsed.get_content()).replace("\r\n", "\n")


async def test_an_sms_arrives_with_its_fields_alone(gateway: Gateway, web: HttpCapture) -> None:
    """The provider's request has the fields, our key, our reference, and headers of a closed list."""
    key = await gateway.add_client("praxis", "--sender-ids", "Praxis")
    fields = {"recipient": "0176 0406 9000", "text": TEXT[:100], "sender_id": "Praxis"}
    accepted = await gateway.submit("sms", key, fields, User_Agent="Praxis 1.0", X_Forwarded_For="192.0.2.1")
    status = await gateway.settled(accepted.json()["id"], key, at=["sent"])
    assert (status["provider"], status["attempts"]) == ("web", 1)
    (taken,) = web.taken
    members = taken.members()
    reference = members.pop("foreign_id")
    assert re.fullmatch(r"[A-Za-z0-9_-]{16,}", str(reference))
    assert reference != accepted.json()["id"]
    told = {"to": "+4917604069000", "text": TEXT[:100], "from": "Praxis", "performance_tracking": False}
    assert told == members
    names = {line.partition(b":")[0].decode().lower() for line in taken.head.split(b"\r\n")[1:] if line}
    assert names == {"host", "content-type", "content-length", "accept", "accept-encoding", "x-api-key", "user-agent"}
    assert b"\r\nUser-Agent: Umschlag\r\n" in taken.head


async def test_a_mail_arrives_with_its_fields_alone(gateway: Gateway, mail: SmtpCapture) -> None:
    """The mail has the fields, letter for letter, and headers of a closed list without a host's name or a zone."""
    key = await gateway.add_client("praxis")
    accepted = await gateway.submit("email", key, FIELDS)
    await gateway.settled(accepted.json()["id"], key, at=["sent"])
    (taken,) = await mail.wait_for(1)
    assert taken.sender.startswith(b"MAIL FROM:<praxis@praxis.example.org>")
    assert taken.recipients == [b"RCPT TO:<erika@example.com>\r\n"]
    parsed = _read(taken.data)
    assert FIELDS["subject"] == parsed["subject"]
    assert _text(parsed) == TEXT
    assert FIELDS["sender"] == str(parsed["from"])
    assert FIELDS["recipient"] == str(parsed["to"])
    names = {name.lower() for name in parsed}
    basic = {"from", "to", "subject", "date", "message-id", "mime-version", "content-type"}
    assert basic <= names <= basic | {"content-transfer-encoding", "received", "auto-submitted"}
    assert re.search(r"(\+0000|-0000|GMT|UTC)$", parsed["date"])
    assert parsed["message-id"].endswith("@gateway.example.org>")
    assert b"EHLO gateway.example.org\r\n" in mail.sessions[0]


def _expected(number: int) -> dict[str, str]:
    return {
        "subject": f"Termin {number}: Grüße 😀",
        "text": f"Guten Tag Nr. {number},\n\nbis 8 Uhr – schönen Gruß 🌻\n",
    }


def _found(kept: bytes) -> tuple[str, str, str]:
    parsed = _read(kept)
    return str(parsed["to"]), str(parsed["subject"]), _text(parsed).rstrip("\n")


@needs_smtp_sink
async def test_a_thousand_mails_arrive_byte_for_byte(web: HttpCapture, tmp_path: Path) -> None:
    """A mail server that none of us wrote takes 1,000 mails with umlauts and emoji: each once, and each unchanged."""
    async with mail_sink() as sink, Gateway(tmp_path, _tables(web, sink.port)) as gateway:
        key = await gateway.add_client("praxis")
        sender = "praxis@praxis.example.org"

        async def submit(number: int) -> int:
            to = f"nr{number}@example.com"
            reply = await gateway.submit("email", key, {"sender": sender, "recipient": to, **_expected(number)})
            return reply.status

        for start in range(0, 1000, 50):
            statuses = await asyncio.gather(*(submit(number) for number in range(start, start + 50)))
            assert set(statuses) == {202}
        await _until_kept(gateway, 1000)
        found = sorted(_found(kept) for kept in sink.mails())
    expected = [(f"nr{number}@example.com", *_expected(number).values()) for number in range(1000)]
    assert sorted((to, subject, text.rstrip("\n")) for to, subject, text in expected) == found


async def _until_kept(gateway: Gateway, count: int) -> None:
    name = 'umschlag_messages_finished_total{channel="email",status="sent"}'
    for _ in range(600):
        if f"{name} {count}.0" in (await gateway.admin("/metrics")).body.decode():
            return
        await asyncio.sleep(0.1)
    message = "not all mails were sent"
    raise AssertionError(message)
