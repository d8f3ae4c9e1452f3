"""A spool with a million rows of metadata: written with SQL, because a million messages would take minutes."""

import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

ROWS: Final = 1_000_000
DAY: Final = 86_400

_INSERT: Final = """
INSERT INTO messages (
  id, client, channel, state, provider, provider_ref, attempts, segments, created_at, updated_at, expires_at,
  recipient_tag, tag_epoch
) VALUES (?, 1, 'sms', ?, 'sink', ?, 1, 1, ?, ?, ?, ?, ?)
"""
# What waits has content, and so has a row there; what it is sealed with is gone, which nobody looks at here.
_WAITING: Final = """
INSERT INTO messages (
  id, client, channel, state, created_at, updated_at, expires_at, due_at, recipient_tag, tag_epoch, content
) VALUES (?, 1, 'sms', 'queued', ?, ?, ?, ?, ?, ?, ?)
"""


def fill_finished(spool: Path, *, days_ago: int, rows: int = ROWS) -> None:
    """Add rows of finished messages of one day, as they are after delivery."""
    start = int(time.time()) - days_ago * DAY
    with closing(_opened(spool)) as database, database:
        database.executemany(_INSERT, _finished(start, rows))


def fill_waiting(spool: Path, rows: int = ROWS) -> None:
    """Add rows of messages that are due tomorrow."""
    now = int(time.time())
    with closing(_opened(spool)) as database, database:
        database.executemany(_WAITING, _waiting(now, rows))


def left(spool: Path, before: int) -> int:
    """Return how many rows are older than a time."""
    with closing(sqlite3.connect(f"file:{spool}?mode=ro", uri=True)) as database:
        [count] = database.execute("SELECT count(*) FROM messages WHERE created_at < ?", (before,)).fetchone()
        return int(count)


def _opened(spool: Path) -> sqlite3.Connection:
    database = sqlite3.connect(spool)
    database.execute("PRAGMA synchronous = OFF")
    return database


def _finished(start: int, rows: int) -> Iterator[tuple[object, ...]]:
    for number in range(rows):
        at = start + number * DAY // rows
        ref = secrets.token_hex(8)
        yield _id(at, number), "delivered", ref, at, at, at + DAY, os.urandom(16), at


def _waiting(now: int, rows: int) -> Iterator[tuple[object, ...]]:
    for number in range(rows):
        yield _id(now, number), now, now, now + 40 * 3600, now + DAY, os.urandom(16), now, number + 1


def _id(at: int, number: int) -> bytes:
    """Return an id in the order of time (RFC 9562 §5.7)."""
    return (at * 1000 + number % 1000).to_bytes(6) + b"\x70\x00" + os.urandom(8)
