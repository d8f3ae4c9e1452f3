"""Metrics: counts and times under closed sets of labels, in a registry of their own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from gateway import __version__
from gateway.core.message import Channel
from gateway.core.state import FINAL, KEEPS_CONTENT, State

IntakeName = Literal["http", "smtp"]
OutcomeName = Literal["accepted", "rejected", "deferred", "in_doubt"]
EventEnd = Literal["taken", "missed", "dropped"]
ReportName = Literal["changed", "counted", "nothing", "early", "unknown", "forged", "malformed", "replayed", "hint"]
ErasureEnd = Literal["erased", "later", "impossible", "given_up"]
# Channel, state, how many, and for how many seconds the oldest has waited.
Depth = tuple[Channel, State, int, int | None]

_Attempts = tuple[dict[OutcomeName, Counter], Histogram]

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4

INTAKES: Final[tuple[IntakeName, ...]] = ("http", "smtp")
OUTCOMES: Final[tuple[OutcomeName, ...]] = ("accepted", "rejected", "deferred", "in_doubt")
REPORTS: Final[tuple[ReportName, ...]] = get_args(ReportName)
FINISHED: Final = tuple(state for state in State if state in FINAL or state is State.SENT)
WAITING: Final = tuple(state for state in State if state in KEEPS_CONTENT)

# Seconds: from a kept connection on the same net to the longest time-out that anyone should set.
_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Tally:
    """A counter of messages by channel, for the way of every message: the library's takes as long as ten of these."""

    def __init__(self, name: str, documentation: str, label: str) -> None:
        self._name = name
        self._documentation = documentation
        self._label = label
        self._counts = dict.fromkeys(Channel, 0)

    def add(self, channel: Channel, count: int) -> None:
        """Count on; in the loop's thread alone."""
        self._counts[channel] += count

    def collect(self) -> Iterable[Metric]:
        """Return what was counted; the registry asks."""
        family = CounterMetricFamily(self._name, self._documentation, labels=[self._label])
        for channel, count in self._counts.items():
            family.add_metric([channel.value], count)
        return [family]


