"""What a worker tells of itself: what the console and the metrics of all of them are made of."""

from collections.abc import Mapping, Sequence

import msgspec

from gateway.console.sources import ProviderView, RetentionView
from gateway.core.message import Email, Sms
from gateway.metrics import Metrics
from gateway.overview import Overview
from gateway.provider import TakenMessage

Labels = tuple[tuple[str, str], ...]


class Family(msgspec.Struct, frozen=True):
    """One metric with its samples: name, labels, value."""

    name: str
    documentation: str
    type: str
    samples: Sequence[tuple[str, Labels, float]]


class Taken(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """What an outbox took: a mail or a text message."""

    provider: str
    reference: str
    taken_at: int
    email: Email | None = None
    sms: Sms | None = None

    def message(self) -> TakenMessage:
        """Return it as an outbox has it."""
        found = self.email or self.sms
        assert found is not None  # noqa: S101 (for the type checker: one of them is given)
        return TakenMessage(found, self.reference, self.taken_at)


class Snapshot(msgspec.Struct, frozen=True):
    """A worker at one moment; `faults` are the checks that do not hold, with their sentences."""

    families: Sequence[Family]
    providers: Sequence[ProviderView]
    retention: Sequence[RetentionView]
    taken: Sequence[Taken]
    faults: Mapping[str, str]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Snapshot)


def encode(snapshot: Snapshot) -> bytes:
    """Return a snapshot as bytes for the line between two processes."""
    return _ENCODER.encode(snapshot)


def decode(data: bytes) -> Snapshot:
    """Return what `encode` encoded."""
    return _DECODER.decode(data)


async def take(overview: Overview, metrics: Metrics) -> Snapshot:
    """Look at this process."""
    faults = {check.name: fault for check in overview.own_checks() if (fault := await check.run()) is not None}
    taken = [
        Taken(
            name,
            each.reference,
            each.taken_at,
            each.message if isinstance(each.message, Email) else None,
            each.message if isinstance(each.message, Sms) else None,
        )
        for name, outbox in overview.outboxes().items()
        for each in outbox.taken()
    ]
    return Snapshot(families_of(metrics), overview.providers(), overview.retention_classes(), taken, faults)


def families_of(metrics: Metrics) -> Sequence[Family]:
    """Return all metrics of a process with their values."""
    return [
        Family(
            found.name,
            found.documentation,
            found.type,
            [(sample.name, tuple(sorted(sample.labels.items())), sample.value) for sample in found.samples],
        )
        for found in metrics.registry.collect()
    ]
