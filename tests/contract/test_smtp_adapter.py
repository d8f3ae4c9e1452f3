"""The SMTP adapter against servers that are not ours: encryption, accounts, kept connections, cancellation."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Literal, NoReturn

import pytest
import trustme

from gateway.provider import (
    Accepted,
    Adapter,
    Blame,
    Deferred,
    Email,
    Environment,
    ForbiddenAddressError,
    Handover,
    Mailbox,
    Outcome,
    Reason,
    Rejected,
    Sms,
    connect_socket,
    tls_context,
)
from providers.smtp import MANY_REFUSALS, TYPE
from providers.smtp_opening import Peer, open_session
from providers.smtp_session import Patience, Session
from tests.fakes.capture_smtp import SmtpCapture
from tests.fakes.smtp import ScriptedSmtp
from tests.fakes.stock_smtp import PASSWORD, USERNAME, StockSmtp

Tls = Literal["implicit", "starttls"]

GATEWAY = "gateway.example"
SENDER = Mailbox("praxis@praxis.example", "Praxis Dr. Müller")
DOWN = Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)


def mail(text: str = "Montag um zehn.") -> Email:
    """Return a mail."""
    return Email(SENDER, Mailbox("anna@example.org"), "Terminbestätigung", text)


def handover(number: int = 0) -> Handover:
    """Return what comes with the mail of this number."""
    return Handover(f"{number:032x}", 1_764_000_000)


def refuse_http(*_: object) -> NoReturn:
    """Stand where the HTTP client is made: SMTP needs none."""
    raise AssertionError


def build(port: int, **said: object) -> Adapter:
    """Return an adapter for a server on loopback, unencrypted unless something else is said."""
    table = {"type": "smtp", "host": "127.0.0.1", "port": port, "tls": "none", "allow_private_network": True}
    return TYPE.build(TYPE.settings.model_validate({**table, **said}), Environment(GATEWAY, refuse_http))


@asynccontextmanager
async def opened(port: int, **said: object) -> AsyncGenerator[Adapter]:
    """Open an adapter, and close it in the end."""
    adapter = build(port, **said)
    await adapter.open()
    try:
        yield adapter
    finally:
        await adapter.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return a private certificate authority."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    """Return its certificate in a file."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def account(tls: str, ca_file: Path, **said: object) -> dict[str, object]:
    """Return the settings for the account over TLS."""
    return {"tls": tls, "ca_file": ca_file, "username": USERNAME, "password": PASSWORD, **said}


both_modes = pytest.mark.parametrize("tls", ["implicit", "starttls"])


@both_modes
async def test_a_mail_goes_over_verified_tls(tls: Tls, authority: trustme.CA, ca_file: Path) -> None:
    """A stock server takes the mail after TLS and AUTH, and learns no name but the gateway's and its own."""
    said = account(tls, ca_file, host="localhost")
    async with StockSmtp(authority, tls, "localhost") as server, opened(server.port, **said) as adapter:
        outcome = await adapter.send(mail(), handover(7))
    [envelope] = server.envelopes
    expected = (Accepted(f"{7:032x}"), "praxis@praxis.example", ["anna@example.org"], [GATEWAY], ["localhost"])
    assert expected == (outcome, envelope.mail_from, envelope.rcpt_tos, server.greetings, server.names)


@both_modes
async def test_a_wrong_password_blames_the_account(tls: Tls, authority: trustme.CA, ca_file: Path) -> None:
    """The mail waits, and nothing of it goes out."""
    said = account(tls, ca_file, password="wrong")
    async with StockSmtp(authority, tls) as server, opened(server.port, **said) as adapter:
        outcome = await adapter.send(mail(), handover())
    assert (outcome, server.envelopes) == (Deferred(Blame.ACCOUNT, Reason.CREDENTIALS), [])


@both_modes
async def test_a_certificate_for_another_name_is_refused(tls: Tls, authority: trustme.CA, ca_file: Path) -> None:
    """Neither password nor mail goes to a server that cannot prove its name."""
    said = account(tls, ca_file)
    async with StockSmtp(authority, tls, "other.example") as server, opened(server.port, **said) as adapter:
        outcome = await adapter.send(mail(), handover())
    assert (outcome, server.envelopes) == (DOWN, [])


