"""The one door over the real spool and keyring in a folder; delivery writes down what it is passed."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.core.message import Channel, Message
from gateway.delivery.work import Work
from gateway.intake.accept import Beyond, Door, Terms
from gateway.intake.auth import Authenticator
from gateway.intake.capacity import Capacity
from gateway.intake.keys import digest, new_key
from gateway.intake.limits import Limits
from gateway.logs import Log
from gateway.privacy.consent import ANYTHING, Agreement
from gateway.privacy.pseudonyms import Pseudonyms
from gateway.provider import Processor
from gateway.settings import LimitsSection, SpoolSection
from gateway.spool.answers import NewAnswer
from gateway.spool.clients import Client, NewClient
from gateway.spool.keyring import DirKeyring
from gateway.spool.references import References
from gateway.spool.sealing import Sealer
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import NewMessage, StoreFullError, StoreUnavailableError

NOW = 1_800_000_000


class Deliverer:
    """Takes messages on and keeps them."""

    owner = "this-process"

    def __init__(self) -> None:
        self.room: set[int] | None = None
        self.most = 1_000_000
        self.passed: list[Work] = []
        self.waited: list[tuple[str, float]] = []
        self.settle: Callable[[str], Awaitable[None]] = _nothing

    def room_for(self, client_id: int, count: int) -> int:
        """Return the room of a client: all have unless a test names those that have, and none has more than `most`."""
        return min(count, self.most) if self.room is None or client_id in self.room else 0

    def submit(self, work: Work) -> None:
        """Keep a message."""
        self.passed.append(work)

    async def wait_for(self, message_id: str, timeout: float) -> None:  # noqa: ASYNC109 (delivery's signature)
        """Note who waits, and let a test settle it meanwhile."""
        self.waited.append((message_id, timeout))
        await self.settle(message_id)


@dataclass(frozen=True)
class Company:
    """A provider that has a company behind it and is asked for nothing else."""

    processor: Processor


async def _nothing(_message_id: str) -> None:
    """Let nothing become of a message."""


class Failing:
    """A real store that can be full or away, as a disk can."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.is_full = False
        self.is_away = False

    async def put(self, messages: Sequence[NewMessage], answer: NewAnswer | None = None) -> None:
        """Put, or fail as a whole."""
        if self.is_full:
            raise StoreFullError
        self._ask()
        await self.store.put(messages, answer)

    async def put_made(
        self, make: Callable[[], Sequence[NewMessage]], answer: NewAnswer | None = None, *, weight: int
    ) -> None:
        """Put what is made, or fail as a whole."""
        if self.is_full:
            raise StoreFullError
        self._ask()
        await self.store.put_made(make, answer, weight=weight)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the store has)
        """Leave the rest to the store, unless it is away."""
        self._ask()
        return getattr(self.store, name)

    def _ask(self) -> None:
        if self.is_away:
            raise StoreUnavailableError


@dataclass
class Desk:
    """A door with what is behind it, and what a test may change of it."""

    store: Any
    keyring: DirKeyring
    capacity: Capacity
    folder: Path
    limits_section: LimitsSection
    max_segments: int
    lines: io.StringIO
    delivery: Deliverer = field(default_factory=Deliverer)
    routes: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"anybody": ("sandbox",)})
    overdue: list[str] = field(default_factory=list)
    doubtful: list[int] = field(default_factory=list)
    providers: dict[str, Company] = field(default_factory=dict)
    erasing: dict[str, int] = field(default_factory=dict)
    now: int = NOW

    def __post_init__(self) -> None:
        """Make the door and the authenticator."""
        self.sealer = Sealer(self.keyring)
        self.limits = Limits(self.store, self.limits_section, clock=lambda: self.now, monotonic=lambda: float(self.now))
        self.door = Door(
            Beyond(
                self.store,
                self.sealer,
                Pseudonyms(self.keyring),
                References(self.keyring.auth_key()),
                self,
                self.delivery,
                overdue=lambda: self.overdue,
                doubtful_sender=self.doubtful.append,
            ),
            self.limits,
            self.capacity,
            Terms(self.max_segments, timedelta(hours=24)),
            clock=lambda: self.now,
        )
        self.authenticator = Authenticator(self.store, self.keyring.auth_key(), Log(self.lines), clock=lambda: self.now)

    def is_fixed(self, _channel: Channel) -> bool:
        """Say that they change as a test wants."""
        return False

    def candidates(self, _message: Message, client_name: str, agreement: Agreement = ANYTHING) -> tuple[str, ...]:
        """Return the routes of a client, or of anybody, of which only names may not be agreed to."""
        names = self.routes.get(client_name, self.routes["anybody"])
        return tuple(name for name in names if agreement.processors is None or name in agreement.processors)

    def has_route(self, message: Message, client_name: str) -> bool:
        """Whether there are any."""
        return bool(self.candidates(message, client_name))

    async def client(self, name: str = "praxis", **different: Any) -> tuple[Client, str]:  # noqa: ANN401 (any fields)
        """Add a client that may send everything; returns it with its key."""
        values: dict[str, Any] = {"channels": frozenset(Channel), "created_at": self.now} | different
        key = new_key()
        return await self.store.add_client(NewClient(name, **values), digest(self.keyring.auth_key(), key)), key


@asynccontextmanager
async def desk_in(
    folder: Path,
    *,
    limits: LimitsSection | None = None,
    spool: SpoolSection | None = None,
    max_segments: int = 6,
) -> AsyncIterator[Desk]:
    """Open everything in a folder."""
    keyring = DirKeyring(folder / "keys")
    keyring.open()
    store = SqliteStore(folder / "spool.db")
    await store.open()
    lines = io.StringIO()
    failing = Failing(store)
    capacity = Capacity(failing, spool or SpoolSection(), folder, Log(lines))
    try:
        yield Desk(failing, keyring, capacity, folder, limits or LimitsSection(), max_segments, lines)
    finally:
        await store.close()
