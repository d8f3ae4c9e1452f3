"""Builds every object from the configuration and joins them; starts and stops them in order."""

import asyncio
import os
import resource
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from gateway import __version__
from gateway.config import ConfigError, Configuration
from gateway.console.server import AdminServer
from gateway.console.sources import Check, ListenerView, ProviderView, RetentionView, Sources
from gateway.console.token import TokenError, admin_token
from gateway.core.duration import format_duration
from gateway.core.ids import now_seconds
from gateway.delivery.built import Built, build
from gateway.delivery.worker import Delivery
from gateway.http_server import ListenError, TlsError
from gateway.intake.accept import Beyond, Door, Terms
from gateway.intake.auth import Authenticator
from gateway.intake.capacity import Capacity
from gateway.intake.http import HttpIntake, Parts, client_calls
from gateway.intake.limits import Limits
from gateway.intake.reporting import Reporting
from gateway.intake.smtp.listener import smtp_intake
from gateway.logs import Event, Log, silence_libraries, silence_loop
from gateway.metrics import Metrics
from gateway.privacy.pseudonyms import Pseudonyms
from gateway.privacy.retention import Retention
from gateway.provider import Outbox
from gateway.spool.keyring import DirKeyring, KeyringError, open_keyring
from gateway.spool.location import local_path
from gateway.spool.open import open_store
from gateway.spool.references import References
from gateway.spool.sealing import Sealer
from gateway.spool.store import Store, StoreUnavailableError

# Requests at work when a stop is asked for: an accepted message is answered, the rest hears 503.
_REQUEST_GRACE: Final = timedelta(seconds=10)


class StartError(Exception):
    """The gateway cannot start; the message says why in one line, without values."""


