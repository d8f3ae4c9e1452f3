"""The metrics: exactly the promised names and labels, in a form that Prometheus reads."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from gateway.core.message import Channel
from gateway.core.state import State
from gateway.metrics import Metrics

# CONTRACT: name → labels. A histogram's parts have `le` besides.
PROMISED = {
    "umschlag_messages_accepted_total": {"channel"},
    "umschlag_messages_finished_total": {"channel", "status"},
    "umschlag_attempts_total": {"provider", "outcome"},
    "umschlag_attempt_seconds_bucket": {"provider", "le"},
    "umschlag_attempt_seconds_count": {"provider"},
    "umschlag_attempt_seconds_sum": {"provider"},
    "umschlag_reports_total": {"provider", "effect"},
    "umschlag_queue_messages": {"channel", "status"},
    "umschlag_queue_oldest_seconds": {"channel"},
    "umschlag_stripped_fields_total": {"intake"},
    "umschlag_events_total": {"outcome"},
    "umschlag_events_waiting": set(),
    "umschlag_webhooks_paused": set(),
    "umschlag_erasures_total": {"provider", "outcome"},
    "umschlag_erasures_waiting": set(),
    "umschlag_provider_circuit_open": {"provider"},
    "umschlag_provider_account_refused": {"provider"},
    "umschlag_reload_refused": set(),
    "umschlag_checkpoint_blocked": set(),
    "umschlag_retention_oldest_seconds": {"class"},
    "umschlag_retention_overdue": {"class"},
    "umschlag_build_info": {"version"},
}


def samples(metrics: Metrics) -> list[Sample]:
    """Return what Prometheus's own parser reads."""
    return [sample for family in text_string_to_metric_families(metrics.render().decode()) for sample in family.samples]


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """Return one sample's value."""
    return metrics.registry.get_sample_value(name, labels)


@pytest.fixture
def metrics() -> Metrics:
    """Return the metrics of a gateway with two providers."""
    return Metrics(["seven-main", "smarthost"])


def test_names_and_labels_are_those_promised(metrics: Metrics) -> None:
    """Each promised name is there with exactly its labels, and beside them only the process's own."""
    metrics.retention("content", 5, overdue=False)
    ours = [sample for sample in samples(metrics) if not sample.name.startswith("process_")]
    assert {sample.name: set(sample.labels) for sample in ours} == PROMISED


def test_the_version_is_a_label(metrics: Metrics) -> None:
    """The version that runs is `gateway.__version__`."""
    from gateway import __version__

    assert value(metrics, "umschlag_build_info", version=__version__) == 1


def test_counters_begin_at_zero(metrics: Metrics) -> None:
    """A series is there before its first event, so that an increase from nothing is seen."""
    counters = [
        sample for sample in samples(metrics) if sample.name.startswith("umschlag_") and "_total" in sample.name
    ]
    assert {0.0} == {sample.value for sample in counters}
    assert len(counters) == 2 + 2 * 6 + 2 * 4 + 2 + 2 * 9 + 2 * 4 + 3


def test_messages_are_counted(metrics: Metrics) -> None:
    """Accepted by channel, one or many; finished by channel and status; stripped by intake."""
    metrics.accepted(Channel.EMAIL)
    metrics.accepted(Channel.EMAIL, 20)
    metrics.finished(Channel.SMS, State.DELIVERED)
    metrics.stripped("smtp", 7)
    assert [
        value(metrics, "umschlag_messages_accepted_total", channel="email"),
        value(metrics, "umschlag_messages_accepted_total", channel="sms"),
        value(metrics, "umschlag_messages_finished_total", channel="sms", status="delivered"),
        value(metrics, "umschlag_stripped_fields_total", intake="smtp"),
    ] == [21, 0, 1, 7]