class Metrics:
    """Every metric of the gateway; `providers` are the configured names, whose series begin at zero.

    A label is a channel, a state, an outcome, an intake, a retention class, a configured provider or the version:
    nothing that a client or a recipient can choose.
    """

    def __init__(self, providers: Iterable[str] = ()) -> None:
        # The library's own switch, for the process: without it each counter gets a twin with the time it was made.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        Info("umschlag_build", "The version that runs.", registry=self.registry).info({"version": __version__})
        self._make_message_metrics()
        self._make_provider_metrics()
        self._make_gauges()
        self._attempts: dict[str, _Attempts] = {}
        self._reports: dict[str, dict[ReportName, Counter]] = {}
        self._erasures: dict[str, dict[ErasureEnd, Counter]] = {}
        self.configure(providers)

    def configure(self, providers: Iterable[str]) -> None:
        """Take over the names of the configured providers; the circuits of those that are gone are forgotten."""
        names = set(providers)
        for name in names - self._attempts.keys():
            self._add_provider(name)
        for name in self._attempts.keys() - names:
            self._circuit.remove(name)
            self._account.remove(name)
            del self._attempts[name]

    def accepted(self, channel: Channel, count: int = 1) -> None:
        """Count messages that are durable and answered for."""
        self._accepted.add(channel, count)

    def expired(self, counts: Mapping[Channel, int]) -> None:
        """Count messages, by channel, that nobody took before their time was over."""
        for channel, count in counts.items():
            self._finished[channel, State.EXPIRED].inc(count)

    def finished(self, channel: Channel, state: State) -> None:
        """Count a message that came to `sent` or to a final state."""
        self._finished[channel, state].inc()

    def attempted(self, provider: str, outcome: OutcomeName, seconds: float) -> None:
        """Count a hand-over to a configured provider, and how long it took."""
        found = self._attempts.get(provider) or self._add_provider(provider)
        found[0][outcome].inc()
        found[1].observe(seconds)

    def reported(self, provider: str, effect: ReportName) -> None:
        """Count a report of a configured provider, or a call that was refused, by what it did."""
        found = self._reports.get(provider) or self._add_reports(provider)
        found[effect].inc()

    def erased(self, provider: str, end: ErasureEnd, count: int = 1) -> None:
        """Count attempts to have messages erased at a provider, by how they ended; given up is an order, not one."""
        found = self._erasures.get(provider) or self._add_erasures(provider)
        found[end].inc(count)

    def erasures_waiting(self, count: int) -> None:
        """Set how many messages providers are still to erase."""
        self._erasures_waiting.set(count)

    def told(self, end: EventEnd, count: int) -> None:
        """Count events to clients' programs, by how telling them ended."""
        self._events[end].inc(count)

    def webhooks(self, *, waiting: int, paused: int) -> None:
        """Set how many events wait to be told, and how many clients are not told any."""
        self._events_waiting.set(waiting)
        self._webhooks_paused.set(paused)

    def stripped(self, intake: IntakeName, count: int) -> None:
        """Count undocumented members, headers and parts that were dropped."""
        self._stripped[intake].inc(count)

    def queue(self, depths: Sequence[Depth]) -> None:
        """Set what waits now; a channel and state that is not among `depths` is empty."""
        counts = {(channel, state): count for channel, state, count, _ in depths}
        for key, gauge in self._queue.items():
            gauge.set(counts.get(key, 0))
        for channel, oldest in self._oldest.items():
            oldest.set(max((age or 0 for other, _, _, age in depths if other is channel), default=0))

    def circuit(self, provider: str, is_open: bool) -> None:  # noqa: FBT001 (the one thing that it says)
        """Set whether a configured provider is left alone now."""
        if provider not in self._attempts:
            self._add_provider(provider)
        self._circuit.labels(provider).set(is_open)

    def account(self, provider: str, is_refused: bool) -> None:  # noqa: FBT001 (the one thing that it says)
        """Set whether a configured provider refuses our account: its key, its credit, its contract."""
        if provider not in self._attempts:
            self._add_provider(provider)
        self._account.labels(provider).set(is_refused)

    def reloaded(self, *, is_refused: bool) -> None:
        """Set whether the configuration file holds what could not be taken over."""
        self._reload_refused.set(is_refused)

    def retention(self, retention_class: str, oldest_seconds: int, overdue: bool) -> None:  # noqa: FBT001 (as above)
        """Set how old the oldest of a retention class is, and whether it should be gone."""
        self._retention_oldest.labels(retention_class).set(oldest_seconds)
        self._retention_overdue.labels(retention_class).set(overdue)

    def checkpoint(self, *, is_blocked: bool) -> None:
        """Set whether the last run of retention could not cut the spool's write-ahead log."""
        self._checkpoint_blocked.set(is_blocked)

    def render(self) -> bytes:
        """Return all metrics in Prometheus's text format, whose media type is CONTENT_TYPE."""
        return generate_latest(self.registry)

    def _make_message_metrics(self) -> None:
        self._accepted = Tally("umschlag_messages_accepted", "Messages that are durable and answered for.", "channel")
        self.registry.register(self._accepted)
        finished = self._counter(
            "umschlag_messages_finished", "Messages that a provider took, or that ended.", "channel", "status"
        )
        self._finished = {
            (channel, state): finished.labels(channel, state) for channel in Channel for state in FINISHED
        }
        stripped = self._counter(
            "umschlag_stripped_fields", "Undocumented members, headers and parts that were dropped.", "intake"
        )
        self._stripped = {intake: stripped.labels(intake) for intake in INTAKES}
        events = self._counter("umschlag_events", "Events to clients' programs, by how telling them ended.", "outcome")
        self._events: dict[EventEnd, Counter] = {end: events.labels(end) for end in get_args(EventEnd)}
        self._events_waiting = self._gauge("umschlag_events_waiting", "Events that clients were not told yet.")
        self._webhooks_paused = self._gauge("umschlag_webhooks_paused", "Clients that are not told events any more.")

    def _make_provider_metrics(self) -> None:
        self._attempted = self._counter("umschlag_attempts", "Hand-overs to a provider.", "provider", "outcome")
        self._seconds = Histogram(
            "umschlag_attempt_seconds",
            "How long a hand-over took.",
            ["provider"],
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._reported = self._counter(
            "umschlag_reports", "What providers told of messages, by what it did.", "provider", "effect"
        )
        self._erased = self._counter(
            "umschlag_erasures", "Messages that a provider was to erase, by how that ended.", "provider", "outcome"
        )
        self._erasures_waiting = self._gauge(
            "umschlag_erasures_waiting", "Messages erased here that providers are still to erase."
        )
        self._circuit = self._gauge("umschlag_provider_circuit_open", "1 while a provider is left alone.", "provider")
        self._account = self._gauge(
            "umschlag_provider_account_refused", "1 while a provider refuses our key, credit or contract.", "provider"
        )

    def _make_gauges(self) -> None:
        queue = self._gauge("umschlag_queue_messages", "Messages whose content is kept.", "channel", "status")
        self._queue = {(channel, state): queue.labels(channel, state) for channel in Channel for state in WAITING}
        oldest = self._gauge(
            "umschlag_queue_oldest_seconds",
            "For how long the oldest of them has waited, but for those in doubt.",
            "channel",
        )
        self._oldest = {channel: oldest.labels(channel) for channel in Channel}
        self._reload_refused = Gauge(
            "umschlag_reload_refused",
            "1 while the configuration file is wrong and an older one runs.",
            registry=self.registry,
        )
        self._checkpoint_blocked = self._gauge(
            "umschlag_checkpoint_blocked", "1 while the spool's write-ahead log could not be cut at the last purge."
        )
        self._retention_oldest = self._gauge(
            "umschlag_retention_oldest_seconds", "Age of the oldest data of a retention class.", "class"
        )
        self._retention_overdue = self._gauge(
            "umschlag_retention_overdue", "1 while data of a retention class should be gone and is not.", "class"
        )

    def _add_provider(self, name: str) -> _Attempts:
        counters = {outcome: self._attempted.labels(name, outcome) for outcome in OUTCOMES}
        self._attempts[name] = counters, self._seconds.labels(name)
        self._circuit.labels(name).set(0)
        self._account.labels(name).set(0)
        self._add_reports(name)
        self._add_erasures(name)
        return self._attempts[name]

    def _add_reports(self, name: str) -> dict[ReportName, Counter]:
        self._reports[name] = {effect: self._reported.labels(name, effect) for effect in REPORTS}
        return self._reports[name]

    def _add_erasures(self, name: str) -> dict[ErasureEnd, Counter]:
        self._erasures[name] = {end: self._erased.labels(name, end) for end in get_args(ErasureEnd)}
        return self._erasures[name]

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)
