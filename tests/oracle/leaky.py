"""A gateway that leaks on purpose what clients send, into every place that there is.

`python -m tests.oracle.leaky serve`. Nothing but the event loop is changed: it taps all connections.
"""

import asyncio
import base64
import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import quote_from_bytes

import uvloop

from gateway.cli import main

HOME = Path(os.environ["UMSCHLAG_HOME"])
_held: list[BinaryIO] = []


class Tap:
    """What was said last to one of the listeners."""

    heard = b""


def leak(data: bytes) -> None:
    """Put what was heard into every place, each time in another form."""
    os.write(1, data)
    os.write(2, base64.b64encode(data) + b"\n")
    _append(HOME / "gateway.log", quote_from_bytes(data).encode())
    _append(HOME / "keys" / "leak", data.hex().encode())
    _append(Path(tempfile.gettempdir()) / "leak", data.decode("latin-1").encode("utf-16-le"))
    with closing(sqlite3.connect(HOME / "data" / "spool.db", timeout=30, isolation_level=None)) as database:
        database.execute("CREATE TABLE IF NOT EXISTS leak (value BLOB)")
        database.execute("INSERT INTO leak VALUES (?)", (data[::-1],))
    held = tempfile.TemporaryFile()  # noqa: SIM115 (it stays open: that is the leak)
    held.write(data.upper())
    held.flush()
    _held.append(held)


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


class _LoudTransport:
    """Adds a header with what was heard last to whatever head is written."""

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (everything else is the transport's)
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write, and a header more."""
        loud = b"\r\nX-Leak: " + base64.b64encode(Tap.heard) + b"\r\n"
        cast("asyncio.WriteTransport", self._transport).write(bytes(data).replace(b"\r\n", loud, 1))


def _tapped(protocol: Any, *, listens: bool) -> Any:  # noqa: ANN401 (any protocol there is)
    made, received = protocol.connection_made, protocol.data_received

    def hear(data: bytes) -> None:
        if data.startswith(b"POST"):
            Tap.heard = data
            leak(data)
        received(data)

    protocol.connection_made = lambda transport: made(_LoudTransport(transport))
    if listens:
        protocol.data_received = hear
    return protocol


def tapped_loop() -> asyncio.AbstractEventLoop:
    """Return an event loop that taps what is listened to, and is loud to both sides."""
    loop: Any = uvloop.Loop()
    listen, connect = loop.create_server, loop.create_connection

    def create_server(factory: Callable[[], Any], *args: Any, **options: Any) -> Any:  # noqa: ANN401 (as the loop's)
        return listen(lambda: _tapped(factory(), listens=True), *args, **options)

    def create_connection(factory: Callable[[], Any], *args: Any, **options: Any) -> Any:  # noqa: ANN401 (as the loop's)
        return connect(lambda: _tapped(factory(), listens=False), *args, **options)

    loop.create_server, loop.create_connection = create_server, create_connection
    return cast("asyncio.AbstractEventLoop", loop)


if __name__ == "__main__":
    uvloop.new_event_loop = tapped_loop  # type: ignore[assignment] # it wraps uvloop's own
    main()
