"""The load generator, a process of its own: keeps so many connections busy with POSTs and tells how long each took.

Raw asyncio over uvloop, because a real client costs more than the server that it measures.
`python -m tests.bench.load PORT PATH KEY CONNECTIONS COUNT BODIES` with a file of one body a line.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import cast

import uvloop


class _Run:
    """What all connections of one run share."""

    def __init__(self, requests: Sequence[bytes], count: int) -> None:
        self.requests: Iterator[bytes] = cycle(requests)
        self.unsent = count
        self.unanswered = count
        self.statuses: Counter[int] = Counter()
        self.nanoseconds: list[int] = []
        self.done = asyncio.Event()


class _Connection(asyncio.Protocol):
    """One connection: the next request leaves when the answer to the last is whole."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._received = b""
        self._sent_at = 0
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take an answer, or a part of it."""
        received = self._received = self._received + data if self._received else data
        end = received.find(b"\r\n\r\n") + 4
        if end < 4 or len(received) < end + _length(received[:end]):
            return
        self._received = b""
        run = self._run
        run.nanoseconds.append(time.perf_counter_ns() - self._sent_at)
        run.statuses[int(received[9:12])] += 1
        run.unanswered -= 1
        if run.unanswered == 0:
            run.done.set()
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        """End the run: a server that hangs up is not measured."""
        self._run.done.set()

    def _send(self) -> None:
        if self._run.unsent == 0 or self._transport is None:
            return
        self._run.unsent -= 1
        self._sent_at = time.perf_counter_ns()
        self._transport.write(next(self._run.requests))


def _length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.find(b"content-length:") + 15
    return int(lowered[start : lowered.find(b"\r\n", start)])


def requests_of(path: str, key: str, bodies: Sequence[bytes]) -> list[bytes]:
    """Return one whole POST for each body."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    return [head.encode() + str(len(body)).encode() + b"\r\n\r\n" + body for body in bodies]


async def run(port: int, requests: Sequence[bytes], connections: int, count: int) -> dict[str, object]:
    """Return statuses, seconds, requests a second; the 50th and 99th percentile and the longest, in milliseconds."""
    shared = _Run(requests, count)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    opened = [await loop.create_connection(lambda: _Connection(shared), "127.0.0.1", port) for _ in range(connections)]
    await shared.done.wait()
    seconds = time.perf_counter() - started
    for transport, _ in opened:
        transport.abort()
    times = sorted(shared.nanoseconds)
    return {
        "statuses": {str(status): number for status, number in shared.statuses.items()},
        "seconds": seconds,
        "rate": len(times) / seconds,
        "p50": times[len(times) // 2] / 1e6,
        "p99": times[len(times) * 99 // 100] / 1e6,
        "longest": times[-1] / 1e6,
    }


def main() -> None:
    """Print the figures of one run as JSON."""
    port, path, key, connections, count, bodies = sys.argv[1:]
    requests = requests_of(path, key, Path(bodies).read_bytes().splitlines())
    print(json.dumps(uvloop.run(run(int(port), requests, int(connections), int(count)))))


if __name__ == "__main__":
    main()
