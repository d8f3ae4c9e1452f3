"""What the console asks the rest of the gateway for: plain records, and callables that make them when asked."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.metrics import Depth
from gateway.privacy.audit import Audit
from gateway.privacy.key_ends import KeyEnd
from gateway.privacy.subjects import Subjects
from gateway.provider import Outbox
from gateway.spool.store import Store


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of readiness: `run` returns None when it holds, else a sentence without values that says why not.

    Anyone may read the sentence: readiness needs no token.
    """

    name: str
    run: Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class ProviderView:
    """A configured provider; `reason` says why its circuit is open. Company and country are those of the processor."""

    name: str
    type: str
    channels: tuple[Channel, ...]
    company: str | None = None
    country: str | None = None
    circuit_open: bool = False
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class RetentionView:
    """A retention class: how long it `keeps` (`48h`), and how old the oldest of it is, where there is anything.

    `purged_at` (seconds since 1970 UTC) is when a run last left nothing that was due; `next_key` dies next.
    """

    name: str
    keeps: str
    oldest_seconds: int | None = None
    overdue: bool = False
    purged_at: int | None = None
    next_key: KeyEnd | None = None


@dataclass(frozen=True, slots=True)
class ListenerView:
    """A door of the process; `address` is host and port as bound."""

    name: str
    address: str
    tls: bool = False


@dataclass(frozen=True, slots=True)
class SubjectDesk:
    """What answers persons: `audit` takes the operator's name, `region` is that of national numbers.

    `refresh` lets the running gateway follow at once.
    """

    subjects: Subjects
    audit: Callable[[str], Audit]
    region: Callable[[], str]
    refresh: Callable[[], Awaitable[None]]


class Figures(Protocol):
    """The metrics: of this process, or of all that this one speaks for."""

    def queue(self, depths: Sequence[Depth]) -> None:
        """Set what waits now."""

    def render(self) -> bytes:
        """Return them in Prometheus's text format."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that is shown. The callables are asked at each request, so that a reload is seen at once.

    `outboxes` maps the names of configured providers to those adapters that keep what they took.
    """

    store: Store
    metrics: Figures
    checks: Sequence[Check]
    providers: Callable[[], Sequence[ProviderView]]
    outboxes: Callable[[], Mapping[str, Outbox]]
    retention: Callable[[], Sequence[RetentionView]]
    listeners: Callable[[], Sequence[ListenerView]]
    subjects: SubjectDesk | None = None
