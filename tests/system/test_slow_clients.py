"""Clients that dawdle: they are let go after a time, and nobody else waits for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.fakes.capture_http import HttpCapture
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import Wire, request
from tests.fakes.provider_tables import seven

SMS = {"recipient": "+4915112345678", "text": "Ihr Termin ist morgen."}
BODY = b'{"recipient":"+4915112345678","text":"x"}'


@pytest.fixture
async def gateway(web: HttpCapture, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that gives a request a second to arrive."""
    tables = {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}, "http": {"read_timeout": "1s"}}
    async with Gateway(tmp_path, tables) as running:
        yield running


async def test_many_slow_clients_hold_up_no_other(gateway: Gateway) -> None:
    """With 200 requests that never end, another client is served as ever."""
    key = await gateway.add_client("praxis")
    begun = request("POST", "/v1/sms", body=BODY, key=key)
    async with AsyncExitStack() as stack:
        for number in range(200):
            wire = await stack.enter_async_context(Wire(gateway.http_port))
            # Some stop in the head, some in the body.
            await wire.say(begun[: 20 + number] if number % 2 else begun[:-5])
        accepted = await gateway.submit("sms", key, SMS)
        assert accepted.status == 202
        assert (await gateway.settled(accepted.json()["id"], key, at=["sent"]))["attempts"] == 1


@pytest.mark.parametrize("kept_back", [5, 50, 10_000])
async def test_a_request_that_never_ends_is_let_go(kept_back: int, gateway: Gateway) -> None:
    """What has not arrived in time gets a problem or a bare close; a connection that says nothing is closed."""
    key = await gateway.add_client("praxis")
    begun = request("POST", "/v1/sms", body=BODY, key=key)
    async with Wire(gateway.http_port) as wire, asyncio.timeout(30):
        await wire.say(begun[:-kept_back])
        reply = await wire.hear()
        assert reply.status in {0, 408}


async def test_a_client_that_is_gone_before_the_answer_harms_nothing(gateway: Gateway) -> None:
    """A client that hangs up after its request may have sent a message; the gateway serves on."""
    key = await gateway.add_client("praxis")
    for _ in range(20):
        async with Wire(gateway.http_port) as wire:
            await wire.say(request("POST", "/v1/sms", body=BODY, key=key))
    assert (await gateway.submit("sms", key, SMS)).status == 202
    assert b"Traceback" not in gateway.stderr.read_bytes()
