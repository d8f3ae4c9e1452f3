"""The process that looks after the workers: it binds, starts them, speaks for all, and stops them in order."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from gateway.app import App
from gateway.config import ConfigError, Configuration
from gateway.console.server import AdminServer
from gateway.console.sources import Check, ListenerView, Sources, SubjectDesk
from gateway.console.token import TokenError, admin_token
from gateway.delivery.built import Built, build
from gateway.delivery.registry import erasing_providers
from gateway.hardening import harden
from gateway.http_server import ListenError, TlsError, bind_shared
from gateway.logs import Event, Log, silence_libraries, silence_loop
from gateway.metrics import Metrics
from gateway.overview import state_checks
from gateway.place import Place, url_of
from gateway.privacy.audit import Audit
from gateway.privacy.subjects import Subjects
from gateway.process import on_signal, serve, stop_signals
from gateway.reload import Reloading, Reread
from gateway.spool.erasures import Erasing
from gateway.spool.keyring import Keyring
from gateway.spool.sqlite.writer_process import WriterProcess
from gateway.spool.store import Store
from gateway.state import StartError, open_state, token_file
from gateway.workers.board import Board
from gateway.workers.link import answer
from gateway.workers.post import Post
from gateway.workers.snapshot import take
from gateway.workers.worker import Worker, WorkerFailedError

# What an orderly stop takes besides the drain: requests at work, last words.
_BEYOND_DRAIN: Final = timedelta(seconds=14)

# So often at least workers are asked: what one has counted since is lost with it.
_ASK_EVERY: Final = 5.0  # seconds


class Front:
    """Speaks for its workers: the admin listener of all of them is here."""

    def __init__(self, configuration: Configuration, built: Built, log: Log, *, store: Store, keyring: Keyring) -> None:
        self.configuration = configuration
        self.built = built
        self.store = store
        self.keyring = keyring
        self.metrics = Metrics()
        self._log = log
        self._board = Board(self.metrics)
        self._is_draining = False
        self._ports: dict[str, int] = {}
        self._asking: asyncio.Task[None] | None = None
        settings = configuration.settings
        self._admin = AdminServer(
            self._sources(), settings.admin, admin_token(token_file(configuration)), log, refresh=self._board.refresh
        )

    @classmethod
    async def open(cls, configuration: Configuration, log: Log) -> "Front":
        """Open what workers share. Raises ConfigError, StartError."""
        built = build(configuration)
        if built.problems:
            raise ConfigError(built.problems)
        store, keyring = await open_state(configuration, log)
        try:
            return cls(configuration, built, log, store=store, keyring=keyring)
        except TokenError as error:
            await store.close()
            keyring.close()
            raise StartError(str(error)) from None

    async def start(self, count: int, command: Sequence[str], announce: Callable[[], Awaitable[None]]) -> None:
        """Bind, and start the workers: the first one alone, for it makes what is missing. Raises StartError.

        `announce` runs before the admin listener answers.
        """
        shares = self._bind(count)
        self._board.workers = [
            Worker(number, count, command, sockets, log=self._log, gone=self._board.bury)
            for number, sockets in enumerate(shares, 1)
        ]
        first, *others = self._board.workers
        try:
            await first.start()
            await asyncio.gather(*(worker.start() for worker in others))
            self._ports["admin"] = await self._admin.bind()
            await announce()
            await self._admin.listen()
        except WorkerFailedError:
            raise StartError("a worker ended before it served") from None
        except ListenError:
            raise StartError("admin.listen: the address is in use or not of this machine") from None
        except TlsError as error:
            raise StartError(f"cannot start: {error}") from None
        self._asking = asyncio.get_running_loop().create_task(self._ask_on())

    async def follow(self, configuration: Configuration, built: Built) -> None:
        """Follow another configuration, and let the workers do so."""
        self._log.set_level(configuration.settings.log.level)
        self.configuration, self.built = configuration, built
        for worker in self._board.workers:
            worker.send(signal.SIGHUP)

    async def stop(self) -> None:
        """Let all workers end in order, and close."""
        self._is_draining = True
        if self._asking is not None:
            self._asking.cancel()
        patience = (self.configuration.settings.delivery.drain + _BEYOND_DRAIN).total_seconds()
        await asyncio.gather(*(worker.end(patience) for worker in self._board.workers))
        await self._admin.stop()
        await self.store.close()
        await asyncio.to_thread(self.keyring.close)

    def _erasing(self) -> Erasing:
        return erasing_providers(self.built.providers, self.configuration.settings.retention)

    @property
    def client_url(self) -> str:
        """Where the client API is."""
        http = self.configuration.settings.http
        return url_of(http.listen, self._ports["http"], tls=http.tls_cert is not None)

    @property
    def admin_url(self) -> str:
        """Where the console is."""
        admin = self.configuration.settings.admin
        return url_of(admin.listen, self._ports["admin"], tls=admin.tls_cert is not None)

    def console_link(self) -> str:
        """Return a link that opens the console once."""
        return self.admin_url + self._admin.one_time_path()

    def _bind(self, count: int) -> Sequence[Mapping[str, Sequence[socket.socket]]]:
        """Return the sockets of each worker by listener. Raises StartError."""
        settings = self.configuration.settings
        wanted = {"http": settings.http.listen}
        if settings.smtp is not None:
            wanted["smtp"] = settings.smtp.listen
            if settings.smtp.listen_tls is not None:
                wanted["smtp_tls"] = settings.smtp.listen_tls
        shares: list[dict[str, Sequence[socket.socket]]] = [{} for _ in range(count)]
        for name, listen in wanted.items():
            try:
                bound = bind_shared(listen, count)
            except ListenError:
                key = "smtp.listen_tls" if name == "smtp_tls" else f"{name}.listen"
                raise StartError(f"{key}: the address is in use or not of this machine") from None
            for share, sockets in zip(shares, bound, strict=True):
                share[name] = sockets
            self._ports[name] = bound[0][0].getsockname()[1]
        return shares

    async def _ask_on(self) -> None:
        while True:
            await asyncio.sleep(_ASK_EVERY)
            await self._board.refresh()

    def _sources(self) -> Sources:
        async def serving() -> str | None:
            return "the gateway drains" if self._is_draining else None

        return Sources(
            store=self.store,
            metrics=self._board,
            checks=[*state_checks(self.store, self.keyring), Check("serving", serving), *self._board.checks()],
            providers=self._board.providers,
            outboxes=self._board.outboxes,
            retention=self._board.retention,
            listeners=self._listeners,
            subjects=SubjectDesk(
                Subjects(self.store, self.keyring, erasing=self._erasing),
                lambda operator: Audit(self.store, self.keyring, operator),
                region=lambda: self.configuration.settings.sms.default_region,
                refresh=_nothing,
            ),
        )

    def _listeners(self) -> Sequence[ListenerView]:
        return [
            ListenerView(name, url.partition("://")[2], tls=url.startswith("https"))
            for name, url in (("http", self.client_url), ("admin", self.admin_url))
        ]


async def supervise(
    configuration: Configuration,
    log: Log,
    reread: Reread,
    *,
    count: int,
    command: Sequence[str],
    opened: Callable[[Front], Awaitable[None]],
) -> None:
    """Run `count` workers, started by `command`, until SIGTERM or SIGINT; `opened` is called once they serve.

    The admin listener answers after that.

    Raises ConfigError, StartError.
    """
    harden()
    put_back = silence_libraries(log)
    silence_loop(log, asyncio.get_running_loop())
    stopped = stop_signals(log)
    on_signal(signal.SIGHUP, log, lambda: None)
    try:
        front = await Front.open(configuration, log)
        reloading = Reloading(configuration, front.built, reread, front.follow, log=log, metrics=front.metrics)
        try:
            await front.start(count, command, lambda: opened(front))
            on_signal(signal.SIGHUP, log, reloading.ring)
            reloading.start()
            await stopped.wait()
        finally:
            await reloading.stop()
            await front.stop()
            log.info(Event.STOPPED)
    finally:
        put_back()


async def work(
    configuration: Configuration,
    log: Log,
    reread: Reread,
    post: Post,
    *,
    opened: Callable[[], None],
    writer: WriterProcess | None,
) -> None:
    """Run one worker on its post until it is told to stop, or the process that started it is gone.

    `opened` is called once it serves; `writer` is a process that was started to write the spool. Raises ConfigError,
    StartError.
    """

    async def tell(app: App) -> None:
        opened()
        await answer(post.link, lambda: take(app.overview, app.metrics))

    await serve(configuration, log, reread, opened=tell, place=Place(post.count, post.sockets), writer=writer)


async def _nothing() -> None:
    """Do nothing: the workers look into the spool every second or so."""
