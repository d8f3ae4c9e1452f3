"""The measurement of SMTP submission, beside a bare aiosmtpd in the same run."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.bench import rooms
from tests.bench.child import Child, child
from tests.bench.figure import Figure, compared

CONNECTIONS: Final = 64
ROUNDS: Final = 3
MAILS: Final = 6_000


async def submitting() -> list[Figure]:
    """Durable mail over SMTP against an aiosmtpd that drops it, in turn."""
    bare: list[dict[str, Any]] = []
    durable: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="umschlag-bench-") as folder:
        async with (
            child("sink", "--hang") as sink,
            child("smtp_yardstick") as yardstick,
            rooms.submission_gateway(Path(folder), sink.port) as room,
        ):
            key = await room.add_client("bench")
            for _ in range(ROUNDS):
                bare.append(await _mails(yardstick, ""))
                durable.append(await _mails(Child(room.pid, room.smtp_port), key))
            rows = rooms.stored(room)
            await room.kill()
    taken = sum(figures["statuses"].get("250", 0) for figures in durable)
    return [
        compared("mail over SMTP", "rate", durable, bare, unit="/s", aim="≥ 0.60"),
        compared("  p50", "p50", durable, bare, unit="ms"),
        compared("  p99", "p99", durable, bare, unit="ms"),
        compared("  processor a mail", "cpu", durable, bare, unit="μs"),
        Figure("  rows in the spool", rows, "", taken, rows / max(taken, 1), "1"),
    ]


async def _mails(server: Child, key: str) -> dict[str, Any]:
    before = rooms.cpu_seconds(server.pid)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.smtp_load", str(server.port), key, str(CONNECTIONS), str(MAILS),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    figures: dict[str, Any] = json.loads(said)
    return figures | {"cpu": (rooms.cpu_seconds(server.pid) - before) / MAILS * 1e6}
