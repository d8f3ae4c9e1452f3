"""What is asked of the SQLite file and changes nothing."""

import sqlite3
from collections.abc import Sequence

from gateway.core.message import Channel
from gateway.core.state import State
from gateway.spool.clients import Client
from gateway.spool.queries import read_queries
from gateway.spool.sqlite.records import client_of, status_of
from gateway.spool.store import MAX_PAGE, Accepted, Listing, MessageStatus, QueueDepth, UsageRow

_SQL = read_queries("sqlite", "views")
_CLIENTS = read_queries("sqlite", "clients")

# Comes after every id.
_END = b"\xff" * 16


def status(connection: sqlite3.Connection, message_id: bytes, client_id: int | None) -> MessageStatus | None:
    """Return what is known of one message."""
    row = connection.execute(_SQL["status"], {"id": message_id, "client": client_id}).fetchone()
    return None if row is None else status_of(row)


def listing(connection: sqlite3.Connection, wanted: Listing) -> Sequence[MessageStatus]:
    """Return one page of messages, newest first."""
    values = {
        "before": _END if wanted.before is None else bytes.fromhex(wanted.before),
        "client": wanted.client_id,
        "state": wanted.state,
        "channel": wanted.channel,
        "limit": max(0, min(wanted.limit, MAX_PAGE)),
    }
    return [status_of(row) for row in connection.execute(_SQL["listing"], values)]


def queue_depths(connection: sqlite3.Connection) -> Sequence[QueueDepth]:
    """Count what waits and what is being sent."""
    depths = []
    for state, channel, count in connection.execute(_SQL["waiting"]).fetchall():
        [oldest_at] = connection.execute(_SQL["oldest_waiting"], (state, channel)).fetchone()
        depths.append(QueueDepth(Channel(channel), State(state), count, oldest_at))
    for channel, count, oldest_at in connection.execute(_SQL["sending"]):
        depths.append(QueueDepth(Channel(channel), State.SENDING, count, oldest_at))
    return depths


def usage(connection: sqlite3.Connection, month: str, client_id: int | None) -> Sequence[UsageRow]:
    """Return the counts of one month."""
    rows = connection.execute(_SQL["usage"], {"month": month, "client": client_id})
    return [
        UsageRow(month, client, Channel(channel), provider, messages, segments)
        for month, client, channel, provider, messages, segments in rows
    ]


def accepted_in(connection: sqlite3.Connection, period: str, client_id: int) -> Accepted:
    """Return what a client had accepted on one day or in one month."""
    row = connection.execute(_SQL["accepted"], (period, client_id)).fetchone()
    return Accepted() if row is None else Accepted(*row)


def number(connection: sqlite3.Connection, name: str) -> int:
    """Return one of the single numbers, 0 where it was never written."""
    row = connection.execute(_SQL["number"], (name,)).fetchone()
    return 0 if row is None else int(row[0])


def client_of_key(connection: sqlite3.Connection, digest: bytes, now: int) -> Client | None:
    """Return whose key this is."""
    row = connection.execute(_CLIENTS["client_of_key"], (digest, now)).fetchone()
    return None if row is None else client_of(row)


def client_named(connection: sqlite3.Connection, name: str) -> Client | None:
    """Return one client."""
    row = connection.execute(_CLIENTS["client_named"], (name,)).fetchone()
    return None if row is None else client_of(row)


def clients(connection: sqlite3.Connection) -> Sequence[Client]:
    """Return all clients, by name."""
    return [client_of(row) for row in connection.execute(_CLIENTS["clients"])]
