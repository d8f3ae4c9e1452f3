"""What the tests of retention work with: an engine over a real spool and keyring, with a clock that stands still."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core.message import Channel
from gateway.core.state import State
from gateway.logs import Log
from gateway.metrics import Metrics
from gateway.privacy.retention import Retention
from gateway.settings import Settings
from gateway.spool.keyring import DirKeyring
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import AttemptEnd, NewMessage, Sealed

# The start of an hour, within a month.
NOW = 1_800_000_000
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass
class Room:
    """A spool, a keyring and an engine over them, with a clock that stands still."""

    folder: Path
    settings: Settings = field(default_factory=Settings)
    now: int = NOW

    def __post_init__(self) -> None:
        self.store = SqliteStore(self.folder / "spool" / "spool.db")
        self.keyring = DirKeyring(self.folder / "keys")
        self.metrics = Metrics()
        self.lines = io.StringIO()
        self.engine = self.new_engine()

    def new_engine(self) -> Retention:
        """Return an engine that begins now."""
        log = Log(self.lines, clock=lambda: self.now)
        return Retention(self.settings, self.store, self.keyring, metrics=self.metrics, log=log, clock=lambda: self.now)

    async def open(self) -> None:
        """Open spool and keyring."""
        self.keyring.open()
        await self.store.open()

    async def put(self, count: int = 1, *, at: int = NOW, owner: str | None = None) -> list[str]:
        """Store messages that were accepted at a time, sealed in the hour of that time."""
        epoch, _ = self.keyring.current_content_key(at)
        ids = [f"{at * 1000:012x}7{number:019x}" for number in range(count)]
        await self.store.put([
            NewMessage(each, 1, Channel.SMS, Sealed(epoch, b"k", b"c"), at, at, at + DAY, segments=1, owner=owner)
            for each in ids
        ])
        return ids

    async def send(self, *, at: int = NOW) -> None:
        """Store one message and record it as sent, all at one time."""
        [message_id] = await self.put(at=at, owner="me")
        assert await self.store.begin_attempt(message_id, "me", "alpha", at)
        assert await self.store.finish_attempt(message_id, "me", AttemptEnd(State.SENT), at)

    def events(self) -> list[tuple[str, str | None, int | None]]:
        """Return what was logged: event, class and count."""
        lines = [json.loads(line) for line in self.lines.getvalue().splitlines()]
        return [(line["event"], line.get("retention_class"), line.get("count")) for line in lines]

    def state(self, name: str) -> tuple[int | None, int, bool]:
        """Return age of the oldest, what the last run purged, and whether a class is overdue."""
        [found] = [state for state in self.engine.states() if state.name == name]
        return found.oldest_seconds, found.purged, found.overdue
