"""The embedded spool: one SQLite file, one writer thread that commits everything waiting as one transaction."""

from gateway.spool.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
