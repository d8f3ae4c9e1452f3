"""Builds every object from the configuration and joins them; starts and stops them in order."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from gateway import __version__
from gateway.config import ConfigError, Configuration
from gateway.console.server import AdminServer
from gateway.console.sources import ListenerView, Sources, SubjectDesk
from gateway.console.token import TokenError, admin_token
from gateway.core.epoch import epoch_length
from gateway.core.ids import now_seconds
from gateway.delivery.agreeing import Agreeing
from gateway.delivery.built import Built, build
from gateway.delivery.erasing import Eraser
from gateway.delivery.events import Events
from gateway.delivery.registry import erasing_providers
from gateway.delivery.restoring import Restoring
from gateway.delivery.suppressing import Suppressing
from gateway.delivery.worker import Delivery
from gateway.doors import DoorError, Doors
from gateway.http_server import TlsError
from gateway.intake.accept import Beyond, Door, Terms
from gateway.intake.archive import Archive
from gateway.intake.auth import Authenticator
from gateway.intake.capacity import Capacity
from gateway.intake.disclosing import Disclosing
from gateway.intake.http import HttpIntake, Parts, client_calls, follow
from gateway.intake.limits import Limits
from gateway.intake.reporting import Reporting
from gateway.intake.smtp.listener import smtp_intake
from gateway.logs import Event, Log
from gateway.metrics import Metrics
from gateway.overview import Overview
from gateway.place import ALONE, Place, url_of
from gateway.privacy.audit import Audit
from gateway.privacy.clock_guard import ClockGuard
from gateway.privacy.pseudonyms import Pseudonyms
from gateway.privacy.retention import Retention
from gateway.privacy.subjects import Subjects
from gateway.privacy.suppressions import Suppressions
from gateway.settings import Settings
from gateway.spool.erasures import Erasing
from gateway.spool.keyring import Keyring, KeyringError
from gateway.spool.keyring_match import refuse_another
from gateway.spool.location import local_path
from gateway.spool.references import References
from gateway.spool.sealing import Sealer
from gateway.spool.sqlite.writer_process import WriterProcess
from gateway.spool.store import Store, StoreUnavailableError
from gateway.state import StartError, open_state, token_file

# Requests at work when a stop is asked for: an accepted message is answered, the rest hears 503.
_REQUEST_GRACE: Final = timedelta(seconds=10)


class App:
    """The whole gateway: `open` builds it, `start` begins, `stop` ends in order and loses nothing."""

    def __init__(
        self,
        configuration: Configuration,
        built: Built,
        log: Log,
        *,
        store: Store,
        keyring: Keyring,
        place: Place = ALONE,
    ) -> None:
        settings = configuration.settings
        self.configuration = configuration
        self.store = store
        self.keyring = keyring
        self.built = built
        self._log = log
        self._place = place
        self._ports: dict[str, int] = {}
        self.metrics = Metrics(built.providers)
        sealer = Sealer(keyring)
        self._clock_guard = ClockGuard(store, keyring, log)
        self._retention = Retention(
            settings, store, keyring, metrics=self.metrics, log=log, may_purge=self._clock_guard.may_purge
        )
        references = References(keyring.auth_key())
        self._delivery = Delivery(store, sealer, settings.delivery, log=log, metrics=self.metrics, share=place.count)
        self._restoring = Restoring(store, keyring, log, erasing=self._erasing)
        self._eraser = Eraser(store, self._delivery, settings.retention, log=log, metrics=self.metrics)
        self._suppressing = Suppressing(Suppressions(store, keyring), log)
        self._delivery.suppressed = self._suppressing.end
        self._agreeing = Agreeing(store, self._delivery.agree, log)
        self._reporting = Reporting(store, references, self._delivery, log=log, metrics=self.metrics)
        spool = local_path(settings.spool.url, "sqlite", configuration.folder)
        self._capacity = Capacity(store, settings.spool, spool.parent, log)
        self._events = Events(store, keyring, settings.events, log=log, metrics=self.metrics)
        self._authenticator = Authenticator(store, keyring.auth_key(), log)
        self._limits = Limits(store, settings.limits)
        self.overview = Overview(store, keyring, self._delivery, self._retention, self._capacity)
        self._door = Door(self._beyond(sealer, references), self._limits, self._capacity, Terms.of(settings))
        self._build_doors(settings)

    def _build_doors(self, settings: Settings) -> None:
        """Build what listens."""
        log = self._log
        self._calls = client_calls(settings, self._parts())
        self._disclosing = Disclosing(self.store)
        told = [*self._disclosing.routes(), *Archive(self.store).routes()]
        open_routes = [*self._reporting.routes(settings.http), *told]
        self._http = HttpIntake(settings.http, self._calls, log, open_routes)
        self._smtp = smtp_intake(settings, self._authenticator, self._door, metrics=self.metrics, log=log)
        self._admin = (
            AdminServer(self._sources(), settings.admin, admin_token(token_file(self.configuration)), log)
            if self._place.is_alone
            else None
        )

    def _beyond(self, sealer: Sealer, references: References) -> Beyond:
        return Beyond(
            self.store,
            sealer,
            Pseudonyms(self.keyring),
            references,
            self.built.routing,
            self._delivery,
            self._retention.overdue,
            doubtful_sender=lambda client: self._log.warning(Event.SENDER_DOUBTFUL, client=client),
            suppresses=self._suppressing.refuses_address,
        )

    @classmethod
    async def open(
        cls, configuration: Configuration, log: Log, place: Place = ALONE, *, writer: WriterProcess | None = None
    ) -> "App":
        """Build everything over an opened spool and keyring. Raises ConfigError, StartError."""
        built = build(configuration)
        if built.problems:
            raise ConfigError(built.problems)
        store, keyring = await open_state(configuration, log, writer)
        try:
            return cls(configuration, built, log, store=store, keyring=keyring, place=place)
        except TokenError as error:
            await store.close()
            keyring.close()
            raise StartError(str(error)) from None

    async def start(self, announce: Callable[[], Awaitable[None]] | None = None) -> None:
        """Purge what is due, recover what a crash left, and open the doors, intake last.

        `announce` runs when the addresses are taken, before anybody is answered at them. Raises StartError.
        """
        try:
            await refuse_another(self.store, self.keyring)
            await self._clock_guard.start(now_seconds())
            await self._retention.start()
            await self._disclosing.publish(self.configuration, self.built)
            await self._restoring.start()
            await self._suppressing.start()
            await self._agreeing.start()
            await self._delivery.start(self.built.providers, self.built.routing)
            self._reporting.start()
            await self._capacity.look()
            self._capacity.start()
            self._authenticator.start()
            self._events.start()
            self._eraser.start()
            await Doors(self._admin, self._http, self._smtp).open(self._place.sockets, self._ports, announce)
        except StoreUnavailableError as error:
            raise StartError(f"the spool cannot be used: {error}") from None
        except KeyringError as error:
            raise StartError(f"the keyring cannot be used: {error}") from None
        except DoorError as error:
            raise StartError(str(error)) from None
        except (TlsError, OSError) as error:
            raise StartError(
                f"cannot start: {error if isinstance(error, TlsError) else type(error).__name__}"
            ) from None
        self._log.info(Event.STARTED, version=__version__)

    async def reload(self, configuration: Configuration, built: Built) -> None:
        """Follow another configuration, as far as `config.live` says that a running gateway can.

        Hand-overs that have begun end as they began. Raises OSError and ValueError where a provider cannot be opened;
        then everything is as it was.
        """
        settings = configuration.settings
        # Told first: nobody's data go where the notice does not say.
        await self._disclosing.publish(configuration, built)
        try:
            await self._delivery.take_over(built.providers, built.routing)
        except BaseException:
            await self._disclosing.publish(self.configuration, self.built)
            raise
        # No other task runs until all parts have followed.
        self._delivery.configure(settings.delivery)
        self._door.configure(built.routing, Terms.of(settings))
        self._limits.configure(settings.limits)
        self._capacity.configure(settings.spool)
        self.keyring.configure(epoch_length(settings.retention.content))
        self._retention.configure(settings)
        self._eraser.configure(settings.retention)
        self._calls = follow(self._calls, settings)
        self._http.use(self._calls)
        if self._smtp is not None:
            self._smtp.configure(settings)
        self._log.set_level(settings.log.level)
        self.configuration, self.built = configuration, built

    async def stop(self) -> None:
        """Refuse what comes, answer what is at work, let hand-overs end, and close everything."""
        self.overview.is_draining = True
        self._door.close()
        self._log.info(Event.DRAINING)
        await self._reporting.stop_asking()
        await self._eraser.stop()
        await self._delivery.stop()
        await self._http.stop(_REQUEST_GRACE)
        if self._smtp is not None:
            await self._smtp.stop(_REQUEST_GRACE)
        if self._admin is not None:
            await self._admin.stop()
        for part in (
            self._reporting, self._suppressing, self._agreeing, self._authenticator, self._capacity,
            self._events, self._retention, self._restoring,
        ):  # fmt: skip
            await part.stop()
        await self.store.close()
        await asyncio.to_thread(self.keyring.close)
        self._log.info(Event.STOPPED)

    @property
    def client_url(self) -> str:
        """Where the client API is."""
        http = self.configuration.settings.http
        return self._url("http", http.listen, tls=http.tls_cert is not None)

    @property
    def admin_url(self) -> str:
        """Where the console is."""
        admin = self.configuration.settings.admin
        return self._url("admin", admin.listen, tls=admin.tls_cert is not None)

    def console_link(self) -> str:
        """Return a link that opens the console once; empty where this process has no console."""
        return "" if self._admin is None else self.admin_url + self._admin.one_time_path()

    def _erasing(self) -> Erasing:
        return erasing_providers(self.built.providers, self.configuration.settings.retention)

    def _url(self, name: str, listen: str, *, tls: bool) -> str:
        return url_of(listen, self._ports[name], tls=tls)

    def _parts(self) -> Parts:
        delivery = self._delivery
        return Parts(
            self._authenticator, self._door, self._limits, self.store, self.keyring, self.metrics, delivery.wait_for,
            delivery.providers, self._erasing,
        )  # fmt: skip

    def _sources(self) -> Sources:
        return Sources(
            store=self.store,
            metrics=self.metrics,
            checks=self.overview.checks(),
            providers=self.overview.providers,
            outboxes=self.overview.outboxes,
            retention=self.overview.retention_classes,
            listeners=self._listener_views,
            subjects=SubjectDesk(
                Subjects(self.store, self.keyring, erasing=self._erasing),
                lambda operator: Audit(self.store, self.keyring, operator),
                region=lambda: self.configuration.settings.sms.default_region,
                refresh=self._suppressing.refresh,
            ),
        )

    def _listener_views(self) -> Sequence[ListenerView]:
        return [
            ListenerView(name, url.partition("://")[2], tls=url.startswith("https"))
            for name, url in (("http", self.client_url), ("admin", self.admin_url))
        ]
