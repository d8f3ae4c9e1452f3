"""The leak oracle over every way in which a process ends: what is left on the disk gives nothing away."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.capture_http import Hang, HttpCapture, seven_accepts
from tests.fakes.capture_smtp import SmtpCapture
from tests.fakes.configuration import Tables, merged
from tests.fakes.gateway import Gateway
from tests.oracle import sinks
from tests.oracle.room import LOUD, RESTING, Room
from tests.oracle.searcher import search

Captures = tuple[HttpCapture, SmtpCapture]
DOMAIN = "praxis.example.org"


@pytest.fixture
async def captures() -> AsyncIterator[Captures]:
    """A provider of each channel that hangs as soon as it has a message."""
    async with HttpCapture(Hang()) as web, SmtpCapture() as mail:
        yield web, mail


def tables(captures: Captures) -> Tables:
    """Return a configuration with both providers."""
    web, mail = captures
    shared = {"allow_private_network": True, "timeout": "60s"}
    providers = {
        "web": {"type": "seven", "base_url": web.url, "api_key": "made-up", **shared},
        "mail": {"type": "smtp", "host": "127.0.0.1", "port": mail.port, "tls": "none", **shared},
    }
    routes = {"sms": ["web"], "email": ["mail"]}
    return merged(LOUD, {"providers": providers, "routes": routes, "delivery": {"drain": "1s", "lease": "2s"}})


@pytest.fixture
async def room(captures: Captures, tmp_path: Path) -> AsyncIterator[Room]:
    """A gateway with an SMS in the middle of its hand-over, and a mail that was sent."""
    gateway = Gateway(tmp_path, tables(captures))
    opened = await Room.open(gateway, seed=29)
    await opened.sms(opened.mint.phone("number"))
    await captures[0].wait_for(1)
    mail = await opened.mail(DOMAIN)
    await gateway.settled(mail, opened.client.key, at=["sent"])
    yield opened
    await gateway.kill()


async def test_a_stop_in_the_middle_leaves_nothing_readable(room: Room) -> None:
    """SIGTERM while a hand-over is open: neither files nor output give a mark away."""
    assert await room.gateway.terminate() == 0
    assert search(sinks.at_rest(room.gateway), room.mint.marks) == []


async def test_a_kill_in_the_middle_leaves_nothing_readable(room: Room, captures: Captures) -> None:
    """SIGKILL while a hand-over is open, and a new start on what it left: nothing gives a mark away."""
    await room.gateway.kill()
    assert search(sinks.at_rest(room.gateway), room.mint.marks) == []
    captures[0].answer = seven_accepts
    await room.gateway.start()
    after = await room.sms(room.mint.phone("number-after", "+491520"))
    await room.gateway.settled(after, room.client.key, at=["sent"])
    assert search(await sinks.of(room.gateway, captures), room.mint.marks) == []


async def test_lost_keys_lose_content_and_nothing_else(room: Room, captures: Captures) -> None:
    """Without its key a message cannot be sent; the gateway serves on, and says nothing of what it held."""
    held = await room.sms(room.mint.phone("number-held", "+491521"))
    await room.gateway.kill()
    for key in (room.gateway.home / "keys" / "content").glob("*.key"):
        key.unlink()
    captures[0].answer = seven_accepts
    await room.gateway.start()
    status = await room.gateway.settled(held, room.client.key, at=RESTING)
    assert status["status"] in {"in_doubt", "expired", "failed"}
    after = await room.sms(room.mint.phone("number-after", "+491522"))
    await room.gateway.settled(after, room.client.key, at=["sent"])
    assert search(await sinks.of(room.gateway, captures), room.mint.marks) == []


async def test_lost_client_keys_refuse_every_client(room: Room, captures: Captures) -> None:
    """Without the key of the hashes nobody is let in, and the answers do not tell what was said."""
    await room.gateway.kill()
    (room.gateway.home / "keys" / "auth.key").unlink()
    await room.gateway.start()
    reply = await room.gateway.ask(room.client.request("sms", {"recipient": "+4915112345678", "text": "x"}))
    assert reply.status in {401, 503}
    assert search(await sinks.of(room.gateway, captures), room.mint.marks) == []
