"""The SQLite file: how it is created and opened, and what SQLite's errors mean."""

import os
import sqlite3
from pathlib import Path
from typing import Final, TypeGuard

from gateway.spool.key_files import FILE_MODE, FOLDER_MODE, sync_folder
from gateway.spool.queries import read_sql
from gateway.spool.store import StoreFullError, StoreUnavailableError

SCHEMA_VERSION: Final = 1

# "Umsc": says in the file's header whose it is (https://sqlite.org/fileformat2.html#application_id).
_APPLICATION_ID: Final = 0x556D7363

# Seconds to wait for another process that writes.
_BUSY_TIMEOUT: Final = 5.0

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


def create(path: Path) -> None:
    """Create the file and its folder, or check that it is ours and not newer. Raises StoreUnavailableError."""
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))
        sync_folder(path.parent)
    except OSError as error:
        raise StoreUnavailableError(f"the spool {path.name} cannot be opened: {error.strerror}") from None
    try:
        database = connect(path)
        try:
            _make_schema(database)
        finally:
            database.close()
    except sqlite3.Error as error:
        raise store_error(error) from None


def connect(path: Path, *, busy_timeout: float = _BUSY_TIMEOUT, one_thread: bool = True) -> sqlite3.Connection:
    """Open a connection to a file that is there. Raises sqlite3.Error.

    Unless `one_thread`, it may be used by other threads than the one that asks, one at a time.
    """
    database = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=busy_timeout,
        isolation_level=None,
        check_same_thread=one_thread,
        cached_statements=_STATEMENTS,
    )
    try:
        database.executescript(_PRAGMAS)
    except sqlite3.Error:
        database.close()
        raise
    return database


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


def _make_schema(database: sqlite3.Connection) -> None:
    [journal] = database.execute("PRAGMA journal_mode = WAL").fetchone()
    if journal != "wal":
        raise StoreUnavailableError("the spool's file system does not allow write-ahead logging")
    database.execute("BEGIN IMMEDIATE")
    try:
        [version] = database.execute("PRAGMA user_version").fetchone()
        [application] = database.execute("PRAGMA application_id").fetchone()
        _refuse_foreign(version, application)
        if version == 0:
            _create_tables(database)
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


def _refuse_foreign(version: int, application: int) -> None:
    if version > SCHEMA_VERSION:
        raise StoreUnavailableError("the spool was written by a newer version of Umschlag")
    if application != (_APPLICATION_ID if version else 0):
        raise StoreUnavailableError("the spool's file belongs to another program")


def _create_tables(database: sqlite3.Connection) -> None:
    # Not executescript, which would end the transaction first.
    statement = ""
    for line in read_sql("sqlite", "schema").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            database.execute(statement)
            statement = ""
    database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
