"""The line between a worker and the process that looks after it: asked for a snapshot, the worker answers with one."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Final

from gateway.workers.snapshot import Snapshot, decode, encode

_ASK: Final = b"?"
_LENGTH: Final = 4  # bytes


class LinkLostError(Exception):
    """The other side is gone."""


async def answer(link: socket.socket, take: Callable[[], Awaitable[Snapshot]]) -> None:
    """Answer on a worker's side; returns when the other side is gone."""
    reader, writer = await asyncio.open_unix_connection(sock=link)
    try:
        while await reader.read(1) == _ASK:
            data = encode(await take())
            writer.write(len(data).to_bytes(_LENGTH, "big") + data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


class Link:
    """The other end: asks one question at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._lock = asyncio.Lock()

    @classmethod
    async def over(cls, link: socket.socket) -> "Link":
        """Make one over a connected socket."""
        return cls(*await asyncio.open_unix_connection(sock=link))

    async def ask(self) -> Snapshot:
        """Return how the worker stands. Raises LinkLostError."""
        async with self._lock:
            try:
                self._writer.write(_ASK)
                await self._writer.drain()
                length = int.from_bytes(await self._reader.readexactly(_LENGTH), "big")
                return decode(await self._reader.readexactly(length))
            except (ConnectionError, asyncio.IncompleteReadError):
                raise LinkLostError from None

    def close(self) -> None:
        """Let go of the line."""
        self._writer.close()
