"""One SMTP connection: whole lines and contents in, replies out, within bounds of size, memory and time."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiosmtpd.smtp import SMTP

from gateway.intake.smtp.content import END, LINE_END, unstuff
from gateway.intake.smtp.reply import (
    BAD_LINE,
    DRAINING,
    ENDLESS_LINE,
    ENDLESS_MAIL,
    LONG_LINE,
    NO_BUFFER,
    TOO_LARGE,
    TOO_SLOW,
    Reply,
)
from gateway.intake.smtp.room import Room

# RFC 5321 §4.5.3.1.4 has 512, its extensions some hundreds more, RFC 4954 §4 more for credentials, here short.
MAX_COMMAND: Final = 2048
# Octets that a connection has in memory besides its mail; what has no line end in so many is none.
_WINDOW: Final = 64 * 1024
# How many times its bound a content may come and be dropped, so that the client hears the reply behind it.
_PATIENCE: Final = 4
HANDSHAKE: Final = 20.0  # seconds
_LINGER: Final = 5.0  # seconds for the last reply to leave


@dataclass(frozen=True, slots=True)
class Manners:
    """Bounds of one connection: octets of a mail, seconds for a command or a whole mail, seconds until the login."""

    max_size: int
    timeout: float
    login_timeout: float


class Wire(SMTP):
    """A connection as aiosmtpd keeps it alive; `serve` says what is said over it.

    The library's own dialogue repeats commands and exceptions in its replies, writes them to its log, takes LF for a
    line end, and has no AUTH inside of TLS from the first octet: so lines, contents and TLS are read here.
    """

    line_length_limit = _WINDOW

    def __init__(
        self, serve: Callable[["Wire"], Awaitable[None]], room: Room, manners: Manners, tls: ssl.SSLContext | None
    ) -> None:
        # No hooks: nothing of the library's dialogue is called.
        super().__init__(object(), hostname="", ident="", timeout=manners.timeout, loop=asyncio.get_running_loop())
        self._serve = serve
        self._room = room
        self._manners = manners
        self._tls = tls
        self._login_handle: asyncio.TimerHandle | None = None
        self._waits = False
        self._ends_at = 0.0
        self.is_dismissed = False

    # -------------------------------------------------------------------------------------- for the dialogue

    @property
    def is_encrypted(self) -> bool:
        """Whether TLS has begun."""
        return self._writer.get_extra_info("sslcontext") is not None

    @property
    def offers_tls(self) -> bool:
        """Whether STARTTLS can begin TLS."""
        return self._tls is not None and not self.is_encrypted

    @property
    def has_more(self) -> bool:
        """Whether more has come than was read: the client did not wait for the reply."""
        return bool(self._reader._buffer)  # type: ignore[attr-defined]  # noqa: SLF001 (has no public name)

    def say(self, reply: Reply | bytes) -> None:
        """Send a reply, or lines that are made of our own words alone."""
        self._writer.write(bytes(reply))

    async def read_line(self) -> bytes | Reply:
        """Return the next line without its CRLF, or the reply to a line that is none.

        Raises IncompleteReadError where the client hangs up.
        """
        self._reset_timeout()
        await self._writer.drain()
        self._waits = True
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            return ENDLESS_LINE
        finally:
            self._waits = False
        if len(line) > MAX_COMMAND:
            return LONG_LINE
        if not line.endswith(LINE_END) or line.count(b"\r") > 1 or b"\0" in line:
            return BAD_LINE
        return line[:-2]

    async def read_data(self) -> bytes | Reply:
        """Return what comes up to the final dot, the dots of RFC 5321 §4.5.2 undone; nothing may have come yet.

        Its octets are taken from the room, to be given back by the caller.
        """
        # So that a dot in the first line is found as any other.
        self._reader.feed_data(LINE_END)
        self._reset_timeout()
        await self._writer.drain()
        pieces = _Pieces(self._room, self._manners.max_size)
        try:
            while not await self._read_piece(pieces):
                if pieces.seen > _PATIENCE * self._manners.max_size:
                    return ENDLESS_MAIL
            return pieces.refusal or pieces.whole(unstuff)
        finally:
            pieces.drop()

    async def read_chunk(self, size: int) -> bytes | Reply:
        """Return so many octets (RFC 3030 §2), taken from the room as those of `read_data`."""
        pieces = _Pieces(self._room, self._manners.max_size)
        try:
            await self._read_all(size, pieces.add)
            return pieces.refusal or pieces.whole()
        finally:
            pieces.drop()

    async def skip(self, size: int) -> Reply | None:
        """Read and drop so many octets; the reply ends it where they are too many."""
        if size > _PATIENCE * self._manners.max_size:
            return ENDLESS_MAIL
        await self._read_all(size, lambda _: None)
        return None

    async def start_tls(self) -> None:
        """Begin TLS; what came before it is forgotten. Raises OSError where it does not come about."""
        if self._tls is None:
            raise OSError
        await self._writer.start_tls(self._tls, ssl_handshake_timeout=HANDSHAKE)
        self.transport = self._writer.transport

    def settle(self) -> None:
        """Say that the client has logged in: it may stay."""
        if self._login_handle is not None:
            self._login_handle.cancel()

    # -------------------------------------------------------------------------------------- for the listener

    def dismiss(self) -> "asyncio.Task[None] | None":
        """End the connection: at once where it waits for a command, else after the one at work; returns its task."""
        self.is_dismissed = True
        if not self._waits:
            return self._handler_coroutine
        self._end(DRAINING)
        return None

    def abort(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()

    # ------------------------------------------------------------------------------------------- for asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)
        self._login_handle = self.loop.call_later(self._manners.login_timeout, self._login_is_late)

    def connection_lost(self, error: Exception | None) -> None:
        """End."""
        self.settle()
        self._room.leave(self)
        super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """Let what came before the end be answered; the library would drop it."""
        return asyncio.StreamReaderProtocol.eof_received(self)

    async def _handle_client(self) -> None:
        try:
            await self._serve(self)
            await self._writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client is gone, or TLS did not come about
        finally:
            self._close()

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Put the end of the wait off; one timer serves many waits, because it costs more than all else here."""
        self._ends_at = self.loop.time() + (duration or self._manners.timeout)
        if self._timeout_handle is None:
            self._timeout_handle = self.loop.call_at(self._ends_at, self._timeout_cb)

    def _timeout_cb(self) -> None:
        if self.loop.time() < self._ends_at:
            self._timeout_handle = self.loop.call_at(self._ends_at, self._timeout_cb)
        else:
            self._end(TOO_SLOW)

    def _login_is_late(self) -> None:
        self._end(TOO_SLOW)

    def _end(self, reply: Reply) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.say(reply)
        self._close()

    def _close(self) -> None:
        self._writer.close()
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        # A client that does not read would keep it open.
        self._timeout_handle = self.loop.call_later(_LINGER, self.abort)

    async def _read_all(self, size: int, take: Callable[[bytes], None]) -> None:
        self._reset_timeout()
        while size:
            piece = await self._reader.readexactly(min(size, _WINDOW))
            size -= len(piece)
            take(piece)

    async def _read_piece(self, pieces: "_Pieces") -> bool:
        """Read on, up to the final dot or as much as is there; true when that was the end."""
        try:
            pieces.add(await self._reader.readuntil(END))
        except asyncio.LimitOverrunError as error:
            pieces.add(await self._reader.readexactly(error.consumed))
            return False
        return True


class _Pieces:
    """A content that is coming in, as long as it has room; else it is dropped, and `refusal` says why."""

    def __init__(self, room: Room, max_size: int) -> None:
        self._room = room
        self._max_size = max_size
        self._pieces: list[bytes] = []
        self._kept = 0
        self.seen = 0
        self.refusal: Reply | None = None

    def add(self, piece: bytes) -> None:
        self.seen += len(piece)
        if self.refusal is not None:
            return
        if self.seen > self._max_size + len(LINE_END) + len(END):
            self.drop(TOO_LARGE)
        elif not self._room.take(len(piece)):
            self.drop(NO_BUFFER)
        else:
            self._kept += len(piece)
            self._pieces.append(piece)

    def whole(self, change: Callable[[bytes], bytes] = bytes) -> bytes:
        """Return all of it, changed; it keeps what room it then needs."""
        content = change(b"".join(self._pieces))
        self.drop()
        self._room.hold(len(content))
        return content

    def drop(self, refusal: Reply | None = None) -> None:
        self.refusal = refusal
        self._room.give_back(self._kept)
        self._pieces, self._kept = [], 0
