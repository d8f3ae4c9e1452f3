"""Metrics of several processes as one: counts add up, also those of processes that are gone; states are the worst."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from prometheus_client import Metric
from prometheus_client.exposition import generate_latest

from gateway.workers.snapshot import Family, Labels

_COUNTED: Final = frozenset({"counter", "histogram"})

# Gauges of a process that add up; of all others the greatest counts: what one of them sees is so.
_ADDED: Final = frozenset({"process_resident_memory_bytes", "process_virtual_memory_bytes", "process_open_fds"})

Key = tuple[str, Labels]


class Sums:
    """Adds up what processes count. A counter must not fall when one of them ends, so what it had counted is kept."""

    def __init__(self) -> None:
        self._of_the_gone: dict[Key, float] = {}

    def bury(self, families: Iterable[Family]) -> None:
        """Keep what a process had counted that is gone."""
        for family in families:
            if family.type in _COUNTED:
                for name, labels, value in family.samples:
                    key = name, labels
                    self._of_the_gone[key] = self._of_the_gone.get(key, 0) + value

    def render(self, processes: Sequence[Iterable[Family]]) -> bytes:
        """Return the metrics of all in Prometheus's text format."""
        return generate_latest(_Collected(self._joined(processes)))  # all that it asks for is `collect`

    def _joined(self, processes: Sequence[Iterable[Family]]) -> Iterator[Metric]:
        families: dict[str, list[Family]] = {}
        for family in (family for process in processes for family in process):
            families.setdefault(family.name, []).append(family)
        for name, alike in families.items():
            metric = Metric(name, alike[0].documentation, alike[0].type)
            for (sample, labels), value in self._values(alike).items():
                metric.add_sample(sample, dict(labels), value)
            yield metric

    def _values(self, alike: Sequence[Family]) -> Mapping[Key, float]:
        values: dict[Key, float] = {}
        adds = alike[0].type in _COUNTED or alike[0].name in _ADDED
        for family in alike:
            for name, labels, value in family.samples:
                key = name, labels
                known = values.get(key)
                if known is None:
                    values[key] = value + (self._of_the_gone.get(key, 0) if adds else 0)
                else:
                    values[key] = known + value if adds else max(known, value)
        return values


class _Collected:
    """What the library renders: anything that can be collected."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics
