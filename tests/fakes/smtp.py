"""A mail server that plays a dialogue from a file on real sockets, word for word."""

import asyncio
import codecs
import re
import socket
import ssl
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from gateway.provider import Outcome

# How a file is written: `use KEY=VALUE …` over the settings, a `mail KIND -> OUTCOME` for each mail that is handed
# over, one after the other, and below a blank line the connections, divided by `---`, in the order they are made:
#   S: …        the server says a line          C: …   the client must say this line
#   S! …        the same, as it is: Python's escapes, no line end of its own
#   C: (mail)   the client must send a content, to the final dot; `C: (hello)`: the beginning of a TLS handshake
#   reset  close  hang  tls  flood N    what the server does then; `flood` sends N octets without a line end
# At the end of a connection the client may say QUIT, and must hang up.

CHUNK = 1 << 16
REST_WITHIN = 10.0  # seconds until a client that does not hang up is a fault


@dataclass(slots=True)
class Dialogue:
    """One file, read: the settings, the kind and outcome of each mail, and the steps of each connection."""

    name: str
    settings: dict[str, str] = field(default_factory=dict)
    mails: list[tuple[str, str]] = field(default_factory=list)
    connections: list[list[str]] = field(default_factory=list)


def read_dialogue(path: Path) -> Dialogue:
    """Read one dialogue."""
    found = Dialogue(path.stem)
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    for line in head.splitlines():
        word, _, rest = line.partition(" ")
        if word == "use":
            found.settings |= dict(pair.split("=", 1) for pair in rest.split())
        elif word == "mail":
            kind, outcome = rest.split(" -> ")
            found.mails.append((kind, outcome))
        else:
            assert word == "#", line
    found.connections = [part.strip().splitlines() for part in body.split("---\n")]
    return found


def outcome_words(outcome: Outcome) -> str:
    """Return an outcome as the files write it."""
    words = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(outcome).__name__).lower()]
    words += [str(getattr(outcome, name)) for name in ("blame", "reason") if hasattr(outcome, name)]
    return " ".join(words)


class ScriptedSmtp:
    """Plays one dialogue while it is entered; `faults` is what went otherwise, `mails` the contents that came.

    `hanging` is set while it says nothing, `ended` when all connections are over.
    """

    def __init__(self, connections: Sequence[Sequence[str]], context: ssl.SSLContext, *, implicit: bool) -> None:
        self._waiting = list(connections)
        self._context = context
        self._implicit = implicit
        self._tasks: set[asyncio.Task[None]] = set()
        self.faults: list[str] = []
        self.mails: list[bytes] = []
        self.hanging = asyncio.Event()
        self.ended = asyncio.Event()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self._context if self._implicit else None, limit=1 << 22
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        if self._tasks:
            _ended, late = await asyncio.wait(self._tasks, timeout=REST_WITHIN)
            self.faults += ["the client did not hang up" for _ in late]
            for task in late:
                task.cancel()
        await self._server.wait_closed()
        self.faults += [f"the client made no connection for: {steps}" for steps in self._waiting]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._play(reader, writer)
        except asyncio.CancelledError:
            # The stream's own callback would report a cancelled task as an error of its own.
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()
            if not self._tasks and not self._waiting:
                self.ended.set()

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._waiting:
            self.faults.append("the client made one connection too many")
            return
        player = _Player(self, reader, writer, self._context)
        with suppress(ConnectionError, ssl.SSLError):
            for step in self._waiting.pop(0):
                if not await player.do(step):
                    return
            rest = await reader.readline()
            if rest == b"QUIT\r\n":
                writer.write(b"221 2.0.0 bye\r\n")
            elif rest:
                self.faults.append(f"the client went on with {rest!r}")
            await reader.read()


class _Player:
    """The server's side of one connection."""

    def __init__(
        self,
        server: ScriptedSmtp,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        context: ssl.SSLContext,
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._context = context
        self._doings: Mapping[str, Callable[[str], None]] = {"reset": self._reset, "close": self._close}

    async def do(self, step: str) -> bool:
        """Do one step; False where the dialogue is over."""
        word, _, rest = step.partition(" ")
        if word == "C:":
            return await self._hear(rest)
        if word in self._doings:
            self._doings[word](rest)
            return False
        if word == "hang":
            self._server.hanging.set()
            await self._reader.read()
            return False
        if word == "tls":
            await self._writer.start_tls(self._context)
            return True
        for chunk in _said(word, rest):
            self._writer.write(chunk)
            await self._writer.drain()
        return True

    async def _hear(self, expected: str) -> bool:
        if expected == "(hello)":
            return await self._reader.read(1) == b"\x16"  # RFC 8446 §5.1: a handshake record
        try:
            said = await self._reader.readuntil(b"\r\n.\r\n" if expected == "(mail)" else b"\r\n")
        except asyncio.IncompleteReadError as error:
            self._server.faults.append(f"for {expected!r} came {error.partial!r} and an end")
            return False
        if expected == "(mail)":
            self._server.mails.append(said)
        elif said != f"{expected}\r\n".encode():
            self._server.faults.append(f"for {expected!r} came {said!r}")
            return False
        return True

    def _reset(self, _: str) -> None:
        peer: socket.socket = self._writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def _close(self, _: str) -> None:
        self._writer.close()


def _said(word: str, rest: str) -> Sequence[bytes]:
    if word == "S:":
        return [f"{rest}\r\n".encode()]
    if word == "S!":
        return [codecs.decode(rest, "unicode_escape").encode("latin-1")]
    assert word == "flood", word
    whole, rest_size = divmod(int(rest), CHUNK)
    return [b"2" * CHUNK] * whole + [b"2" * rest_size]
