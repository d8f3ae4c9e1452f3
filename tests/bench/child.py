"""The processes that a measurement needs besides the gateway: started, asked for a port, ended."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.http_wire import ask, request


@dataclass(frozen=True, slots=True)
class Child:
    """A running process: its number and the port it listens on."""

    pid: int
    port: int


@asynccontextmanager
async def child(module: str, *arguments: str) -> AsyncIterator[Child]:
    """Run a module of this package that prints the port it listens on."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.bench.{module}", *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield Child(process.pid, int(await process.stdout.readline()))
    finally:
        process.kill()
        await process.communicate()


async def loaded(port: int, path: str, key: str, *, connections: int, count: int, bodies: Path) -> dict[str, Any]:
    """Run the load generator and return its figures."""
    arguments = (str(port), path, key, str(connections), str(count), str(bodies))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.load", *arguments, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    figures: dict[str, Any] = json.loads(said)
    return figures


async def count_taken(sink_port: int) -> int:
    """Return how many messages the sink has taken."""
    return int((await ask(sink_port, request("GET", "/"))).body)
