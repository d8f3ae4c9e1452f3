"""The measurement of batches: messages a second that are on stable storage, beside a bare handler's requests."""

import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench import rooms
from tests.bench.child import Child, child, loaded
from tests.bench.figure import Figure

CONNECTIONS: Final = 16
ROUNDS: Final = 3
MESSAGES: Final = 100  # in one request
BATCHES: Final = 300
ACCEPTS: Final = 12_000


async def batching() -> list[Figure]:
    """Accept batches of a hundred, against a bare handler that answers 202 to single ones, in turn."""
    rates: list[float] = []
    bare: list[float] = []
    answered = 0
    async with _rooms() as (folder, sink, yardstick):
        singles = rooms.sms_bodies(folder)
        bodies = _batches(folder, singles)
        async with rooms.gateway(folder, sink.port, concurrency=1) as room:
            key = await room.add_client("bench")
            for _ in range(ROUNDS):
                got = await loaded(yardstick.port, "/v1/sms", key, connections=64, count=ACCEPTS, bodies=singles)
                bare.append(float(got["rate"]))
                got = await loaded(
                    room.http_port, "/v1/batch", key, connections=CONNECTIONS, count=BATCHES, bodies=bodies
                )
                rates.append(float(got["rate"]) * MESSAGES)
                answered += got["statuses"].get("200", 0) * MESSAGES
            rows = rooms.stored(room)
            await room.kill()
    rate, yard = median(rates), median(bare)
    return [
        Figure("batches of 100, messages", rate, "/s", yard, rate / yard, "≥ 3"),
        Figure("  rows in the spool", rows, "", answered, rows / max(answered, 1), "1"),
    ]


@asynccontextmanager
async def _rooms() -> AsyncIterator[tuple[Path, Child, Child]]:
    with tempfile.TemporaryDirectory(prefix="umschlag-bench-") as name:
        async with child("sink", "--hang") as sink, child("yardstick") as yardstick:
            yield Path(name), sink, yardstick


def _batches(folder: Path, singles: Path) -> Path:
    items = [{"channel": "sms", **json.loads(line)} for line in singles.read_text(encoding="utf-8").splitlines()]
    batches = [items[start : start + MESSAGES] for start in range(0, len(items), MESSAGES)]
    path = folder / "batches"
    path.write_text("\n".join(json.dumps({"messages": batch}) for batch in batches), encoding="utf-8")
    return path
