"""What the tests of events work with: events over a real spool and keyring, and what came to a client's program."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from standardwebhooks import Webhook as Verifier

from gateway.core.ids import now_seconds
from gateway.core.secret import Secret
from gateway.core.state import State
from gateway.delivery.event_secrets import SecretBox, new_secret
from gateway.delivery.events import Events
from gateway.logs import Log
from gateway.metrics import Metrics
from gateway.settings import EventsSection
from gateway.spool.events import Webhook
from gateway.spool.keyring import DirKeyring
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import AttemptEnd
from tests.contract.spool_rooms import ended, leased_ids, opened, stored
from tests.fakes.adapters import Clock
from tests.fakes.capture_http import Taken, reply

CLIENT = 1
TAKES = reply(204)
FAILS = reply(500, b"S3NT what a client's program says is nobody's")


@dataclass
class Teller:
    """Events over a real spool and keyring; time is the test's, and begins now."""

    store: SqliteStore
    keyring: DirKeyring
    settings: EventsSection
    clock: Clock = field(default_factory=lambda: Clock(now_seconds()))
    lines: io.StringIO = field(default_factory=io.StringIO)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        """Build the part under test."""
        log = Log(self.lines, level="debug")
        self.events = Events(self.store, self.keyring, self.settings, log=log, metrics=self.metrics, clock=self.clock)

    async def webhook(self, url: str) -> Secret:
        """Set the client's webhook and return its secret."""
        secret = new_secret()
        await self.store.set_webhook(CLIENT, url, SecretBox(self.keyring).seal(secret, CLIENT))
        return secret

    async def rotate(self, seconds: int) -> Secret:
        """Give it another secret; the old one signs for some seconds still."""
        secret = new_secret()
        sealed = SecretBox(self.keyring).seal(secret, CLIENT)
        assert await self.store.rotate_secret(CLIENT, sealed, self.clock.now + seconds)
        return secret

    async def message(self, end: AttemptEnd | None = None) -> str:
        """Let one message come to an end and return its id."""
        number = await stored(self.store, self.clock.now)
        await leased_ids(self.store, now=self.clock.now)
        assert await ended(self.store, number, end or AttemptEnd(State.SENT), now=self.clock.now)
        return number

    async def turn(self, seconds: int = 0) -> None:
        """Let time pass, and all be told that is due then."""
        self.clock.turn(seconds)
        await self.events.look()
        await self.events.rest()

    async def hook(self) -> Webhook:
        """Return the webhook as it is stored."""
        found = await self.store.webhook(CLIENT)
        assert found is not None
        return found

    def counted(self, outcome: str) -> float | None:
        """Return how many events ended like this."""
        return self.metrics.registry.get_sample_value("umschlag_events_total", {"outcome": outcome})


@asynccontextmanager
async def telling(folder: Path, *, private: bool = True, wait: float = 10) -> AsyncIterator[Teller]:
    """Open everything in a folder, and close it at the end."""
    keyring = DirKeyring(folder / "keys")
    keyring.open()
    settings = EventsSection(allow_private_network=private, timeout=timedelta(seconds=wait))
    async with opened(SqliteStore(folder / "spool.db")) as store:
        teller = Teller(store, keyring, settings)
        try:
            yield teller
        finally:
            await teller.events.stop()


def headers(taken: Taken) -> dict[str, str]:
    """Return the header fields of a request, names in lower case."""
    lines = taken.head.decode("ascii").split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}


def verified(secret: Secret, taken: Taken) -> object:
    """Return the event if the official library finds its signature good."""
    return Verifier(secret.reveal()).verify(taken.body, headers(taken))
