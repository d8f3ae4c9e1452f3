"""The leak oracle over the pages of the client API, and over the client of our own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.capture_http import HttpCapture
from tests.fakes.configuration import Tables, merged
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import request
from tests.oracle import sinks
from tests.oracle.room import LOUD, Room
from tests.oracle.searcher import Sink, present, search


@pytest.fixture
async def vendor() -> AsyncIterator[HttpCapture]:
    """A provider that accepts."""
    async with HttpCapture() as capture:
        yield capture


@pytest.fixture
async def room(vendor: HttpCapture, tmp_path: Path) -> AsyncIterator[Room]:
    """A gateway in front of it, with the log at its most talkative."""
    seven = {"type": "seven", "base_url": vendor.url, "api_key": "made-up", "allow_private_network": True}
    tables: Tables = {"providers": {"seven": seven}, "routes": {"sms": ["seven"]}}
    gateway = Gateway(tmp_path, merged(LOUD, tables))
    yield await Room.open(gateway, seed=43)
    await gateway.kill()


async def test_who_reads_the_description_leaves_nothing(room: Room) -> None:
    """Neither headers nor queries nor paths come back or stay; nothing that clients were told is in it."""
    client, mint, gateway = room.client, room.mint, room.gateway
    paths = ["/openapi.json", "/docs", "/docs.css", "/problems/not-found", f"/docs/{mint.ambient('path')}"]
    for path in paths:
        for method in ("GET", "HEAD", "POST"):
            said = request(method, f"{path}?{client.query}", headers=client.headers, key=client.key)
            assert (await gateway.ask(said)).status in {200, 404, 405}
    assert search(await sinks.of(gateway, []), mint.marks) == []


async def test_our_own_client_tells_nothing_of_its_machine(room: Room, vendor: HttpCapture, tmp_path: Path) -> None:
    """`umschlag send` shows no field in what it prints and nothing but fields arrives."""
    mint, gateway = room.mint, room.gateway
    key_file = tmp_path / "key"
    key_file.write_text(room.client.key, encoding="ascii")
    number, text = mint.phone("sent-number", "+491523"), mint.content("sent-text")
    refused, unknown = mint.ambient("refused-number"), mint.ambient("refused-text")
    url = f"http://127.0.0.1:{gateway.http_port}"
    how = ["--url", url, "--key-file", str(key_file), "--idempotency-key", mint.ambient("own-key"), "--wait", "20"]
    done = await gateway.call("send", "sms", "--recipient", number, *how, "--json", stdin=text.encode())
    failed = await gateway.call("send", "sms", "--recipient", refused, *how[:4], stdin=unknown.encode())
    assert (done.code, failed.code) == (0, 1)
    key_file.unlink()
    printed = [Sink("printed", (each.stdout + each.stderr).encode()) for each in (done, failed)]
    assert search([*printed, *await sinks.of(gateway, [vendor])], mint.marks) == []
    arrived = {where for sink in sinks.capture_sinks([vendor]) for where in present(sink, mint.marks)}
    assert {"sent-number", "sent-text"} <= arrived
