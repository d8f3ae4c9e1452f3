"""Several processes as one: their posts, what they tell, and how it is added up."""

import asyncio
import socket
from collections.abc import Sequence

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.console.sources import ProviderView, RetentionView
from gateway.core.message import Channel, Email, Mailbox, Message, Sms
from gateway.core.outcome import Reason
from gateway.core.rate import Rate
from gateway.core.state import State
from gateway.delivery.lane import part_of
from gateway.http_server import ListenError, bind_shared
from gateway.metrics import Metrics
from gateway.workers.link import Link, LinkLostError, answer
from gateway.workers.post import Post, parse_post
from gateway.workers.snapshot import Family, Snapshot, Taken, decode, encode, families_of
from gateway.workers.sums import Sums

MAIL = Email(Mailbox("a@praxis.example", "Praxis"), Mailbox("b@example.com"), "Termin", "Morgen")
TEXT = Sms("+491761234567", "Morgen", "Praxis")


def snapshot(*messages: Message) -> Snapshot:
    """Return a snapshot with messages in an outbox."""
    taken = [
        Taken(
            "box",
            "r",
            5,
            message if isinstance(message, Email) else None,
            message if isinstance(message, Sms) else None,
        )
        for message in messages
    ]
    providers = [ProviderView("box", "sandbox", tuple(Channel), circuit_open=True, reason=Reason.TIMEOUT)]
    return Snapshot(
        families_of(Metrics(["box"])), providers, [RetentionView("content", "48h", 7)], taken, {"room": "full"}
    )


def values(text: bytes) -> dict[str, float]:
    """Return all samples of Prometheus's text by name and labels."""
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def worked(accepted: int, *, is_open: bool = False) -> Sequence[Family]:
    """Return the metrics of a process that has accepted and handed over some messages."""
    metrics = Metrics(["box"])
    metrics.accepted(Channel.SMS, accepted)
    for _ in range(accepted):
        metrics.attempted("box", "accepted", 0.02)
    metrics.circuit("box", is_open)
    metrics.retention("content", 10 * accepted, overdue=False)
    return families_of(metrics)


def test_a_snapshot_survives_the_line() -> None:
    """What is decoded is what was encoded, and its messages are as an outbox has them."""
    sent = snapshot(MAIL, TEXT)
    came = decode(encode(sent))
    assert [each.message().message for each in came.taken] == [MAIL, TEXT]
    assert (came.providers, came.retention, came.faults) == (sent.providers, sent.retention, sent.faults)
    assert values(Sums().render([came.families])) == values(Sums().render([sent.families]))


def test_counts_add_up_and_states_are_the_worst() -> None:
    """Counters and histograms are sums; a circuit that is open anywhere is open; of ages the greatest counts."""
    found = values(Sums().render([worked(2), worked(3, is_open=True)]))
    assert found["umschlag_messages_accepted_total sms"] == 5
    assert found["umschlag_attempt_seconds_bucket 0.025 box"] == 5
    assert found["umschlag_attempt_seconds_count box"] == 5
    assert found["umschlag_provider_circuit_open box"] == 1
    assert found["umschlag_retention_oldest_seconds content"] == 30
    assert found["umschlag_build_info 0.1.0"] == 1


def test_what_the_dead_have_counted_stays() -> None:
    """A counter does not fall when a process ends and another begins at zero; its gauges are gone."""
    sums = Sums()
    sums.bury(worked(4, is_open=True))
    found = values(sums.render([worked(1), worked(0)]))
    assert found["umschlag_messages_accepted_total sms"] == 5
    assert found["umschlag_provider_circuit_open box"] == 0


def test_a_post_is_written_in_numbers() -> None:
    """A worker takes up what was written for it: number, count, and sockets by listener."""
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as listening:
        given = Post(2, 4, theirs.dup(), {"smtp_tls": [listening.dup()]})
        written = str(given)
        for inherited in (given.link, *given.sockets["smtp_tls"]):
            inherited.detach()
        found = parse_post(written)
        with found.link, found.sockets["smtp_tls"][0] as taken:
            assert (found.number, found.count, str(found)) == (2, 4, written)
            assert taken.getsockname() == listening.getsockname()


@pytest.mark.parametrize("text", ["", "1/2", "1/2:link=x", "1/2:link=9999", "1/2:link=0,http=-1", "1/2:link=0;rm"])
def test_what_is_no_post(text: str) -> None:
    """Nobody gives it by hand."""
    with pytest.raises(ValueError, match=r"this is for|not there"):
        parse_post(text)


async def test_a_worker_answers_until_the_other_side_is_gone() -> None:
    """Each question gets a snapshot; with the end of the line the answering ends."""
    ours, theirs = socket.socketpair()

    async def take() -> Snapshot:
        return snapshot(TEXT)

    answering = asyncio.create_task(answer(theirs, take))
    link = await Link.over(ours)
    assert [len((await link.ask()).taken) for _ in range(3)] == [1, 1, 1]
    link.close()
    await answering


async def test_a_worker_that_is_gone_is_missed() -> None:
    """A question without an answer says so."""
    ours, theirs = socket.socketpair()
    link = await Link.over(ours)
    theirs.close()
    with pytest.raises(LinkLostError):
        await link.ask()
    link.close()


def test_sockets_are_shared() -> None:
    """Each process has one of its own on the same port, which nobody else can take."""
    shares = bind_shared("127.0.0.1:0", 3)
    try:
        ports = {each.getsockname()[1] for share in shares for each in share}
        assert (len(ports), [len(share) for share in shares]) == (1, [1, 1, 1])
    finally:
        for each in (each for share in shares for each in share):
            each.close()


def test_an_address_that_is_taken_is_not_shared() -> None:
    """A server that is there already keeps its port."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ListenError):
        bind_shared(f"127.0.0.1:{taken.getsockname()[1]}", 2)


@pytest.mark.parametrize(
    "rate, share, expected",
    [
        (Rate(10, 1), 1, Rate(10, 1)),
        (Rate(10, 1), 2, Rate(5, 1)),
        (Rate(10, 1), 3, Rate(3, 1)),
        (Rate(1, 1), 4, Rate(1, 4)),
        (Rate(2, 60), 3, Rate(1, 90)),
    ],
)
def test_processes_share_a_provider_s_rate(rate: Rate, share: int, expected: Rate) -> None:
    """All together keep to it; one that is too small to be divided is taken more slowly."""
    assert part_of(rate, share) == expected


def test_a_state_is_no_count() -> None:
    """What waits is set, not added."""
    metrics = Metrics()
    metrics.queue([(Channel.SMS, State.QUEUED, 7, 3)])
    found = values(Sums().render([families_of(metrics), families_of(metrics)]))
    assert found["umschlag_queue_messages sms queued"] == 7
