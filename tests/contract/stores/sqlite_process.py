"""The SQLite file as a store under the contract suite, written by a process of its own."""

from pathlib import Path

from gateway.spool.sqlite import SqliteStore
from gateway.spool.sqlite.writer_process import WriterProcess
from gateway.spool.store import Store


def store_in(folder: Path) -> Store:
    """Return a store in a folder, not yet open; two of the same folder are two processes' views of one spool."""
    return SqliteStore(folder / "spool" / "spool.db", port=WriterProcess.start())
