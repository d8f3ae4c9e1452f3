"""What the retention engine destroys, in SQL; each step is one short transaction, and looks are no part of it."""

import sqlite3
from collections import Counter

from gateway.core.message import Channel
from gateway.spool.dates import day_of, first_id, month_of, next_month_start
from gateway.spool.queries import read_queries
from gateway.spool.sqlite.messages import run_chunks
from gateway.spool.sqlite.records import CONTENTS_AN_EPOCH, by_channel

_SQL = read_queries("sqlite", "purge")


def purge_content(connection: sqlite3.Connection, request: tuple[int, int, int]) -> Counter[Channel]:
    """Expire messages whose content was sealed in epochs that are over, by legal moves; return how many of each."""
    epoch_before, now, limit = request
    ids = connection.execute(_SQL["dying_contents"], (epoch_before * CONTENTS_AN_EPOCH, limit)).fetchall()
    run_chunks(connection, _SQL["doubt"], ids)
    run_chunks(connection, _SQL["unlease_all"], ids)
    return by_channel(run_chunks(connection, _SQL["expire_all"], ids, now))


def purge_metadata(connection: sqlite3.Connection, request: tuple[int, int]) -> int:
    """Delete rows of finished messages, and counts of days, from before a time; return how many rows."""
    created_before, limit = request
    rows = connection.execute(_SQL["purge_messages"], (first_id(created_before), created_before, limit)).rowcount
    connection.execute(_SQL["purge_accepted"], {"day": day_of(created_before), "month": month_of(created_before)})
    return rows


def purge_usage(connection: sqlite3.Connection, request: tuple[str, int]) -> int:
    """Delete counts of months before one; return how many."""
    return connection.execute(_SQL["purge_usage"], request).rowcount


def oldest_content(connection: sqlite3.Connection) -> int | None:
    """Return the start of the oldest epoch of which there is content."""
    [oldest] = connection.execute(_SQL["oldest_content"]).fetchone()
    return None if oldest is None else int(oldest) // CONTENTS_AN_EPOCH


def oldest_finished(connection: sqlite3.Connection) -> int | None:
    """Return when the oldest finished message was accepted; behind a long queue it takes its time to find."""
    oldest = connection.execute(_SQL["oldest_finished"]).fetchone()
    return None if oldest is None else int(oldest[0])


def oldest_usage(connection: sqlite3.Connection) -> int | None:
    """Return the end of the first month that is counted: the age of a count is that of its month's end."""
    [oldest] = connection.execute(_SQL["oldest_usage"]).fetchone()
    return None if oldest is None else next_month_start(oldest)