@both_modes
async def test_an_unknown_authority_is_refused(tls: Tls, authority: trustme.CA, tmp_path: Path) -> None:
    """A certificate that nobody here trusts is none."""
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    async with StockSmtp(authority, tls) as server, opened(server.port, **account(tls, stranger)) as adapter:
        outcome = await adapter.send(mail(), handover())
    assert (outcome, server.envelopes) == (DOWN, [])


@both_modes
async def test_a_private_address_has_to_be_allowed(tls: Tls, authority: trustme.CA, ca_file: Path) -> None:
    """Without the operator's word not even a connection is made."""
    said = account(tls, ca_file, allow_private_network=False)
    async with StockSmtp(authority, tls) as server, opened(server.port, **said) as adapter:
        outcome = await adapter.send(mail(), handover())
    assert (outcome, server.names) == (DOWN, [])


async def test_a_public_address_is_never_spoken_to_in_clear() -> None:
    """`tls = "none"` is for private networks: a public address is not even connected to."""
    async with opened(25, host="9.9.9.9") as adapter:
        assert await adapter.send(mail(), handover()) == DOWN


async def test_a_connection_in_clear_is_kept_from_the_public_network() -> None:
    """The address itself is refused, before anything is sent to it."""
    with pytest.raises(ForbiddenAddressError):
        await connect_socket("9.9.9.9", 25, allow_private_network=True, allow_public_network=False)


async def test_nobody_at_home_is_no_fault_of_the_mail() -> None:
    """A refused connection defers."""
    async with SmtpCapture() as server:
        port = server.port
    async with opened(port) as adapter:
        assert await adapter.send(mail(), handover()) == DOWN


async def test_a_text_comes_as_it_was() -> None:
    """What looks like the end of the data, or like a line of a mailbox file, is only text."""
    text = "\n.\n..\n.\r\nFrom here\n.\n\n"
    async with SmtpCapture() as server, opened(server.port) as adapter:
        await adapter.send(mail(text), handover())
    [taken] = server.mails
    payload = message_from_bytes(taken.data).get_payload(decode=True)
    assert text.replace("\r\n", "\n").replace("\n", "\r\n").encode() == payload


async def test_a_repeat_is_the_same_octet_for_octet() -> None:
    """A mail in doubt that is handed over again can be recognised by its receivers."""
    async with SmtpCapture() as server, opened(server.port) as adapter:
        for _ in range(2):
            await adapter.send(mail(), handover())
    first, second = server.mails
    assert first.data == second.data


async def test_connections_are_kept_and_counted() -> None:
    """A hundred mails at once share as many connections as are allowed."""
    async with SmtpCapture() as server, opened(server.port, max_concurrency=3) as adapter:
        sends = [adapter.send(mail(), handover(number)) for number in range(100)]
        outcomes = await asyncio.gather(*sends)
    assert ([Accepted(handover(number).reference) for number in range(100)], 3) == (outcomes, len(server.sessions))


async def test_an_sms_is_not_for_a_mail_server() -> None:
    """It is refused so that another provider gets it."""
    async with opened(25) as adapter:
        outcome = await adapter.send(Sms("+491761234567", "Montag"), handover())
    assert outcome == Rejected(Blame.PROVIDER, Reason.UNROUTABLE)


async def refused(adapter: Adapter, count: int) -> list[Outcome]:
    """Return the outcomes of so many mails, one after the other."""
    return [await adapter.send(mail(), handover(number)) for number in range(count)]


async def test_refusals_without_end_are_the_accounts() -> None:
    """A server that relays nothing for us any more shuts the route, not one message after the other."""
    once, shut = Rejected(Blame.SENDER, Reason.REFUSED), Deferred(Blame.ACCOUNT, Reason.REFUSED)
    async with SmtpCapture({"RCPT": b"550 5.7.1 relaying denied\r\n"}) as server, opened(server.port) as adapter:
        outcomes = await refused(adapter, MANY_REFUSALS + 1)
        server.script = {}
        accepted = await adapter.send(mail(), handover())
        server.script = {"RCPT": b"550 5.7.1 relaying denied\r\n"}
        outcomes += await refused(adapter, 1)
    assert [once] * (MANY_REFUSALS - 1) + [shut, shut, once] == outcomes
    assert accepted == Accepted(handover().reference)


