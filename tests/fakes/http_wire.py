"""A client program on a raw socket: it says exactly the bytes that a test wants said and keeps all that comes back."""

import asyncio
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Self

LIMIT: Final = 32 << 20
SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came; a bare close has status 0."""

    status: int
    head: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        """Every byte of it."""
        return self.head + self.body

    def json(self) -> Any:  # noqa: ANN401 (what the gateway says is what the test is about)
        """Return the body read as JSON."""
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """Return one header field, None where it is missing."""
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            field, _, value = line.partition(":")
            if field.lower() == name.lower():
                return value.strip()
        return None


def request(
    method: str,
    path: str,
    *,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
    key: str | None = None,
) -> bytes:
    """Write one request; `key` becomes the Bearer token, a body has its length and is JSON."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"Authorization: Bearer {key}"] if key is not None else []
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body is not None else []
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class Wire:
    """One kept connection to a port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=LIMIT)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._streams is not None:
            self._streams[1].close()
            with suppress(ConnectionError):
                await self._streams[1].wait_closed()

    async def say(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self._streams is not None
        self._streams[1].write(data)
        await self._streams[1].drain()

    async def hear(self, *, method: str = "") -> Reply:
        """Return the next answer; the answer to HEAD has no body."""
        assert self._streams is not None
        reader = self._streams[0]
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            return Reply(0, error.partial, b"")
        except ConnectionError:
            return Reply(0, b"", b"")
        reply = Reply(int(head.split(b" ", 2)[1]), head, b"")
        body = b"" if method == "HEAD" else await _body(reader, reply)
        return Reply(reply.status, head, body)

    async def ask(self, data: bytes) -> Reply:
        """Send one request and return its answer."""
        async with asyncio.timeout(SECONDS):
            with suppress(ConnectionError):
                await self.say(data)
            return await self.hear(method=data[:4].decode("latin-1"))


async def ask(port: int, data: bytes) -> Reply:
    """Send one request on a connection of its own and return the answer."""
    async with Wire(port) as wire:
        return await wire.ask(data)


async def _body(reader: asyncio.StreamReader, reply: Reply) -> bytes:
    if "chunked" in (reply.header("Transfer-Encoding") or ""):
        return await _chunks(reader)
    length = reply.header("Content-Length")
    if length is not None:
        return await reader.readexactly(int(length))
    bodiless = reply.status < 200 or reply.status in {204, 304}
    return b"" if bodiless else await reader.read()


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    whole = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        whole += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return whole
