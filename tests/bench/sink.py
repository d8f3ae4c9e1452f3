"""The provider's end, a process of its own: takes POSTs as seven.io does, counts them, or hangs.

`python -m tests.bench.sink [--hang]` prints its port; `GET /` answers how many messages it has taken.
"""

import asyncio
import sys
from typing import Final, cast

import uvloop

ACCEPTED: Final = (
    b'{"success":"100","total_price":0.075,"balance":46.7,"messages":[{"id":"77229135982","parts":1,"success":true,'
    b'"error":null,"error_text":null}]}'
)
HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
TAKEN: Final = HEAD % len(ACCEPTED) + ACCEPTED


class _Connection(asyncio.Protocol):
    count = 0
    hangs = False

    def __init__(self) -> None:
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n") + 4) >= 4:
            head = self._received[:end].lower()
            whole = end + _length(head)
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        assert self._transport is not None
        if head.startswith(b"get"):
            body = b"%d" % _Connection.count
            self._transport.write(HEAD % len(body) + body)
            return
        _Connection.count += 1
        if not _Connection.hangs:
            self._transport.write(TAKEN)


def _length(head: bytes) -> int:
    start = head.find(b"content-length:") + 15
    return int(head[start : head.find(b"\r\n", start)]) if start >= 15 else 0


async def serve() -> None:
    """Listen on a free port, print it, and take until the process is ended."""
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    _Connection.hangs = "--hang" in sys.argv
    uvloop.run(serve())