def test_attempts_are_counted_and_timed(metrics: Metrics) -> None:
    """An attempt counts under its provider and outcome, and in the provider's histogram of seconds."""
    metrics.attempted("smarthost", "accepted", 0.2)
    metrics.attempted("smarthost", "in_doubt", 30.5)
    assert [
        value(metrics, "umschlag_attempts_total", provider="smarthost", outcome="accepted"),
        value(metrics, "umschlag_attempts_total", provider="smarthost", outcome="in_doubt"),
        value(metrics, "umschlag_attempts_total", provider="seven-main", outcome="accepted"),
        value(metrics, "umschlag_attempt_seconds_count", provider="smarthost"),
        value(metrics, "umschlag_attempt_seconds_sum", provider="smarthost"),
        value(metrics, "umschlag_attempt_seconds_bucket", provider="smarthost", le="0.25"),
        value(metrics, "umschlag_attempt_seconds_bucket", provider="smarthost", le="60.0"),
    ] == [1, 1, 0, 2, 30.7, 1, 2]


def test_the_queue_is_what_waits_now(metrics: Metrics) -> None:
    """What was not named again is empty; the oldest is that of all states of a channel."""
    metrics.queue([(Channel.SMS, State.QUEUED, 3, 20), (Channel.EMAIL, State.SENDING, 1, None)])
    metrics.queue([(Channel.SMS, State.DEFERRED, 2, 90), (Channel.SMS, State.IN_DOUBT, 1, 600)])
    assert [
        value(metrics, "umschlag_queue_messages", channel="sms", status="queued"),
        value(metrics, "umschlag_queue_messages", channel="sms", status="deferred"),
        value(metrics, "umschlag_queue_messages", channel="sms", status="in_doubt"),
        value(metrics, "umschlag_queue_messages", channel="email", status="sending"),
        value(metrics, "umschlag_queue_oldest_seconds", channel="sms"),
        value(metrics, "umschlag_queue_oldest_seconds", channel="email"),
    ] == [0, 2, 1, 0, 600, 0]


def test_circuits_and_retention_are_set(metrics: Metrics) -> None:
    """Open and overdue are 1, else 0."""
    metrics.circuit("seven-main", is_open=True)
    metrics.retention("logs", 7_776_000, overdue=True)
    assert [
        value(metrics, "umschlag_provider_circuit_open", provider="seven-main"),
        value(metrics, "umschlag_provider_circuit_open", provider="smarthost"),
        value(metrics, "umschlag_retention_oldest_seconds", **{"class": "logs"}),
        value(metrics, "umschlag_retention_overdue", **{"class": "logs"}),
    ] == [1, 0, 7_776_000, 1]


def test_a_new_configuration_takes_over_the_providers(metrics: Metrics) -> None:
    """An open circuit of a provider that is gone raises no alarm for ever; counts that stay go on."""
    metrics.attempted("smarthost", "accepted", 0.2)
    metrics.circuit("seven-main", is_open=True)
    metrics.configure(["smarthost", "gatewayapi"])
    assert [
        value(metrics, "umschlag_provider_circuit_open", provider="seven-main"),
        value(metrics, "umschlag_provider_circuit_open", provider="gatewayapi"),
        value(metrics, "umschlag_attempts_total", provider="smarthost", outcome="accepted"),
        value(metrics, "umschlag_attempts_total", provider="gatewayapi", outcome="accepted"),
    ] == [None, 0, 1, 0]


def test_a_provider_that_comes_late_is_counted_too() -> None:
    """A hand-over that ends after its provider left the configuration is still counted."""
    metrics = Metrics()
    metrics.attempted("smarthost", "rejected", 0.2)
    metrics.circuit("seven-main", is_open=False)
    assert [
        value(metrics, "umschlag_attempts_total", provider="smarthost", outcome="rejected"),
        value(metrics, "umschlag_provider_circuit_open", provider="seven-main"),
    ] == [1, 0]


def test_two_gateways_in_one_process_count_apart() -> None:
    """The registry is the object's own."""
    first, second = Metrics(), Metrics()
    first.accepted(Channel.SMS)
    assert [value(each, "umschlag_messages_accepted_total", channel="sms") for each in (first, second)] == [1, 0]
