"""The load generator for SMTP, a process of its own: keeps so many sessions busy, each with one mail after the other.

`python -m tests.bench.smtp_load PORT KEY CONNECTIONS COUNT`; a session waits for each reply, as most programs do.
With an empty KEY it does not log in.
"""

import asyncio
import base64
import json
import sys
import time
from collections import Counter
from typing import Final, cast

import uvloop

CONTENT: Final = (
    b"From: Praxis =?utf-8?Q?M=C3=BCller?= <praxis@praxis.example.org>\r\nTo: erika@example.com\r\n"
    b"Subject: =?utf-8?Q?Ihr_Termin_am_10=2E_M=C3=A4rz?=\r\nDate: Tue, 3 Mar 2026 09:12:44 +0100\r\n"
    b"Message-ID: <4f1c2e7a@praxis-pc.local>\r\nUser-Agent: Praxis 7.1\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"Guten Tag,\r\n\r\nIhr Termin ist am 10. M\xc3\xa4rz um 9 Uhr.\r\n\r\nIhre Praxis\r\n.\r\n"
)
MAIL: Final = (
    b"MAIL FROM:<praxis@praxis.example.org> SIZE=450\r\n",
    b"RCPT TO:<erika@example.com>\r\n",
    b"DATA\r\n",
    CONTENT,
)


class _Run:
    """What all sessions of one run share."""

    def __init__(self, count: int) -> None:
        self.unsent = self.unanswered = count
        self.replies: Counter[str] = Counter()
        self.nanoseconds: list[int] = []
        self.done = asyncio.Event()


class _Session(asyncio.Protocol):
    """One session: the next command leaves when the last is answered."""

    def __init__(self, run: _Run, key: str) -> None:
        self._run = run
        login = base64.b64encode(f"\0bench\0{key}".encode())
        self._waiting = [b"EHLO bench\r\n", *([b"AUTH PLAIN " + login + b"\r\n"] if key else [])]
        self._received = b""
        self._in_mail = 0
        self._begun_at = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the greeting."""
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Take a reply, or a part of it."""
        self._received += data
        last = self._received[self._received.rfind(b"\n", 0, -1) + 1 :]
        if not last.endswith(b"\n") or last[3:4] == b"-":
            return
        self._received = b""
        if self._waiting:
            self._transport.write(self._waiting.pop(0))
        else:
            self._go_on(last)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        """End the run: a server that hangs up is not measured."""
        self._run.done.set()

    def _go_on(self, last: bytes) -> None:
        run = self._run
        if self._in_mail == len(MAIL):
            run.nanoseconds.append(time.perf_counter_ns() - self._begun_at)
            run.replies[last[:3].decode()] += 1
            run.unanswered -= 1
            self._in_mail = 0
            if run.unanswered == 0:
                run.done.set()
        if self._in_mail == 0:
            if run.unsent == 0:
                return
            run.unsent -= 1
            self._begun_at = time.perf_counter_ns()
        self._transport.write(MAIL[self._in_mail])
        self._in_mail += 1


async def run(port: int, key: str, connections: int, count: int) -> dict[str, object]:
    """Return replies to mails, mails a second, and the 50th and 99th percentile in milliseconds."""
    shared = _Run(count)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    opened = [
        await loop.create_connection(lambda: _Session(shared, key), "127.0.0.1", port) for _ in range(connections)
    ]
    await shared.done.wait()
    seconds = time.perf_counter() - started
    for transport, _ in opened:
        transport.abort()
    times = sorted(shared.nanoseconds)
    return {
        "statuses": dict(shared.replies),
        "rate": len(times) / seconds,
        "p50": times[len(times) // 2] / 1e6,
        "p99": times[len(times) * 99 // 100] / 1e6,
    }


def main() -> None:
    """Print the figures of one run as JSON."""
    port, key, connections, count = sys.argv[1:]
    print(json.dumps(uvloop.run(run(int(port), key, int(connections), int(count)))))


if __name__ == "__main__":
    main()
