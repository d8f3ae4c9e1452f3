"""What providers tell of messages, from their call or our question to the state: the parts, joined."""

from collections.abc import Callable, Mapping, Sequence

from gateway.core.ids import now_seconds
from gateway.delivery.polling import Poller
from gateway.delivery.reports import Reports
from gateway.delivery.worker import Delivery
from gateway.http_server.routes import Route
from gateway.intake.reports import Beyond, Callbacks
from gateway.logs import Log
from gateway.metrics import Metrics
from gateway.provider import Adapter
from gateway.settings import HttpSection
from gateway.spool.references import References
from gateway.spool.reports import ReportStore


class Reporting:
    """Takes reports of the providers that a delivery hands messages to, and asks for them."""

    def __init__(
        self,
        store: ReportStore,
        references: References,
        delivery: Delivery,
        *,
        log: Log,
        metrics: Metrics,
        clock: Callable[[], int] = now_seconds,
    ) -> None:
        self._delivery = delivery
        self._log = log
        self._metrics = metrics
        self._clock = clock
        self.reports = Reports(store, references, log=log, metrics=metrics, clock=clock)
        self.poller = Poller(store, references, self.reports, delivery.providers, log=log, clock=clock)
        delivery.introduce = self.reports.introduce

    def routes(self, section: HttpSection) -> Sequence[Route]:
        """Return the paths that providers call."""
        return Callbacks(
            Beyond(self.reports, self.poller, self._adapters),
            section.public_url,
            section.read_timeout.total_seconds(),
            self._log,
            self._metrics,
            self._clock,
        ).routes()

    def start(self) -> None:
        """Begin to ask, and to tell again what came early."""
        self.reports.start()
        self.poller.start()

    async def stop_asking(self) -> None:
        """Ask nothing more; before adapters are closed."""
        await self.poller.stop()

    async def stop(self) -> None:
        """Tell what is held for the last time."""
        await self.reports.stop()

    def _adapters(self) -> Mapping[str, Adapter]:
        return {name: provider.adapter for name, provider in self._delivery.providers().items()}
