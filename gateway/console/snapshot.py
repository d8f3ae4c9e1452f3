"""Everything that the console shows, gathered at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.console.health import CheckResult, run_checks
from gateway.console.sources import ListenerView, ProviderView, RetentionView, Sources
from gateway.core.message import Channel
from gateway.core.state import KEEPS_CONTENT, State
from gateway.metrics import Depth
from gateway.provider import Outbox, TakenMessage
from gateway.spool.events import Webhook
from gateway.spool.store import Listing, MessageStatus, QueueDepth, StoreUnavailableError

LATEST: Final = 50  # messages on the page


@dataclass(frozen=True, slots=True)
class QueueView:
    """How many messages of a channel wait, a state, and for how many seconds the oldest of them has."""

    channel: Channel
    counts: Mapping[State, int]
    oldest_seconds: int | None

    @property
    def total(self) -> int:
        """How many wait in all."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """A message's metadata, with its client's name where the client is still known."""

    status: MessageStatus
    client: str | None


@dataclass(frozen=True, slots=True)
class WebhookView:
    """How events are taken at a client's webhook."""

    client: str | None
    hook: Webhook

    @property
    def state(self) -> str:
        """`paused`, `failing` or `told`."""
        return "paused" if self.hook.pause is not None else "failing" if self.hook.failures else "told"


@dataclass(frozen=True, slots=True, repr=False)
class OutboxMessage:
    """What the outbox of `provider` holds of one message."""

    provider: str
    taken: TakenMessage


@dataclass(frozen=True, slots=True)
class Status:
    """Health, queue and configuration; `queue` is None while the spool cannot be read."""

    checks: Sequence[CheckResult]
    queue: Sequence[QueueView] | None
    providers: Sequence[ProviderView]
    retention: Sequence[RetentionView]
    listeners: Sequence[ListenerView]
    webhooks: Sequence[WebhookView] = ()

    @property
    def ready(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)


async def take_status(sources: Sources, now: int) -> Status:
    """Ask for everything but messages."""
    depths = await take_depths(sources, now)
    return Status(
        await run_checks(sources.checks),
        None if depths is None else [_queue_of(channel, depths) for channel in Channel],
        sources.providers(),
        sources.retention(),
        sources.listeners(),
        await take_webhooks(sources),
    )


async def take_depths(sources: Sources, now: int) -> Sequence[Depth] | None:
    """Return whose content is kept, with ages in seconds; None while the spool cannot be read."""
    try:
        found = await sources.store.queue_depths()
    except StoreUnavailableError:
        return None
    return [
        (depth.channel, depth.state, depth.count, _age(depth, now)) for depth in found if depth.state in KEEPS_CONTENT
    ]


async def take_webhooks(sources: Sources) -> Sequence[WebhookView]:
    """Return where clients are told, those who are told nothing first; none while the spool cannot be read."""
    try:
        hooks = await sources.store.webhooks()
        names = {client.id: client.name for client in await sources.store.clients()} if hooks else {}
    except StoreUnavailableError:
        return ()
    views = [WebhookView(names.get(hook.client_id), hook) for hook in hooks]
    return sorted(views, key=lambda view: (("paused", "failing", "told").index(view.state), view.client or ""))


async def take_messages(sources: Sources, wanted: Listing) -> Sequence[ListedMessage]:
    """Return one page of messages. Raises StoreUnavailableError."""
    names = {client.id: client.name for client in await sources.store.clients()}
    return [ListedMessage(found, names.get(found.client_id)) for found in await sources.store.listing(wanted)]


def take_outbox(outboxes: Mapping[str, Outbox]) -> Sequence[OutboxMessage]:
    """Return what all outboxes hold, newest first; within a second each keeps its own order."""
    found = [OutboxMessage(name, taken) for name, outbox in outboxes.items() for taken in outbox.taken()]
    return sorted(found, key=lambda message: message.taken.taken_at, reverse=True)


def _age(depth: QueueDepth, now: int) -> int | None:
    """Return for how many seconds the oldest has waited; what is in doubt is held, so its age says nothing."""
    if depth.oldest_at is None or depth.state is State.IN_DOUBT:
        return None
    return max(0, now - depth.oldest_at)


def _queue_of(channel: Channel, depths: Sequence[Depth]) -> QueueView:
    counts = dict.fromkeys((state for state in State if state in KEEPS_CONTENT), 0)
    counts |= {state: count for other, state, count, _ in depths if other is channel}
    ages = [age for other, _, _, age in depths if other is channel and age is not None]
    return QueueView(channel, counts, max(ages, default=None))
