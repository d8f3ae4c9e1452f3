"""The measurements of a million rows: how long the search for one person takes, and what counting what waits does."""

import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Final

from gateway.spool.sqlite import SqliteStore
from tests.bench import million, rooms
from tests.bench.child import child
from tests.bench.figure import Figure
from tests.fakes.gateway import Gateway

ROUNDS: Final = 5
SMS: Final = {"recipient": "+4915112345678", "text": "Ihr Termin ist morgen."}
SENT: Final = 3
REPORT: Final = ("subject", "report", "--json")
# The least that a command does which opens the spool.
LEAST: Final = ("clients", "list", "--json")


async def searching() -> list[Figure]:
    """Search for one number by the command, as a whole process, beside a gateway that serves."""
    async with _room() as room:
        spool = room.home / "data" / "spool.db"
        key = await room.add_client("bench")
        await room.terminate()
        million.fill_finished(spool, days_ago=1)
        await room.start()
        for _ in range(SENT):
            await room.submit("sms", key, SMS)
        cold = [await _seconds(room, REPORT, forgotten=spool) for _ in range(ROUNDS)]
        warm = [await _seconds(room, REPORT) for _ in range(ROUNDS)]
        least = [await _seconds(room, LEAST) for _ in range(ROUNDS)]
        found = json.loads((await room.run(*REPORT, stdin=SMS["recipient"].encode())).stdout)["messages"]
        await room.kill()
    return [
        _figure("search in a million, cold", cold, least, "≤ 1"),
        _figure("  warm", warm, least, "≤ 1"),
        Figure("  messages found", len(found), "", SENT, len(found) / SENT, "1"),
    ]


async def counting() -> list[Figure]:
    """Count what waits as the look at the room that is left does, with a million that wait and with a thousand."""
    takes = {}
    for rows in (1_000, million.ROWS):
        async with _room() as room:
            spool = room.home / "data" / "spool.db"
            await room.add_client("bench")
            await room.terminate()
            million.fill_waiting(spool, rows)
            takes[rows] = await _looks(spool)
    many, few = takes[million.ROWS], takes[1_000]
    return [Figure("count of what waits", many * 1e3, "ms", few * 1e3, many / few, "in a share of 1 % of the time")]


@asynccontextmanager
async def _room() -> AsyncIterator[Gateway]:
    with tempfile.TemporaryDirectory(prefix="umschlag-bench-") as folder:
        async with child("sink") as sink, rooms.gateway(Path(folder), sink.port) as room:
            yield room


async def _looks(spool: Path) -> float:
    store = SqliteStore(spool)
    await store.open()
    takes = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await store.queue_depths()
        takes.append(time.perf_counter() - started)
    await store.close()
    return median(takes)


async def _seconds(room: Gateway, command: Sequence[str], forgotten: Path | None = None) -> float:
    if forgotten is not None:
        _forget(forgotten)
    started = time.perf_counter()
    done = await room.run(*command, stdin=SMS["recipient"].encode())
    taken = time.perf_counter() - started
    assert done.code == 0, done
    return taken


def _forget(path: Path) -> None:
    """Let the system forget what it has read of a file."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def _figure(name: str, measured: Sequence[float], yardstick: Sequence[float], aim: str) -> Figure:
    ours, theirs = median(measured), median(yardstick)
    return Figure(name, ours, "s", theirs, ours / theirs, aim)
