"""An HTTP client of bytes: it says what it is told, however wrong, and keeps every byte of what it hears."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its status, its headers in order with small names, its body, and the whole as it came."""

    status: int
    pairs: tuple[tuple[str, str], ...]
    body: bytes
    raw: bytes

    @property
    def headers(self) -> dict[str, str]:
        """The headers; of one that comes twice the last."""
        return dict(self.pairs)

    def members(self) -> dict[str, Any]:
        """Return the body, a JSON object, by its members."""
        members = json.loads(self.body)
        assert isinstance(members, dict)
        return members


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def say(self, data: bytes) -> None:
        """Send bytes; a server that has closed already does not matter."""
        with suppress(ConnectionError):
            self._writer.write(data)
            await self._writer.drain()

    def end(self) -> None:
        """Say that nothing more comes."""
        self._writer.write_eof()

    async def hear(self, *, to_head: bool = False) -> Reply:
        """Read one answer; `to_head` says that it answers HEAD, so that no body comes."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("ascii").removesuffix("\r\n\r\n").split("\r\n")
        pairs = tuple((name.lower(), value) for name, _, value in (line.partition(": ") for line in lines))
        body = b"" if to_head else await self._reader.readexactly(int(dict(pairs).get("content-length", "0")))
        return Reply(int(first.split()[1]), pairs, body, head + body)

    async def hear_rest(self) -> bytes:
        """Read until the server closes, in whatever way."""
        heard = bytearray()
        with suppress(ConnectionError):
            while piece := await self._reader.read(65536):
                heard += piece
        return bytes(heard)

    def hang_up(self) -> None:
        """Reset the connection."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


@asynccontextmanager
async def dial(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    """Open a connection to a port on loopback."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, limit=1 << 20)
    wire = Wire(reader, writer)
    try:
        yield wire
    finally:
        await wire.close()


def head(method: str, path: str, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return a request's head with a Host header."""
    lines = [f"{method} {path} HTTP/1.1", "Host: gateway.example", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def call(
    port: int, method: str, path: str, headers: Iterable[tuple[str, str]] = (), body: bytes | None = None
) -> Reply:
    """Make one request on a connection of its own."""
    pairs = [*headers, ("Connection", "close")]
    if body is not None:
        pairs.append(("Content-Length", str(len(body))))
    async with dial(port) as wire:
        await wire.say(head(method, path, pairs) + (body or b""))
        return await wire.hear(to_head=method == "HEAD")
