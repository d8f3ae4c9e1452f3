"""The admin listener over the real store and real sandboxes, with everything else about it set by hand."""

import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from gateway.console import AdminServer, Check, ListenerView, ProviderView, RetentionView, Sources
from gateway.core.ids import new_message_id
from gateway.core.message import Channel, Email, Mailbox, Message, Sms
from gateway.core.secret import Secret
from gateway.core.state import State
from gateway.logs import Log
from gateway.metrics import Metrics
from gateway.provider import Handover
from gateway.settings import AdminSection
from gateway.spool.clients import NewClient
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import AttemptEnd, NewMessage, Sealed
from providers.sandbox import Sandbox, SandboxSettings

TOKEN: Final = "S3NT-admin-token-4711"
NOW: Final = 1_764_000_000  # 2025-11-24T16:00:00Z
BEARER: Final = {"Authorization": f"Bearer {TOKEN}"}

LETTER: Final = Email(
    Mailbox("praxis@praxis.example", "Praxis"),
    Mailbox("anna@kunde.example"),
    "Ihr Termin",
    "Guten Tag,\nbis Donnerstag.",
)
NOTE: Final = Sms("+491761234567", "Ihr Termin ist um 10 Uhr.", "Praxis")


@dataclass
class Admin:
    """What a test sets, and what it finds: a check holds unless `faults` has a sentence under its name."""

    store: SqliteStore
    now: int = NOW
    faults: dict[str, str] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    boxes: dict[str, Sandbox] = field(default_factory=dict)
    providers: list[ProviderView] = field(default_factory=list)
    retention: list[RetentionView] = field(default_factory=list)
    listeners: list[ListenerView] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)
    log: io.StringIO = field(default_factory=io.StringIO)
    port: int = 0
    _server: AdminServer | None = None

    async def start(self, section: AdminSection) -> None:
        """Serve."""
        self.checks += [self._check(name) for name in ("spool", "disk", "keyring", "retention", "draining")]
        sources = Sources(
            self.store,
            self.metrics,
            self.checks,
            lambda: self.providers,
            lambda: self.boxes,
            lambda: self.retention,
            lambda: self.listeners,
        )
        log = Log(self.log, clock=lambda: self.now)
        self._server = AdminServer(sources, section, Secret(TOKEN), log, clock=lambda: self.now)
        self.port = await self._server.start()

    async def stop(self) -> None:
        """Stop serving."""
        await self.server.stop()

    @property
    def server(self) -> AdminServer:
        """The server itself."""
        assert self._server is not None
        return self._server

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def events(self) -> list[Mapping[str, Any]]:
        """Return what was logged since the start, without times and the line about listening."""
        lines = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [{key: line[key] for key in line if key != "time"} for line in lines if line["event"] != "listening"]

    def _check(self, name: str) -> Check:
        async def run() -> str | None:
            return self.faults.get(name)

        return Check(name, run)

    async def take(self, message: Message, *, at: int = NOW, box: str = "sandbox", reference: str = "ab" * 16) -> None:
        """Let a sandbox take one message."""
        if box not in self.boxes:
            self.boxes[box] = Sandbox(SandboxSettings(type="sandbox"), clock=lambda: self.now)
        before, self.now = self.now, at
        await self.boxes[box].send(message, Handover(reference, at))
        self.now = before

    async def add_client(self, name: str) -> int:
        """Add a client and return its id."""
        client = NewClient(name, frozenset(Channel), created_at=NOW)
        return (await self.store.add_client(client, name.encode().ljust(32))).id

    async def put(
        self, client: int, channel: Channel = Channel.SMS, *, at: int = NOW, end: AttemptEnd | None = None
    ) -> str:
        """Put one message into the spool, and end one attempt at `smarthost` where `end` is given; returns its id."""
        message_id = new_message_id()
        sealed = Sealed(at - at % 3600, b"k" * 32, b"c")
        await self.store.put([
            NewMessage(
                message_id, client, channel, sealed, created_at=at, due_at=at, expires_at=at + 86_400, stripped=2
            )
        ])
        if end is not None:
            await self.store.lease("me", at, 1, channels=[channel])
            await self.store.begin_attempt(message_id, "me", "smarthost", at)
            await self.store.finish_attempt(message_id, "me", end, at)
        return message_id


SENT: Final = AttemptEnd(State.SENT, provider_ref="vendor-1", segments=1)


@asynccontextmanager
async def serving(folder: Path, section: AdminSection | None = None) -> AsyncIterator[Admin]:
    """Serve the admin listener of an empty gateway."""
    store = SqliteStore(folder / "spool.db")
    await store.open()
    admin = Admin(store)
    await admin.start(section or AdminSection(listen="127.0.0.1:0"))
    try:
        yield admin
    finally:
        await admin.stop()
        await store.close()


@asynccontextmanager
async def calling(admin: Admin) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client program without a token that keeps cookies."""
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address, not of a name
    async with aiohttp.ClientSession(admin.url, cookie_jar=jar) as session:
        yield session
