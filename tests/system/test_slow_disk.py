"""A disk that takes seconds to keep something: answers come, readiness tells, nothing is lost or sent twice."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.fakes.capture_http import HttpCapture
from tests.fakes.configuration import Tables
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import Reply
from tests.fakes.provider_tables import seven
from tests.oracle.sinks import family

pytestmark = pytest.mark.skipif(
    shutil.which("strace") is None or os.geteuid() != 0,
    reason="strace is missing (Debian: strace), or this is not root",
)

SMS = {"recipient": "+4915112345678", "text": "Ihr Termin ist morgen."}
AT_ONCE = 20


@pytest.fixture
def tables(web: HttpCapture) -> Tables:
    """One provider of SMS that accepts."""
    return {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}}


@asynccontextmanager
async def slow(gateway: Gateway, seconds: float) -> AsyncIterator[None]:
    """Let each fsync of a running gateway take so long."""
    delay = f"inject=fsync,fdatasync:delay_enter={round(seconds * 1e6)}"
    processes = [option for pid in family(gateway.pid) for option in ("-p", str(pid))]
    tracer = await asyncio.create_subprocess_exec(
        "strace", "-f", *processes, "-e", "trace=fsync,fdatasync", "-e", delay,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert tracer.stderr is not None
    for _ in processes[::2]:
        if b"attached" not in await tracer.stderr.readline():
            tracer.kill()
            await tracer.wait()
            # No program is missing that could be installed: a kernel that forbids this is no fault of the gateway.
            pytest.xfail("strace may not attach to a process here")
    drain = asyncio.create_task(tracer.stderr.read())
    try:
        yield
    finally:
        # Its end lets the processes go on. Asked to let them go, it waits for ever where one is just dying.
        with suppress(ProcessLookupError):
            tracer.kill()
        await tracer.wait()
        await drain


async def submit(gateway: Gateway, key: str, count: int) -> list[Reply]:
    """Submit so many messages at once."""
    return await asyncio.gather(*(gateway.submit("sms", key, SMS) for _ in range(count)))


async def test_messages_share_the_wait(web: HttpCapture, tables: Tables, tmp_path: Path) -> None:
    """Many are kept by few commits; looking and being ready go on meanwhile, and each is sent once."""
    async with Gateway(tmp_path, tables) as gateway:
        key = await gateway.add_client("praxis")
        known = (await gateway.submit("sms", key, SMS)).json()["id"]
        await gateway.settled(known, key, at=["sent"])
        async with slow(gateway, 0.5):
            coming = asyncio.create_task(submit(gateway, key, AT_ONCE))
            assert (await gateway.status(known, key))["status"] == "sent"
            assert (await gateway.admin("/healthz")).status == 200
            replies = await coming
            assert {reply.status for reply in replies} == {202}
            for reply in replies:
                await gateway.settled(reply.json()["id"], key, at=["sent"])
        assert (await gateway.admin("/readyz")).status == 200
    assert len(web.taken) == AT_ONCE + 1


async def test_a_disk_that_hangs_is_told(web: HttpCapture, tables: Tables, tmp_path: Path) -> None:
    """Not ready while it hangs; newcomers are refused at once, and who came before is answered when it is kept."""
    async with Gateway(tmp_path, tables) as gateway:
        key = await gateway.add_client("praxis")
        async with slow(gateway, 8):
            first = asyncio.create_task(gateway.submit("sms", key, SMS))
            ready = await gateway.admin("/readyz")
            assert (ready.status, ready.json()["checks"]["spool"]["ok"]) == (503, False)
            assert (await gateway.admin("/healthz")).status == 200
            await gateway.logged("spool_stalled")
            refused = await gateway.submit("sms", key, SMS)
            assert (refused.status, refused.header("Content-Type")) == (503, "application/problem+json")
            assert int(refused.header("Retry-After") or 0) > 0
        answered = await first
        assert answered.status == 202
        await gateway.settled(answered.json()["id"], key, at=["sent"])
        await accepted_again(gateway, key)


async def accepted_again(gateway: Gateway, key: str) -> None:
    """Submit until it is taken: that the disk is well again is seen within a second or so."""
    for _ in range(200):
        if (await gateway.submit("sms", key, SMS)).status == 202:
            return
        await asyncio.sleep(0.1)
    message = "never accepted again"
    raise AssertionError(message)


async def test_a_kill_in_the_middle_loses_nothing_that_was_answered(
    web: HttpCapture, tables: Tables, tmp_path: Path
) -> None:
    """SIGKILL while a commit hangs: whoever has heard 202 finds the message, and it is sent."""
    async with Gateway(tmp_path, tables) as gateway:
        key = await gateway.add_client("praxis")
        before = await submit(gateway, key, AT_ONCE)
        async with slow(gateway, 5):
            hanging = asyncio.create_task(submit(gateway, key, AT_ONCE))
            assert (await gateway.admin("/healthz")).status == 200
            await gateway.kill()
            await asyncio.wait([hanging])
        await gateway.start()
        for reply in before:
            await gateway.settled(reply.json()["id"], key, at=["sent", "in_doubt"])
