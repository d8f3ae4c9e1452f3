"""The SQLite file: how it is created and opened, and what SQLite's errors mean."""

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeGuard

from gateway.spool.key_files import FILE_MODE, FOLDER_MODE, sync_folder
from gateway.spool.queries import read_sql
from gateway.spool.store import StoreFullError, StoreUnavailableError

SCHEMA_VERSION: Final = 1

# The files of the tables.
_SCHEMA: Final = ("schema", "events_schema", "consents_schema", "erasures_schema")

# The first with strict tables; UPDATE … FROM and RETURNING are older.
_OLDEST_SQLITE: Final = (3, 37)

# "Umsc": says in the file's header whose it is (https://sqlite.org/fileformat2.html#application_id).
_APPLICATION_ID: Final = 0x556D7363

# Statements kept prepared: a batch has one for each number of rows up to the chunk size.
_STATEMENTS: Final = 512

# What is wrong with the disk or the file, not with one statement (https://sqlite.org/rescode.html).
_FAULTS: Final = frozenset({
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
})

_PRAGMAS: Final = """
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
PRAGMA wal_autocheckpoint = 0;
"""


@dataclass(frozen=True, slots=True)
class Database:
    """A SQLite file: `busy_timeout` is the wait for another process that writes, in seconds.

    With `max_bytes` the spool is full when the file is that large, besides what is not yet written back.
    """

    path: Path
    busy_timeout: float = 5.0
    max_bytes: int | None = None

    def create(self) -> None:
        """Create the file and its folder, or check that it is ours and not newer. Raises StoreUnavailableError."""
        refuse_old_sqlite(sqlite3.sqlite_version_info)
        try:
            self.path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            self._make_file()
            sync_folder(self.path.parent)
        except OSError as error:
            raise StoreUnavailableError(f"the spool {self.path.name} cannot be opened: {error.strerror}") from None
        try:
            with contextlib.closing(self.connect()) as connection:
                _make_schema(connection)
        except sqlite3.Error as error:
            raise store_error(error) from None

    def _make_file(self) -> None:
        # One that is there is not opened by hand: closing it would take from this process the locks that SQLite has
        # on it, and other processes would find it unused (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks).
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE))
        except FileExistsError:
            if not self.path.is_file():
                raise

    def identity(self) -> tuple[int, int]:
        """Return what tells this file from another one at the same place. Raises StoreUnavailableError."""
        try:
            found = self.path.stat()
        except OSError as error:
            raise StoreUnavailableError(f"the spool {self.path.name} cannot be found: {error.strerror}") from None
        return found.st_dev, found.st_ino

    def connect(self) -> sqlite3.Connection:
        """Open a connection to the file, which is there, for the thread that asks. Raises sqlite3.Error."""
        return self._connect(self.busy_timeout)

    def connect_impatiently(self) -> sqlite3.Connection:
        """Open a connection that waits for nobody and may be used by any thread, one at a time."""
        return self._connect(0, check_same_thread=False)

    def _connect(self, timeout: float, *, check_same_thread: bool = True) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=timeout,
            isolation_level=None,
            check_same_thread=check_same_thread,
            cached_statements=_STATEMENTS,
        )
        try:
            connection.executescript(_PRAGMAS)
            if self.max_bytes is not None:
                [page_size] = connection.execute("PRAGMA page_size").fetchone()
                connection.execute(f"PRAGMA max_page_count = {self.max_bytes // page_size}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def refuse_old_sqlite(version: tuple[int, ...]) -> None:
    """Refuse a library that does not know the SQL of the spool. Raises StoreUnavailableError."""
    if version < _OLDEST_SQLITE:
        raise StoreUnavailableError("SQLite 3.37 or newer is needed: Python uses the system's library")


def is_fault(error: BaseException) -> TypeGuard[sqlite3.Error]:
    """Whether an error speaks of the disk or the file, so that no statement would have fared better."""
    return isinstance(error, sqlite3.Error) and _primary_code(error) in _FAULTS


def is_full(error: BaseException) -> bool:
    """Whether the disk is full, or the file as large as it may become."""
    return isinstance(error, sqlite3.Error) and _primary_code(error) == sqlite3.SQLITE_FULL


def store_error(error: sqlite3.Error) -> StoreUnavailableError:
    """Return what an error of SQLite means to the gateway; it names the code and no value."""
    if is_full(error):
        return StoreFullError("the spool's disk is full")
    return StoreUnavailableError(f"the spool cannot be used: {getattr(error, 'sqlite_errorname', 'SQLITE_ERROR')}")


def _primary_code(error: sqlite3.Error) -> int:
    # Errors that Python raises itself have no code. The low byte is the primary one.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _make_schema(connection: sqlite3.Connection) -> None:
    [journal] = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if journal != "wal":
        raise StoreUnavailableError("the spool's file system does not allow write-ahead logging")
    connection.execute("BEGIN IMMEDIATE")
    try:
        [version] = connection.execute("PRAGMA user_version").fetchone()
        [application] = connection.execute("PRAGMA application_id").fetchone()
        _refuse_foreign(version, application)
        if version == 0:
            _create_tables(connection)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _refuse_foreign(version: int, application: int) -> None:
    if version > SCHEMA_VERSION:
        raise StoreUnavailableError("the spool was written by a newer version of Umschlag")
    if application != (_APPLICATION_ID if version else 0):
        raise StoreUnavailableError("the spool's file belongs to another program")


def _create_tables(connection: sqlite3.Connection) -> None:
    # Not executescript, which would end the transaction first.
    statement = ""
    for line in "".join(read_sql("sqlite", part) for part in _SCHEMA).splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
