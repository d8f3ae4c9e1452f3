"""Health, readiness and metrics: open to whoever looks, by any name."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.console import Check
from gateway.console.health import CheckResult, run_checks
from gateway.console.sources import ProviderView
from gateway.core.message import Channel
from tests.fakes.admin import NOW, Admin, calling, serving


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    """Return a running admin listener."""
    async with serving(tmp_path) as admin:
        yield admin


@pytest.fixture
async def client(admin: Admin) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a program without a token."""
    async with calling(admin) as session:
        yield session


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_machines_that_look_need_no_token_and_no_name(client: aiohttp.ClientSession, path: str) -> None:
    """A load balancer or Prometheus asks by whatever name it knows; HEAD is answered too."""
    for ask in (client.get, client.head):
        async with ask(path, headers={"Host": "gateway-3.cluster.example"}) as answer:
            assert (answer.status, answer.headers["Server"]) == (200, "umschlag")


async def test_healthy_is_whoever_serves(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Health does not depend on the checks."""
    admin.faults["disk"] = "too little is free"
    async with client.get("/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "serving"})


async def test_ready_is_when_every_check_holds(client: aiohttp.ClientSession) -> None:
    """Each check has its name in the answer."""
    async with client.get("/readyz") as answer:
        names = ("spool", "disk", "keyring", "retention", "draining")
        expected = {"status": "ready", "checks": {name: {"ok": True} for name in names}, "circuits": {}}
        assert (answer.status, await answer.json()) == (200, expected)


async def test_an_open_circuit_is_shown_and_is_still_ready(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Messages wait, or go to the next provider: it is no reason to send elsewhere."""
    admin.providers += [ProviderView("a", "seven", (Channel.SMS,)), ProviderView("b", "smtp", (), circuit_open=True)]
    async with client.get("/readyz") as answer:
        body = await answer.json()
    assert (answer.status, body["circuits"]) == (200, {"a": "closed", "b": "open"})


async def test_one_check_that_does_not_hold_is_not_ready(admin: Admin, client: aiohttp.ClientSession) -> None:
    """The answer is 503 and says which check, and why."""
    admin.faults["disk"] = "too little is free"
    async with client.get("/readyz") as answer:
        body = await answer.json()
    assert (answer.status, body["status"]) == (503, "not_ready")
    assert (body["checks"]["disk"], body["checks"]["spool"]) == (
        {"ok": False, "detail": "too little is free"},
        {"ok": True},
    )


async def test_a_check_that_raises_does_not_hold() -> None:
    """Only the type of what it raised is shown."""

    async def fail() -> None:
        raise ConnectionResetError("S3NT-check-1")

    results = await run_checks([Check("spool", fail)])
    assert results == [CheckResult("spool", "failed (ConnectionResetError)")]


async def test_a_check_that_hangs_does_not_hold() -> None:
    """Readiness answers although one of its checks never does."""

    async def hang() -> None:
        await asyncio.Event().wait()

    results = await run_checks([Check("spool", hang)], longest=0)
    assert results == [CheckResult("spool", "no answer in time")]


async def test_metrics_are_read_by_prometheus(client: aiohttp.ClientSession) -> None:
    """The media type and the text are Prometheus's."""
    async with client.get("/metrics") as answer:
        text = await answer.text()
    names = {family.name for family in text_string_to_metric_families(text)}
    assert (answer.content_type, "umschlag_build_info" in names) == ("text/plain", True)


async def test_the_queue_is_counted_when_asked(admin: Admin, client: aiohttp.ClientSession) -> None:
    """A scrape sees what waits now, and for how long the oldest has."""
    await admin.put(1)
    await admin.put(1, at=NOW - 100)
    async with client.get("/metrics") as answer:
        text = await answer.text()
    assert 'umschlag_queue_messages{channel="sms",status="queued"} 2.0' in text
    assert 'umschlag_queue_oldest_seconds{channel="sms"} 100.0' in text


async def test_metrics_survive_the_spool(admin: Admin, client: aiohttp.ClientSession) -> None:
    """While the spool cannot be read the last figures stay, and all others are given."""
    await admin.put(1, Channel.EMAIL)
    async with client.get("/metrics"):
        await admin.store.close()
    async with client.get("/metrics") as answer:
        assert (
            answer.status,
            'umschlag_queue_messages{channel="email",status="queued"} 1.0' in await answer.text(),
        ) == (
            200,
            True,
        )
