"""Events in SQL; they come by triggers on messages."""

import sqlite3
from collections.abc import Sequence

from gateway.spool.events import Claim, Claimed, MessageChange, NoticeChange, Pause, Told, WaitingEvent, Webhook
from gateway.spool.queries import read_queries
from gateway.spool.sqlite.records import Row

_SQL = read_queries("sqlite", "events")


def set_webhook(connection: sqlite3.Connection, request: tuple[int, str, bytes]) -> None:
    """Store where a client is told."""
    connection.execute(_SQL["set_webhook"], request)


def rotate_secret(connection: sqlite3.Connection, request: tuple[int, bytes, int]) -> bool:
    """Store a new secret beside the old one."""
    client_id, secret, until = request
    values = {"client": client_id, "secret": secret, "until": until}
    return bool(connection.execute(_SQL["rotate_secret"], values).fetchall())


def remove_webhook(connection: sqlite3.Connection, client_id: int) -> bool:
    """Forget a webhook and its events."""
    return bool(connection.execute(_SQL["remove_webhook"], (client_id,)).fetchall())


def webhook(connection: sqlite3.Connection, client_id: int) -> Webhook | None:
    """Return one client's webhook."""
    row = connection.execute(_SQL["webhook"], (client_id,)).fetchone()
    return None if row is None else _webhook_of(row)


def webhooks(connection: sqlite3.Connection) -> Sequence[Webhook]:
    """Return all webhooks."""
    return [_webhook_of(row) for row in connection.execute(_SQL["webhooks"])]


def due_clients(connection: sqlite3.Connection, now: int) -> Sequence[int]:
    """Return who may be told something."""
    return [client for (client,) in connection.execute(_SQL["due_clients"], {"now": now})]


def claim_events(connection: sqlite3.Connection, claim: Claim) -> Claimed:
    """Drop what is too old, and take what is due, oldest first."""
    values = {"client": claim.client_id, "now": claim.now, "limit": claim.limit}
    connection.execute(_SQL["forget_old_secrets"], (claim.now,))
    dropped = connection.execute(_SQL["drop_old"], values | {"before": claim.oldest_at}).rowcount
    if dropped:
        connection.execute(_SQL["count_dropped"], (dropped, claim.client_id))
    rows = connection.execute(_SQL["claim"], values | {"until": claim.until}).fetchall()
    return Claimed([_event_of(row) for row in sorted(rows)], dropped)


def note_told(connection: sqlite3.Connection, told: Told) -> int | None:
    """Record what was taken and what was missed; where that pauses, return how many are dropped."""
    connection.executemany(_SQL["taken"], [(number, told.client_id) for number in told.taken])
    connection.executemany(_SQL["missed"], [(due, number, told.client_id) for number, due in told.missed])
    if told.is_well:
        connection.execute(_SQL["well"], (told.client_id,))
    values = {"client": told.client_id, "now": told.now}
    if told.retry_at is not None:
        connection.execute(_SQL["unwell"], values | {"retry_at": told.retry_at})
    if told.pause is None:
        return None
    pause = values | {"pause": told.pause.value, "url": told.url}
    rows = connection.execute(_SQL["pause"], pause).fetchall()
    return int(rows[0][0]) if rows else None


def _webhook_of(row: Row) -> Webhook:
    client, url, secret, old_secret, old_until, failures, failing_since, retry_at, paused_at, pause, *counts = row
    return Webhook(
        client,
        url,
        secret,
        old_secret,
        old_until,
        failures=failures,
        failing_since=failing_since,
        retry_at=retry_at,
        paused_at=paused_at,
        pause=None if pause is None else Pause(pause),
        waiting=counts[0],
        dropped=counts[1],
    )


def _event_of(row: Row) -> WaitingEvent:
    number, event_id, at, tries, notice, message, *change = row
    tells = NoticeChange(notice) if message is None else MessageChange(message.hex(), *change)
    return WaitingEvent(number, event_id.hex(), tells, at, tries)
