"""The leak oracle over SMTP submission: what a mail program tells besides the documented fields goes nowhere."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.capture_http import HttpCapture
from tests.fakes.capture_smtp import SmtpCapture
from tests.fakes.configuration import merged
from tests.fakes.gateway import Gateway
from tests.fakes.provider_tables import seven, smtp
from tests.oracle import sinks, submission
from tests.oracle.marks import AT_PROVIDER, Mark
from tests.oracle.room import LOUD, Room
from tests.oracle.searcher import present, search

DOMAIN = "praxis.example.org"


@pytest.fixture
async def room(web: HttpCapture, mail: SmtpCapture, tmp_path: Path) -> AsyncIterator[Room]:
    """A gateway that takes mail by SMTP, and SMS in mails."""
    tables = {
        "smtp": {"sms_domain": "sms.example.org"},
        "providers": {"web": seven(web), "mail": smtp(mail.port)},
        "routes": {"sms": ["web"], "email": ["mail"]},
    }
    gateway = Gateway(tmp_path, merged(LOUD, tables))
    yield await Room.open(gateway, seed=41)
    await gateway.kill()


async def _submit(room: Room, recipients: list[str]) -> None:
    """Submit one mail and wait until each of its recipients has it."""
    mint, client = room.mint, room.client
    sender = f"{mint.content('smtp-sender')}@{DOMAIN}"
    texts = {"subject": mint.content("smtp-subject"), "text": f"Guten Tag {mint.content('smtp-text')}"}
    lines = submission.opening(mint, client.name, client.key) + submission.envelope(sender, recipients)
    mail = submission.mail(mint, sender, recipients[0], **texts)
    reply = await submission.converse(room.gateway.smtp_port, [*lines, submission.content(mail), b"QUIT"])
    room.gateway.answers.append(reply)
    assert reply.status == 221, reply
    assert re.search(rb"(?m)^250 2\.\d\.\d.*\r\n221", reply.raw), reply


def _content_marks(room: Room, *but: str) -> set[str]:
    return {mark.where for mark in room.mint.marks if mark.kind in AT_PROVIDER and mark.where not in but}


def _arrived(captures: list[HttpCapture | SmtpCapture], marks: list[Mark]) -> set[str]:
    return {where for sink in sinks.capture_sinks(captures) for where in present(sink, marks)}


async def test_a_talkative_mail_program_gives_nothing_away(room: Room, web: HttpCapture, mail: SmtpCapture) -> None:
    """Session, headers, structure, HTML and attachments stay out; the documented fields arrive, for each recipient."""
    others = [f"{room.mint.content(f'smtp-recipient-{number}')}@example.com" for number in range(2)]
    await _submit(room, others)
    taken = await mail.wait_for(2)
    assert [len(each.recipients) for each in taken] == [1, 1]
    assert _content_marks(room, "sender-id") == _arrived([mail], room.mint.marks)
    assert search(await sinks.of(room.gateway, [web, mail]), room.mint.marks) == []


async def test_a_mail_to_a_number_gives_its_text_alone(room: Room, web: HttpCapture, mail: SmtpCapture) -> None:
    """An SMS by mail has the number, the text, and at most a sender ID of the client's: no subject, no sender."""
    number = room.mint.phone("number", "+491512")
    await _submit(room, [f"{number}@sms.example.org"])
    await web.wait_for(1)
    assert {"number", "smtp-text"} == _arrived([web], room.mint.marks) - {"sender-id"}
    assert search(await sinks.of(room.gateway, [web, mail]), room.mint.marks) == []


async def test_nothing_that_is_odd_or_refused_leaks(room: Room, web: HttpCapture, mail: SmtpCapture) -> None:
    """Refusals do not repeat, log or keep what was said, and each has an enhanced status code."""
    mint, client, gateway = room.mint, room.client, room.gateway
    logged_in = [b"EHLO x", submission.login(client.name, client.key)]
    dialogues = [*submission.refused_logins(mint, client.name)]
    dialogues += [[*logged_in, line] for line in submission.odd_lines(mint)]
    started = [*logged_in, *submission.envelope(f"a@{DOMAIN}", ["b@example.com"])]
    dialogues += [[*started, submission.content(said)] for said in submission.odd_mails(mint)]
    replies = [await submission.converse(gateway.smtp_port, lines) for lines in dialogues]
    gateway.answers += replies
    refusals = [line for reply in replies for line in reply.raw.splitlines() if line[:1] in {b"4", b"5"}]
    assert [line for line in refusals if not re.match(rb"[45]\d\d[ -][45]\.\d+\.\d+ ", line)] == []
    assert len(refusals) > len(dialogues) / 2
    assert search(await sinks.of(gateway, [web, mail]), mint.marks) == []
