"""A vendor's HTTP server that does what a script says, on the wire, and remembers what it was sent."""

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import cycle
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Captured:
    """One request as it came over the wire; header names in lower case, in order."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first header of that name (lower case)."""
        return next((value for known, value in self.headers if known == name), None)


@dataclass(slots=True)
class Line:
    """One open connection: what steps read from and write to."""

    head: Captured
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    vendor: "Vendor"

    async def request(self) -> Captured:
        """Read the rest of the request and remember it."""
        body = await self.reader.readexactly(int(self.head.header("content-length") or 0))
        captured = replace(self.head, body=body)
        self.vendor.requests.append(captured)
        return captured

    async def send(self, data: bytes) -> None:
        """Write bytes out."""
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Break the connection so that the peer gets a reset."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


async def read_head(reader: asyncio.StreamReader) -> Captured:
    """Read one request up to the empty line."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")[:-2]
    method, target, _ = first.split(" ")
    pairs = [line.split(":", 1) for line in lines]
    return Captured(method, target, tuple((name.lower(), value.strip()) for name, value in pairs), b"")


# A step deals with one request whose head is there; True keeps the connection for the next one.
Step = Callable[[Line], Awaitable[bool]]


def encode(status: int, body: bytes, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """Return an answer's bytes, with its length."""
    phrase = HTTPStatus(status).phrase
    lines = [f"HTTP/1.1 {status} {phrase}", f"Content-Length: {len(body)}", *(f"{n}: {v}" for n, v in headers)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def answer(status: int, body: bytes | str | dict[str, Any] = b"", headers: Sequence[tuple[str, str]] = ()) -> Step:
    """Read the request and give an answer."""
    if isinstance(body, dict):
        body = json.dumps(body)
    data = body.encode() if isinstance(body, str) else body
    return raw(encode(status, data, headers), keep=True)


def raw(data: bytes, *, keep: bool = False) -> Step:
    """Read the request and write these bytes."""

    async def step(line: Line) -> bool:
        await line.request()
        await line.send(data)
        return keep

    return step


def reset_after_body(partial: bytes = b"") -> Step:
    """Read the whole request, write a part of an answer, and break the connection."""

    async def step(line: Line) -> bool:
        await line.request()
        if partial:
            await line.send(partial)
        line.reset()
        return False

    return step


async def reset_before_body(line: Line) -> bool:
    """Break the connection when the head is there and the body was not asked for."""
    line.reset()
    return False


async def hang_up(line: Line) -> bool:
    """Read the whole request and close the connection in good order, without an answer."""
    await line.request()
    return False


async def silence(line: Line) -> bool:
    """Read the whole request and never answer."""
    await line.request()
    await line.vendor.stopping.wait()
    return False


def drip(data: bytes, *, pause: float = 0.01) -> Step:
    """Read the request and write these bytes, one at a time, over and over until the peer has had enough."""

    async def step(line: Line) -> bool:
        await line.request()
        for byte in cycle(data):
            if line.writer.is_closing():
                break
            await line.send(bytes([byte]))
            await asyncio.sleep(pause)
        return False

    return step


@dataclass(slots=True)
class Vendor:
    """The server: its script's steps are used up one a request, then `otherwise` is done each time."""

    otherwise: Step = field(default_factory=lambda: answer(204))
    script: list[Step] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    requests: list[Captured] = field(default_factory=list)
    connections: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _open: dict[asyncio.StreamWriter, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Its base URL; with TLS the name of the machine, as a certificate has it."""
        return f"https://localhost:{self.port}" if self.tls else f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        """Start to listen on a free port of loopback."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, and end every connection."""
        assert self._server is not None
        self.stopping.set()
        self._server.close()
        serving = dict(self._open)
        for writer in serving:
            writer.transport.abort()
        await asyncio.gather(*serving.values())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None
        self._open[writer] = task
        # A peer that goes away is a part of the play.
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            is_kept = True
            while is_kept:
                line = Line(await read_head(reader), reader, writer, self)
                step = self.script.pop(0) if self.script else self.otherwise
                is_kept = await step(line)
        writer.close()
        del self._open[writer]


@contextlib.asynccontextmanager
async def refusing_port() -> AsyncIterator[int]:
    """Yield a port of loopback that is taken and refuses every connection."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening
        yield int(taken.getsockname()[1])
