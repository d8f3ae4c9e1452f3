"""One connection to the keyring's database in a thread of its own: bounded waits, and a new connection after a loss."""

import queue
import socket
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as LateError
from contextlib import suppress
from typing import Any, Final, TypeVar

import psycopg

from gateway.spool.key_files import KeyringError
from gateway.spool.postgres_keyring.address import connection_parameters
from gateway.spool.postgres_keyring.failures import fault_of

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]
Work = Callable[[Connection], Any]

# Seconds. Whoever asks waits at most that long: less than readiness does, which names the reason then.
_PATIENCE: Final = 4.0
_FIRST_PATIENCE: Final = 15.0
_LOOK_EVERY: Final = 5.0
_TRY_AGAIN_AFTER: Final = 1.0

# A key has to be on stable storage, whatever the server does by default.
_SESSION: Final = (
    "SET statement_timeout = 3000; SET lock_timeout = 2500; SET idle_in_transaction_session_timeout = 10000;"
    " SET synchronous_commit = on"
)


class Link:
    """Runs statements on one connection, one after the other; looks every few seconds whether it still holds.

    `fault` says why there is none. While there is none, whoever asks is told at once: this thread alone tries again.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._parameters: dict[str, str | int] = {}
        self._jobs: queue.SimpleQueue[tuple[Work, Future[Any]] | None] = queue.SimpleQueue()
        self._connection: Connection | None = None
        self._thread: threading.Thread | None = None
        self.fault: str | None = None

    def open(self) -> None:
        """Connect. Raises KeyringError."""
        self._parameters = connection_parameters(self._url)
        self._thread = threading.Thread(target=self._serve, name="keyring", daemon=True)
        self._thread.start()
        try:
            self._run(_look, _FIRST_PATIENCE)
        except KeyringError:
            self.close()
            raise

    def close(self) -> None:
        """Let the connection go."""
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do something in a transaction and return what comes of it; done again on a new connection after a loss.

        Raises KeyringError.
        """

        def in_transaction(connection: Connection) -> T:
            with connection.transaction():
                return work(connection)

        return self.run_bare(in_transaction)

    def run_bare(self, work: Callable[[Connection], T]) -> T:
        """Do something that no transaction may be around. Raises KeyringError."""
        if self.fault is not None:
            raise KeyringError(self.fault)
        return self._run(work, _PATIENCE)

    def _run(self, work: Callable[[Connection], T], patience: float) -> T:
        future: Future[T] = Future()
        self._jobs.put((work, future))
        try:
            return future.result(patience)
        except (LateError, CancelledError):
            future.cancel()
            self.fault = "its server does not answer in time"
            self._wake()
            raise KeyringError(self.fault) from None

    def _wake(self) -> None:
        """End what the thread waits for: its socket says that nothing more comes."""
        connection = self._connection
        if connection is not None:
            with suppress(OSError, psycopg.Error):
                duplicate = socket.socket(fileno=socket.dup(connection.fileno()))
                with duplicate:
                    duplicate.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=_LOOK_EVERY if self.fault is None else _TRY_AGAIN_AFTER)
            except queue.Empty:
                job = (_look, Future())
            if job is None:
                self._drop()
                return
            work, future = job
            if future.set_running_or_notify_cancel():
                self._answer(work, future)

    def _answer(self, work: Work, future: Future[Any]) -> None:
        try:
            found = self._tried_twice(work)
        except psycopg.Error as error:
            future.set_exception(KeyringError(fault_of(error)))
        except BaseException as error:  # noqa: BLE001 (whoever asked is told; the thread goes on)
            future.set_exception(error)
        else:
            future.set_result(found)

    def _tried_twice(self, work: Work) -> object:
        """Do it on the connection that there is, else, or where that is lost, on a new one."""
        if self._connection is not None:
            try:
                return self._tried(work)
            except psycopg.Error:
                if self._connection is not None:
                    raise
        try:
            self._connection = self._connect()
            return self._tried(work)
        except psycopg.Error as error:
            if self._connection is None:
                self.fault = fault_of(error)
            raise

    def _tried(self, work: Work) -> object:
        connection = self._connection
        assert connection is not None  # noqa: S101 (for the reader and mypy: both callers have one)
        try:
            found = work(connection)
        except psycopg.Error:
            if connection.closed or connection.broken:
                self._drop()
            raise
        self.fault = None
        return found

    def _connect(self) -> Connection:
        connection = psycopg.connect("", autocommit=True, prepare_threshold=None, **self._parameters)  # type: ignore[arg-type]  # libpq's own words
        try:
            connection.execute(_SESSION)
        except psycopg.Error:
            connection.close()
            raise
        return connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()


def _look(connection: Connection) -> None:
    connection.execute("SELECT 1")
