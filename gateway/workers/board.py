"""All workers as one: what the admin listener shows of several processes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from gateway.console.sources import Check, ProviderView, RetentionView
from gateway.metrics import Depth, Metrics
from gateway.provider import Outbox, TakenMessage
from gateway.workers.snapshot import Snapshot, Taken, families_of
from gateway.workers.sums import Sums
from gateway.workers.worker import Worker

# What every process tells of the spool that all share: counted here, at the moment.
_SHARED: Final = "umschlag_queue_"

# What each process looks at for itself: `Overview.own_checks`.
_CHECKS: Final = ("room", "retention", "checkpoint")


class Board:
    """Joins what workers tell; `metrics` are those of this process, which counts what waits."""

    def __init__(self, metrics: Metrics) -> None:
        self.workers: Sequence[Worker] = ()
        self._metrics = metrics
        self._sums = Sums()

    async def refresh(self) -> None:
        """Ask all workers."""
        await asyncio.gather(*(worker.look() for worker in self.workers))

    def bury(self, snapshot: Snapshot) -> None:
        """Keep what a worker had counted that is gone."""
        self._sums.bury(snapshot.families)

    def queue(self, depths: Sequence[Depth]) -> None:
        """Set what waits now."""
        self._metrics.queue(depths)

    def render(self) -> bytes:
        """Return the metrics of all processes in Prometheus's text format."""
        own = families_of(self._metrics)
        others = [
            [family for family in snapshot.families if not family.name.startswith(_SHARED)]
            for snapshot in self._snapshots()
        ]
        return self._sums.render([*others, own])

    def checks(self) -> Sequence[Check]:
        """Return the conditions that the workers look at, and that all of them serve."""
        return Check("workers", _said(self._missing)), *(Check(name, self._asks(name)) for name in _CHECKS)

    def providers(self) -> Sequence[ProviderView]:
        """Return the providers; a circuit that is open in any worker is shown as open."""
        found: dict[str, ProviderView] = {}
        for view in (view for snapshot in self._snapshots() for view in snapshot.providers):
            if view.name not in found or view.circuit_open:
                found[view.name] = view
        return list(found.values())

    def outboxes(self) -> Mapping[str, Outbox]:
        """Return what the providers' outboxes hold together."""
        found: dict[str, list[Taken]] = {}
        for taken in (taken for snapshot in self._snapshots() for taken in snapshot.taken):
            found.setdefault(taken.provider, []).append(taken)
        return {name: _Joined(taken) for name, taken in found.items()}

    def retention(self) -> Sequence[RetentionView]:
        """Return the retention classes; what is overdue for any worker is."""
        found: dict[str, RetentionView] = {}
        for view in (view for snapshot in self._snapshots() for view in snapshot.retention):
            if view.name not in found or view.overdue:
                found[view.name] = view
        return list(found.values())

    def _snapshots(self) -> Sequence[Snapshot]:
        return [worker.snapshot for worker in self.workers if worker.snapshot is not None]

    def _missing(self) -> str | None:
        missing = [str(worker.number) for worker in self.workers if worker.snapshot is None]
        return f"not serving: worker {', '.join(missing)}" if missing else None

    def _asks(self, name: str) -> Callable[[], Awaitable[str | None]]:
        return _said(lambda: next((each.faults[name] for each in self._snapshots() if name in each.faults), None))


class _Joined:
    """The outboxes of one provider in all workers, as one."""

    def __init__(self, taken: Sequence[Taken]) -> None:
        self._taken = [each.message() for each in sorted(taken, key=lambda each: each.taken_at, reverse=True)]

    def taken(self) -> Sequence[TakenMessage]:
        """Return what they hold, newest first."""
        return self._taken


def _said(say: Callable[[], str | None]) -> Callable[[], Awaitable[str | None]]:
    async def run() -> str | None:
        return say()

    return run
