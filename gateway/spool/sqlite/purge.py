"""What the retention engine destroys, in SQL; each step is one short transaction."""

import sqlite3

from gateway.spool.dates import day_of, next_month_start
from gateway.spool.queries import read_queries
from gateway.spool.sqlite.messages import run_chunks
from gateway.spool.sqlite.records import CONTENTS_AN_EPOCH
from gateway.spool.store import Purge

_SQL = read_queries("sqlite", "purge")


def purge_content(database: sqlite3.Connection, request: tuple[int, int, int]) -> Purge:
    """Expire messages whose content was sealed in epochs that are over, by legal moves."""
    epoch_before, now, limit = request
    ids = database.execute(_SQL["dying_contents"], (epoch_before * CONTENTS_AN_EPOCH, limit)).fetchall()
    run_chunks(database, _SQL["doubt"], ids)
    run_chunks(database, _SQL["unlease_all"], ids)
    run_chunks(database, _SQL["expire_all"], ids, now)
    [oldest] = database.execute(_SQL["oldest_content"]).fetchone()
    return Purge(len(ids), None if oldest is None else oldest // CONTENTS_AN_EPOCH)


def purge_metadata(database: sqlite3.Connection, request: tuple[int, int]) -> Purge:
    """Delete rows of finished messages, and counts of days, from before a time."""
    created_before, limit = request
    rows = database.execute(_SQL["purge_messages"], (_first_id(created_before), created_before, limit)).rowcount
    database.execute(_SQL["purge_accepted"], (day_of(created_before),))
    oldest = database.execute(_SQL["oldest_finished"]).fetchone()
    return Purge(rows, None if oldest is None else oldest[0])


def purge_usage(database: sqlite3.Connection, request: tuple[str, int]) -> Purge:
    """Delete counts of months before one; the age of a count is that of its month's end."""
    rows = database.execute(_SQL["purge_usage"], request).rowcount
    [oldest] = database.execute(_SQL["oldest_usage"]).fetchone()
    return Purge(rows, None if oldest is None else next_month_start(oldest))


def _first_id(seconds: int) -> bytes:
    """Return the least UUIDv7 of a time: it begins with the milliseconds since 1970 in 48 bits (RFC 9562 §5.7)."""
    return (max(seconds, 0) * 1000).to_bytes(6) + bytes(10)