class App:
    """The whole gateway: `open` builds it, `start` begins, `stop` ends in order and loses nothing."""

    def __init__(
        self, configuration: Configuration, built: Built, log: Log, *, store: Store, keyring: DirKeyring
    ) -> None:
        settings = configuration.settings
        self.configuration = configuration
        self.store = store
        self.keyring = keyring
        self._built = built
        self._log = log
        self._is_draining = False
        self._ports: dict[str, int] = {}
        self._metrics = Metrics(built.providers)
        sealer = Sealer(keyring)
        self._retention = Retention(settings, store, keyring, metrics=self._metrics, log=log)
        references = References(keyring.auth_key())
        self._delivery = Delivery(store, sealer, settings.delivery, log=log, metrics=self._metrics)
        self._reporting = Reporting(store, references, self._delivery, log=log, metrics=self._metrics)
        spool = local_path(settings.spool.url, "sqlite", configuration.folder)
        self._capacity = Capacity(store, settings.spool, spool.parent, log)
        self._authenticator = Authenticator(store, keyring.auth_key(), log)
        limits = Limits(store, settings.limits)
        self._door = Door(
            Beyond(
                store, sealer, Pseudonyms(keyring), references, built.routing, self._delivery, self._retention.overdue
            ),
            limits,
            self._capacity,
            Terms.of(settings),
        )
        self._http = HttpIntake(
            settings.http, client_calls(settings, self._parts(limits)), log, self._reporting.routes(settings.http)
        )
        self._smtp = smtp_intake(settings, self._authenticator, self._door, metrics=self._metrics, log=log)
        self._admin = AdminServer(self._sources(), settings.admin, admin_token(self._token_file()), log)

    @classmethod
    async def open(cls, configuration: Configuration, log: Log) -> "App":
        """Build everything over an opened spool and keyring. Raises ConfigError, StartError."""
        built = build(configuration)
        if built.problems:
            raise ConfigError(built.problems)
        settings, base = configuration.settings, configuration.folder
        try:
            keyring = open_keyring(settings.keyring.url, content=settings.retention.content, base=base)
            store = await open_store(settings.spool.url, base=base)
        except KeyringError as error:
            raise StartError(f"the keyring cannot be used: {error}") from None
        except StoreUnavailableError as error:
            raise StartError(f"the spool cannot be used: {error}") from None
        try:
            return cls(configuration, built, log, store=store, keyring=keyring)
        except TokenError as error:
            await store.close()
            raise StartError(str(error)) from None

    async def start(self) -> None:
        """Purge what is due, recover what a crash left, and open the doors, intake last. Raises StartError."""
        try:
            await self._retention.start()
            await self._delivery.start(self._built.providers, self._built.routing)
            self._reporting.start()
            await self._capacity.look()
            self._capacity.start()
            self._authenticator.start()
            self._ports["admin"] = await self._admin.start()
            self._ports["http"] = await self._http.start()
            if self._smtp is not None:
                self._ports["smtp"] = await self._smtp.start()
        except StoreUnavailableError as error:
            raise StartError(f"the spool cannot be used: {error}") from None
        except ListenError:
            name = next(name for name in ("admin", "http", "smtp") if name not in self._ports)
            raise StartError(f"{name}.listen: the address is in use or not of this machine") from None
        except (TlsError, OSError) as error:
            raise StartError(
                f"cannot start: {error if isinstance(error, TlsError) else type(error).__name__}"
            ) from None
        self._log.info(Event.STARTED, version=__version__)

    async def stop(self) -> None:
        """Refuse what comes, answer what is at work, let hand-overs end, and close everything."""
        self._is_draining = True
        self._door.close()
        self._log.info(Event.DRAINING)
        await self._reporting.stop_asking()
        await self._delivery.stop()
        await self._http.stop(_REQUEST_GRACE)
        if self._smtp is not None:
            await self._smtp.stop(_REQUEST_GRACE)
        await self._admin.stop()
        for part in (self._reporting, self._authenticator, self._capacity, self._retention):
            await part.stop()
        await self.store.close()
        self._log.info(Event.STOPPED)

    @property
    def client_url(self) -> str:
        """Where the client API is."""
        return self._url("http", self.configuration.settings.http.listen, tls=self._has_tls)

    @property
    def admin_url(self) -> str:
        """Where the console is."""
        return self._url("admin", self.configuration.settings.admin.listen, tls=False)

    def console_link(self) -> str:
        """Return a link that opens the console once."""
        return self.admin_url + self._admin.one_time_path()

    @property
    def _has_tls(self) -> bool:
        return self.configuration.settings.http.tls_cert is not None

    def _url(self, name: str, listen: str, *, tls: bool) -> str:
        host = listen.rpartition(":")[0]
        shown = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 (where "any address" can be asked)
        return f"{'https' if tls else 'http'}://{shown}:{self._ports[name]}"

    def _token_file(self) -> Path:
        return self.configuration.settings.admin.token_file or self.configuration.home / "admin.token"

    def _parts(self, limits: Limits) -> Parts:
        delivery = self._delivery
        return Parts(
            self._authenticator, self._door, limits, self.store, self.keyring, self._metrics, delivery.wait_for,
            delivery.providers,
        )  # fmt: skip

    def _sources(self) -> Sources:
        return Sources(
            store=self.store,
            metrics=self._metrics,
            checks=self._checks(),
            providers=self._provider_views,
            outboxes=self._outboxes,
            retention=self._retention_views,
            listeners=self._listener_views,
        )

    def _checks(self) -> Sequence[Check]:
        async def keyring() -> str | None:
            await asyncio.to_thread(self.keyring.current_content_key, now_seconds())
            return None

        async def spool() -> str | None:
            await self.store.check()
            return None

        return (
            Check("spool", _told(spool)),
            Check("room", _if(lambda: not self._capacity.has_room(), "the disk or the spool is full")),
            Check("keyring", _told(keyring)),
            Check("retention", _if(lambda: bool(self._retention.overdue()), "a retention class is overdue")),
            Check("serving", _if(lambda: self._is_draining, "the gateway drains")),
        )

    def _provider_views(self) -> Sequence[ProviderView]:
        circuits = self._delivery.circuits()
        return [
            ProviderView(
                name,
                provider.type.name,
                provider.type.channels,
                company=provider.processor.company,
                country=provider.processor.country,
                circuit_open=name in circuits,
                reason=circuits.get(name),
            )
            for name, provider in self._built.providers.items()
        ]

    def _outboxes(self) -> dict[str, Outbox]:
        adapters = {name: provider.adapter for name, provider in self._built.providers.items()}
        return {name: adapter for name, adapter in adapters.items() if isinstance(adapter, Outbox)}

    def _retention_views(self) -> Sequence[RetentionView]:
        return [
            RetentionView(state.name, format_duration(state.keeps), state.oldest_seconds, state.overdue)
            for state in self._retention.states()
        ]

    def _listener_views(self) -> Sequence[ListenerView]:
        return [
            ListenerView(name, url.partition("://")[2], tls=url.startswith("https"))
            for name, url in (("http", self.client_url), ("admin", self.admin_url))
        ]


async def serve(configuration: Configuration, log: Log, *, opened: Callable[[App], Awaitable[None]]) -> None:
    """Run the gateway until SIGTERM or SIGINT; `opened` is called once it serves.

    Raises ConfigError, StartError.
    """
    harden()
    put_back = silence_libraries(log)
    silence_loop(log, asyncio.get_running_loop())
    stopped = _stop_signals(log)
    try:
        app = await App.open(configuration, log)
        try:
            await app.start()
            await opened(app)
            await stopped.wait()
        finally:
            await app.stop()
    finally:
        put_back()


def harden() -> None:
    """Keep files to ourselves, and memory out of core dumps."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _stop_signals(log: Log) -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(name: str) -> None:
        log.info(Event.SIGNAL, signal=name)
        stopped.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop, each.name)
    return stopped


def _told(check: Callable[[], Awaitable[str | None]]) -> Callable[[], Awaitable[str | None]]:
    """Turn the errors of a check into its sentence; their texts hold no values."""

    async def run() -> str | None:
        try:
            return await check()
        except (StoreUnavailableError, KeyringError) as error:
            return str(error)

    return run


def _if(is_wrong: Callable[[], bool], sentence: str) -> Callable[[], Awaitable[str | None]]:
    async def run() -> str | None:
        return sentence if is_wrong() else None

    return run
