"""Delivery over the real spool in a folder, with scripted providers and a clock that a test turns."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core.message import Channel, Message, Sms, channel_of
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.delivery.registry import Provider
from gateway.delivery.routing import Routing
from gateway.delivery.work import Work
from gateway.delivery.worker import Delivery
from gateway.logs import Log
from gateway.logs.log import Level
from gateway.metrics import Metrics
from gateway.privacy.consent import agreement_of
from gateway.provider import Handover
from gateway.settings import DeliverySection, RoutesSection
from gateway.spool.clients import Client, NewClient
from gateway.spool.keyring import DirKeyring
from gateway.spool.references import References
from gateway.spool.sealing import Sealer
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import MessageStatus, NewMessage, Store
from tests.contract.spool_rooms import id_at
from tests.fakes.adapters import Clock

DEADLINE = 24 * 3600
NUMBER = "+491761234567"


@dataclass
class Dispatch:
    """One spool and one delivery over it; `store` may stand between the two."""

    store: Store
    keyring: DirKeyring
    clients: Sequence[Client]
    providers: dict[str, Provider]
    routes: RoutesSection
    settings: DeliverySection
    clock: Clock
    spool: SqliteStore
    timer: Callable[[], float]
    level: Level = "debug"
    lines: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        """Make the delivery."""
        self.sealer = Sealer(self.keyring)
        self.references = References(self.keyring.auth_key())
        self.metrics = Metrics(self.providers)
        self.delivery = self.another()

    def another(self) -> Delivery:
        """Return a delivery of another process over the same spool."""
        return Delivery(
            self.store,
            self.sealer,
            self.settings,
            log=Log(self.lines, level=self.level),
            metrics=self.metrics,
            clock=self.clock,
            timer=self.timer,
        )

    def use_keyring(self, keyring: DirKeyring) -> None:
        """Go on, before the start, with another keyring."""
        self.keyring, self.sealer = keyring, Sealer(keyring)
        self.delivery = self.another()

    async def start(self) -> None:
        """Start delivering."""
        await self.delivery.start(self.providers, self.routing())

    def routing(self) -> Routing:
        """Return the routes over the providers."""
        return Routing(self.routes, self.providers)

    async def accept(
        self,
        message: Message | None = None,
        *,
        client: int = 0,
        owner: str | None = "",
        due_in: int = 0,
        expires_in: int = DEADLINE,
        wakes: bool = False,
    ) -> str:
        """Do as intake does: seal, put, and pass on to delivery unless `owner` is None; return the id."""
        message = message or Sms(NUMBER, "Text")
        owner = self.delivery.owner if owner == "" else owner
        work = self.last_work = self._work(message, self.clients[client], expires_in)
        sealed = self.sealer.seal(
            message, work.handover.reference, message_id=work.id, client_id=work.client_id, now=self.clock()
        )
        new = NewMessage(
            id=work.id,
            client_id=work.client_id,
            channel=work.channel,
            content=sealed,
            created_at=self.clock(),
            due_at=self.clock() + due_in,
            expires_at=work.expires_at,
            owner=owner,
        )
        await self.spool.put([new])
        if owner == self.delivery.owner:
            self.delivery.submit(work)
        if wakes:
            self.delivery.wake()
        return work.id

    async def status(self, message_id: str) -> MessageStatus:
        """Return what the spool knows of a message."""
        found = await self.spool.status(message_id)
        assert found is not None
        return found

    async def becomes(self, message_id: str, *states: State) -> MessageStatus:
        """Wait until a message is in one of `states`."""

        async def is_there() -> bool:
            return (await self.status(message_id)).state in states

        await until(is_there)
        return await self.status(message_id)

    async def attempted(self, message_id: str, attempts: int) -> MessageStatus:
        """Wait until so many attempts of a message have ended."""

        async def is_there() -> bool:
            found = await self.status(message_id)
            return found.attempts == attempts and found.state is not State.SENDING

        await until(is_there)
        return await self.status(message_id)

    async def has_reason(self, message_id: str, reason: Reason) -> None:
        """Wait until a message stands where it stands for a reason."""

        async def is_there() -> bool:
            return (await self.status(message_id)).reason is reason

        await until(is_there)

    async def switch(self) -> None:
        """Let delivery take over the providers and routes as they are now."""
        await self.delivery.switch(self.providers, self.routing())

    async def restart(self) -> None:
        """Stop delivering and go on as another process."""
        await self.delivery.stop()
        self.delivery = self.another()
        await self.start()

    async def settle(self, message_id: str) -> MessageStatus:
        """Wait until a message's hand-over has ended."""
        await self.delivery.wait_for(message_id, 30)
        return await self.status(message_id)

    def _work(self, message: Message, client: Client, expires_in: int) -> Work:
        number = id_at(self.clock())
        return Work(
            id=number,
            client_id=client.id,
            client_name=client.name,
            agreement=agreement_of(client),
            channel=channel_of(message),
            message=message,
            handover=Handover(self.references.of(number), self.clock()),
            attempts=0,
            created_at=self.clock(),
            expires_at=self.clock() + expires_in,
        )


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition holds, for at most about 30 seconds."""
    for _ in range(3000):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("what was waited for did not happen")


@asynccontextmanager
async def dispatching(
    folder: Path,
    *providers: Provider,
    routes: RoutesSection | None = None,
    settings: DeliverySection | None = None,
    between: Callable[[Store], Store] = lambda store: store,
    timer: Callable[[], float] | None = None,
    starts: bool = True,
    level: Level = "debug",
) -> AsyncIterator[Dispatch]:
    """Open a spool in a folder and deliver to providers, all channels routed to all that serve them, in order."""
    spool = SqliteStore(folder / "spool.db")
    await spool.open()
    keyring = DirKeyring(folder / "keys")
    keyring.open()
    clients = [
        await spool.add_client(NewClient(name, frozenset(Channel)), name.encode()) for name in ("one", "two", "three")
    ]
    lists = {
        channel.value: tuple(each.name for each in providers if channel in each.type.channels) for channel in Channel
    }
    clock = Clock()
    made = Dispatch(
        store=between(spool),
        keyring=keyring,
        clients=clients,
        providers={each.name: each for each in providers},
        routes=routes or RoutesSection(**lists),
        settings=settings or DeliverySection(),
        clock=clock,
        spool=spool,
        timer=timer or clock.timer,
        level=level,
    )
    if starts:
        await made.start()
    try:
        yield made
    finally:
        await made.delivery.stop()
        await spool.close()
