"""The measurements, each with its yardstick in the same run."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which
from statistics import median
from typing import Any

from tests.bench import rooms
from tests.bench.child import Child, child, count_taken, loaded
from tests.bench.figure import Figure, compared
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import ask, request

CONNECTIONS = 64
ROUNDS = 3
ACCEPTS = 12_000
HANDOVERS = 6_000
MAILS = 3_000
WAITING = 10_000
STARTS = 5
# Longest wait for a sink to have everything; nothing is judged by it.
PATIENCE = 60.0
SMTP_SINK_PATH = "/usr/sbin:/usr/bin"


@asynccontextmanager
async def _folder() -> AsyncIterator[Path]:
    with tempfile.TemporaryDirectory(prefix="umschlag-bench-") as name:
        yield Path(name)


async def accepting() -> list[Figure]:
    """Durable accepts against a bare handler that answers 202 and keeps nothing, in turn."""
    bare: list[dict[str, Any]] = []
    durable: list[dict[str, Any]] = []
    async with _folder() as folder, child("sink", "--hang") as sink, child("yardstick") as yardstick:
        bodies = rooms.sms_bodies(folder)
        # One hand-over at a time that never ends: what is measured is acceptance alone.
        async with rooms.gateway(folder, sink.port, concurrency=1) as room:
            key = await room.add_client("bench")
            for _ in range(ROUNDS):
                bare.append(await _accepts(yardstick, key, bodies))
                durable.append(await _accepts(Child(room.pid, room.http_port), key, bodies))
            rows = rooms.stored(room)
            await room.kill()
    answered = sum(figures["statuses"].get("202", 0) for figures in durable)
    return [
        compared("durable accepts", "rate", durable, bare, unit="/s", aim="≥ 0.40"),
        compared("  p50", "p50", durable, bare, unit="ms"),
        compared("  p99", "p99", durable, bare, unit="ms", aim="≤ 12"),
        compared("  processor a message", "cpu", durable, bare, unit="μs"),
        Figure("  rows in the spool", rows, "", answered, rows / max(answered, 1), "1"),
    ]


async def _accepts(server: Child, key: str, bodies: Path) -> dict[str, Any]:
    before = rooms.cpu_seconds(server.pid)
    figures = await loaded(server.port, "/v1/sms", key, connections=CONNECTIONS, count=ACCEPTS, bodies=bodies)
    return {**figures, "cpu": (rooms.cpu_seconds(server.pid) - before) / ACCEPTS * 1e6}


async def handing_over() -> list[Figure]:
    """SMS until the sink has them all, against the shortest proxy that keeps nothing, in turn."""
    durable: list[dict[str, Any]] = []
    naive: list[dict[str, Any]] = []
    for _ in range(ROUNDS):
        async with _folder() as folder, child("sink") as sink:
            bodies = rooms.sms_bodies(folder)
            async with child("yardstick", f"http://127.0.0.1:{sink.port}/") as proxy:
                naive.append(await _until_taken(proxy, "", sink, bodies))
        async with _folder() as folder, child("sink") as sink:
            bodies = rooms.sms_bodies(folder)
            async with rooms.gateway(folder, sink.port) as room:
                key = await room.add_client("bench")
                durable.append(await _until_taken(Child(room.pid, room.http_port), key, sink, bodies))
    return [
        compared("SMS end to end", "rate", durable, naive, unit="/s", aim="≥ 0.40"),
        compared("  processor a message", "cpu", durable, naive, unit="μs"),
    ]


async def _until_taken(server: Child, key: str, sink: Child, bodies: Path) -> dict[str, Any]:
    async def is_done() -> bool:
        return await count_taken(sink.port) >= HANDOVERS

    before, started = rooms.cpu_seconds(server.pid), time.perf_counter()
    await loaded(server.port, "/v1/sms", key, connections=CONNECTIONS, count=HANDOVERS, bodies=bodies)
    await _until(is_done)
    seconds, cpu = time.perf_counter() - started, rooms.cpu_seconds(server.pid) - before
    return {"rate": HANDOVERS / seconds, "cpu": cpu / HANDOVERS * 1e6}


async def mailing() -> list[Figure]:
    """Mail until smtp-sink has taken all of it; there is no yardstick without Postfix's whole queue."""
    program = which("smtp-sink", path=SMTP_SINK_PATH)
    if program is None:
        return []
    async with _folder() as folder:
        port = rooms.sink_port()
        sink = await asyncio.create_subprocess_exec(program, "-u", "nobody", f"127.0.0.1:{port}", "1000")
        try:
            bodies = rooms.mail_bodies(folder)
            async with rooms.mail_gateway(folder, port) as room:
                key = await room.add_client("bench")
                started = time.perf_counter()
                await loaded(room.http_port, "/v1/email", key, connections=CONNECTIONS, count=MAILS, bodies=bodies)
                await _until(_has_sent(room, MAILS))
                return [Figure("mail end to end", MAILS / (time.perf_counter() - started), "/s")]
        finally:
            sink.kill()
            await sink.wait()


def _has_sent(room: Gateway, count: int) -> Callable[[], Awaitable[bool]]:
    async def is_done() -> bool:
        name = b'umschlag_messages_finished_total{channel="email",status="sent"} '
        lines = (await room.admin("/metrics")).body.splitlines()
        return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name)) >= count

    return is_done


async def waiting() -> list[Figure]:
    """Memory while the provider hangs and everything that was accepted waits."""
    async with _folder() as folder, child("sink", "--hang") as sink:
        bodies = rooms.sms_bodies(folder)
        async with rooms.gateway(folder, sink.port, concurrency=1000) as room:
            key = await room.add_client("bench")
            empty = rooms.peak_memory(room.pid)
            await loaded(room.http_port, "/v1/sms", key, connections=CONNECTIONS, count=WAITING, bodies=bodies)
            peak = rooms.peak_memory(room.pid)
            await room.kill()
    return [Figure(f"memory, {WAITING} waiting", peak, "MB", empty, peak / empty, "≤ 250 MB")]


async def starting() -> list[Figure]:
    """Time from the start of the program to the first answer, on a spool that is there already."""
    times = []
    async with _folder() as folder, child("sink") as sink:
        room = rooms.gateway(folder, sink.port)
        for _ in range(STARTS + 1):
            started = time.perf_counter()
            await room.launch()
            await _until(_answers(room), pause=0.005)
            times.append(time.perf_counter() - started)
            await room.terminate()
    return [Figure("start to first answer", median(times[1:]), "s", aim="≤ 2")]


def _answers(room: Gateway) -> Callable[[], Awaitable[bool]]:
    async def is_done() -> bool:
        try:
            return (await ask(room.http_port, request("GET", "/healthz"))).status == 200
        except OSError:
            return False

    return is_done


async def _until(is_done: Callable[[], Awaitable[bool]], *, pause: float = 0.02) -> None:
    for _ in range(round(PATIENCE / pause)):
        if await is_done():
            return
        await asyncio.sleep(pause)
    message = "what is measured never ended"
    raise TimeoutError(message)
