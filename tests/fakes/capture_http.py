"""A provider's HTTP API as a fake on a real socket: it keeps every byte that comes and answers as it is told."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.fakes.listening import Listening

HEAD_LIMIT: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Taken:
    """One request as it came: everything to the blank line, and the body with its framing."""

    head: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        """The whole request."""
        return self.head + self.body

    def members(self) -> dict[str, object]:
        """Return the body, a JSON object, by its members."""
        members = json.loads(self.body)
        assert isinstance(members, dict)
        return members


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that go back as they are."""

    data: bytes
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """A reset of the connection, before the body is read or after it."""

    before_body: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Silence after the body, until the client gives up."""


@dataclass(frozen=True, slots=True)
class After:
    """An answer that waits until the gate is opened."""

    gate: asyncio.Event
    answer: Raw


Answer = Raw | Cut | Hang | After


def reply(
    status: int, body: bytes = b"", *, media_type: str = "application/json", headers: Mapping[str, str] | None = None
) -> Raw:
    """Return a well-formed answer."""
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Length: {len(body)}", f"Content-Type: {media_type}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return Raw("\r\n".join([*lines, "", ""]).encode() + body)


def seven_accepts(taken: Taken) -> Raw:
    """Return what seven.io answers to a message that it takes: the number and the text are in it."""
    sent = taken.members()
    message = {"id": "77229135982", "recipient": sent["to"], "text": sent["text"], "parts": 1, "success": True}
    answer = {"success": "100", "balance": 46.7, "debug": "false", "messages": [{**message, "error": None}]}
    return reply(200, json.dumps(answer).encode())


class HttpCapture(Listening):
    """Listens on a free loopback port while it is entered; `answer` may be set anew at any time.

    `answer` is one answer for all requests, or a function of the request.
    """

    def __init__(self, answer: Answer | Callable[[Taken], Answer] = seven_accepts) -> None:
        self.answer = answer
        self.taken: list[Taken] = []
        super().__init__(HEAD_LIMIT)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def wait_for(self, count: int) -> list[Taken]:
        """Return what was taken as soon as it is `count` requests."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.taken) >= count)
        return self.taken

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        while await self._exchange(reader, writer):
            pass

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        if isinstance(self.answer, Cut) and self.answer.before_body:
            await self._keep(Taken(head, b""))
            return False
        taken = Taken(head, await _read_body(reader, head))
        await self._keep(taken)
        answer = self.answer(taken) if callable(self.answer) else self.answer
        if isinstance(answer, Cut):
            return False
        if isinstance(answer, Hang):
            await reader.read()
            return False
        if isinstance(answer, After):
            await answer.gate.wait()
            answer = answer.answer
        writer.write(answer.data)
        await writer.drain()
        return not answer.closes

    async def _keep(self, taken: Taken) -> None:
        async with self.arrived:
            self.taken.append(taken)
            self.arrived.notify_all()


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    fields = {name.strip().lower(): value.strip() for name, _, value in _lines(head)}
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        return await reader.readuntil(b"0\r\n\r\n")
    return await reader.readexactly(int(fields.get(b"content-length", b"0")))


def _lines(head: bytes) -> list[tuple[bytes, bytes, bytes]]:
    return [line.partition(b":") for line in head.split(b"\r\n")[1:]]
