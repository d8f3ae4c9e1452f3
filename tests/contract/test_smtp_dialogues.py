"""The SMTP adapter word for word: every file in `tests/dialogues/smtp` against a server that plays it."""

import ssl
from pathlib import Path
from typing import NoReturn

import pytest
import trustme

from gateway.provider import Email, Environment, Handover, Mailbox
from providers.smtp import TYPE
from tests.fakes.smtp import Dialogue, ScriptedSmtp, outcome_words, read_dialogue

DIALOGUES = sorted((Path(__file__).parents[1] / "dialogues" / "smtp").glob("*.txt"))

REFERENCE = "0123456789abcdef0123456789abcdef"
SENDER = Mailbox("praxis@praxis.example", "Praxis")
MAILS = {
    "plain": Email(SENDER, Mailbox("anna@example.org"), "Termin", "Montag\n.\n.. um zehn\n"),
    "smtputf8": Email(SENDER, Mailbox("jürgen@müller.example"), "Termin", "Montag\n"),
    "idn": Email(SENDER, Mailbox("anna@müller.example"), "Termin", "Montag\n"),
}


def refuse_http(*_: object) -> NoReturn:
    """Stand where the HTTP client is made: SMTP needs none."""
    raise AssertionError


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return a private certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="module")
def context(authority: trustme.CA) -> ssl.SSLContext:
    """Return the TLS of a server at 127.0.0.1."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(made)
    return made


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    """Return the authority's certificate in a file."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


async def hand_over(dialogue: Dialogue, ca_file: Path, port: int) -> list[str]:
    """Hand the mails of a dialogue over, one after the other, and return how it went."""
    table = {"type": "smtp", "host": "127.0.0.1", "port": port, "tls": "none", "allow_private_network": True}
    settings = TYPE.settings.model_validate({**table, "ca_file": ca_file, **dialogue.settings})
    adapter = TYPE.build(settings, Environment("gateway.example", refuse_http))
    await adapter.open()
    outcomes = [await adapter.send(MAILS[kind], Handover(REFERENCE, 1_764_000_000)) for kind, _ in dialogue.mails]
    await adapter.close()
    return [outcome_words(outcome) for outcome in outcomes]


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda path: path.stem)
async def test_a_dialogue_ends_as_its_file_says(path: Path, context: ssl.SSLContext, ca_file: Path) -> None:
    """The adapter says what the file lets it say, and each mail has the outcome that the file names."""
    dialogue = read_dialogue(path)
    implicit = dialogue.settings.get("tls") == "implicit"
    async with ScriptedSmtp(dialogue.connections, context, implicit=implicit) as server:
        outcomes = await hand_over(dialogue, ca_file, server.port)
    assert ([], [outcome for _, outcome in dialogue.mails]) == (server.faults, outcomes)
