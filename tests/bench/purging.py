"""The measurement of the purge: what intake feels while a million rows that have expired are deleted."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.bench import million, rooms
from tests.bench.child import child, loaded
from tests.bench.figure import Figure, compared
from tests.fakes.gateway import Gateway

ROUNDS: Final = 12
CONNECTIONS: Final = 64
ACCEPTS: Final = 4_000
# One after the other: what is measured is how long one of them waits behind a purge.
SINGLES: Final = 700
KEPT_DAYS: Final = 90  # `retention.metadata`


@dataclass
class _Side:
    """A gateway over a million rows, and what was measured of it."""

    room: Gateway
    key: str
    many: list[dict[str, Any]] = field(default_factory=list)
    one: list[dict[str, Any]] = field(default_factory=list)


async def purging() -> list[Figure]:
    """Load a gateway whose rows have expired beside one whose rows have not, in turn; the other one is held."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="umschlag-bench-")))
        sink = await stack.enter_async_context(child("sink", "--hang"))
        bodies = rooms.sms_bodies(folder)
        idle = await _side(folder / "idle", sink.port, KEPT_DAYS - 1)
        expired = await _side(folder / "purging", sink.port, KEPT_DAYS + 1)
        before = int(time.time()) - KEPT_DAYS * million.DAY
        for _ in range(ROUNDS):
            await _turn(idle, bodies)
            await _turn(expired, bodies)
        gone = million.ROWS - million.left(_spool(expired.room), before)
        for side in (idle, expired):
            await side.room.kill()
    return _figures(idle, expired, gone)


async def _turn(side: _Side, bodies: Path) -> None:
    with _running(side.room):
        side.many.append(await _load(side, bodies, CONNECTIONS, ACCEPTS))
        side.one.append(await _load(side, bodies, 1, SINGLES))


def _figures(idle: _Side, expired: _Side, gone: int) -> list[Figure]:
    longest = [median(each["longest"] for each in side.one) for side in (expired, idle)]
    busy = sum(each["seconds"] for each in expired.many + expired.one)
    return [
        compared("purging, p99 of accepts", "p99", expired.many, idle.many, unit="ms", aim="≤ 1.5"),
        compared("  p50", "p50", expired.many, idle.many, unit="ms"),
        compared("  accepts", "rate", expired.many, idle.many, unit="/s"),
        compared("  one by one, p99", "p99", expired.one, idle.one, unit="ms"),
        Figure("  one by one, longest", longest[0], "ms", longest[1], longest[0] / longest[1], "≤ 50 ms"),
        Figure("  rows purged", gone, "", million.ROWS, gone / million.ROWS, "< 1: else nothing was measured"),
        Figure("  rows purged a second", gone / busy, "/s"),
    ]


async def _side(folder: Path, sink_port: int, days_ago: int) -> _Side:
    """Return a gateway that has just started over a million rows, held."""
    room = rooms.gateway(folder, sink_port, concurrency=1)
    await room.start()
    key = await room.add_client("bench")
    await room.terminate()
    million.fill_finished(_spool(room), days_ago=days_ago)
    await room.start()
    os.kill(room.pid, signal.SIGSTOP)
    return _Side(room, key)


@contextmanager
def _running(room: Gateway) -> Iterator[None]:
    """Let a gateway that is held go on for a while."""
    os.kill(room.pid, signal.SIGCONT)
    try:
        yield
    finally:
        os.kill(room.pid, signal.SIGSTOP)


async def _load(side: _Side, bodies: Path, connections: int, count: int) -> dict[str, Any]:
    return await loaded(side.room.http_port, "/v1/sms", side.key, connections=connections, count=count, bodies=bodies)


def _spool(room: Gateway) -> Path:
    return room.home / "data" / "spool.db"