GREETED = ["S: 220 mail.example", "C: EHLO gateway.example", "S: 250 mail.example"]
PRESENTED = [
    *("C: MAIL FROM:<praxis@praxis.example>", "S: 250 ok", "C: RCPT TO:<anna@example.org>", "S: 250 ok"),
    *("C: DATA", "S: 354 go on"),
]
TAKEN = [*PRESENTED, "C: (mail)", "S: 250 taken"]


def scripted(*connections: Sequence[str]) -> ScriptedSmtp:
    """Return a server that plays these connections, unencrypted."""
    return ScriptedSmtp(connections, ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), implicit=False)


@pytest.mark.parametrize(
    "steps",
    [
        ["hang"],
        [*GREETED, "C: MAIL FROM:<praxis@praxis.example>", "hang"],
        [*GREETED, *PRESENTED, "C: (mail)", "hang"],
    ],
    ids=["opening", "envelope", "content"],
)
async def test_a_cancelled_hand_over_hangs_up(steps: list[str]) -> None:
    """Wherever it stands, cancellation goes through, and the connection is not used again."""
    async with scripted(steps, [*GREETED, *TAKEN]) as server, opened(server.port) as adapter:
        sending = asyncio.create_task(adapter.send(mail(), handover()))
        await server.hanging.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert await adapter.send(mail(), handover()) == Accepted(handover().reference)
    assert server.faults == []


async def test_idle_connections_end() -> None:
    """Each is kept for its time after the last mail, and left with a goodbye."""
    goodbye = ["C: QUIT", "S: 221 bye"]
    server = scripted([*GREETED, *TAKEN, *TAKEN, *goodbye], [*GREETED, *TAKEN, *goodbye])
    async with server, opened(server.port, idle="1500ms") as adapter:
        await adapter.send(mail(), handover())
        await asyncio.sleep(0.15)
        await asyncio.gather(*(adapter.send(mail(), handover()) for _ in range(2)))
        await server.ended.wait()
    assert server.faults == []


async def test_a_server_that_does_not_say_goodbye_does_not_hold_up_a_stop() -> None:
    """A stop waits for the answer to QUIT for a moment only."""
    async with scripted([*GREETED, *TAKEN, "C: QUIT", "hang"]) as server, opened(server.port) as adapter:
        await adapter.send(mail(), handover())
    assert server.faults == []


async def test_a_connection_that_ended_is_not_used() -> None:
    """A server that hung up meanwhile costs no mail a try."""
    async with scripted([*GREETED, *TAKEN, "close"], [*GREETED, *TAKEN]) as server, opened(server.port) as adapter:
        outcomes = [await adapter.send(mail(), handover())]
        await asyncio.sleep(0.1)
        outcomes.append(await adapter.send(mail(), handover()))
    assert ([Accepted(handover().reference)] * 2, []) == (outcomes, server.faults)


async def test_an_idle_connection_that_ended_is_forgotten() -> None:
    """There is nobody to say goodbye to."""
    server = scripted([*GREETED, *TAKEN, "close"], [*GREETED, *TAKEN])
    async with server, opened(server.port, idle="50ms") as adapter:
        await adapter.send(mail(), handover())
        await asyncio.sleep(0.1)
        await adapter.send(mail(), handover())
    assert server.faults == []


async def test_no_content_goes_to_a_connection_that_is_gone() -> None:
    """What certainly was not written is certainly not taken."""
    async with scripted(GREETED) as server:
        peer = Peer("127.0.0.1", server.port, "none", allow_private_network=True, gateway_name=GATEWAY)
        deadline = asyncio.get_running_loop().time() + 10
        session = await open_session(peer, tls_context(), deadline)
        assert isinstance(session, Session)
        session.drop()
        outcome = await session.hand_in(b"", Patience(deadline, deadline))
    assert outcome == Deferred(Blame.PROVIDER, Reason.CONNECTION_LOST)
