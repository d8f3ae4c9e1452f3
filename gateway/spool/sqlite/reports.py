"""Reports in SQL: what a provider said of a message, and whose end is not known."""

import hashlib
import sqlite3
from collections.abc import Sequence
from typing import Final

from gateway.core.message import Channel
from gateway.core.state import State, may_move
from gateway.spool.dates import first_id, month_of
from gateway.spool.queries import read_queries
from gateway.spool.reports import Awaited, Effect, Telling, Told
from gateway.spool.sqlite.messages import SQL as MESSAGES
from gateway.spool.sqlite.messages import run_chunks
from gateway.spool.sqlite.records import Row

_SQL: Final = read_queries("sqlite", "reports")

_DIGITS: Final = 8  # of a segment's hash: of 255 segments two are alike once in 100,000 messages


def report(connection: sqlite3.Connection, request: tuple[Told, int]) -> Telling:
    """Write down one report."""
    told, now = request
    row = _find(connection, told)
    if row is None:
        return Telling(Effect.UNKNOWN)
    number, _, channel, state, doubted, *_ = row
    known = number.hex(), Channel(channel)
    origin = State(state)
    if origin is State.SENDING or (origin in {State.QUEUED, State.DEFERRED} and doubted == told.provider):
        return Telling(Effect.EARLY, *known, origin)
    target = told.state
    if target is State.DELIVERED and told.part is not None and may_move(origin, target):
        target = _after_part(connection, row, told)
    if not may_move(origin, target):
        is_counted = target is not told.state
        return Telling(Effect.COUNTED if is_counted else Effect.NOTHING, *known, origin)
    _tell(connection, row, told, target=target, now=now)
    return Telling(Effect.CHANGED, *known, target)


def awaited(connection: sqlite3.Connection, provider: str, created: range, limit: int) -> Sequence[Awaited]:
    """Return messages whose end a provider has not told."""
    wanted = {
        "first": first_id(created.start),
        "last": first_id(created.stop),
        "provider": provider,
        "limit": limit,
    }
    return [Awaited(number.hex(), ref) for number, ref in connection.execute(_SQL["awaited"], wanted)]


def expected(connection: sqlite3.Connection, told: Told) -> Awaited | None:
    """Return the message that a report is about, where its end is not known."""
    row = _find(connection, told)
    if row is None or State(row[3]) not in {State.SENDING, State.SENT, State.IN_DOUBT}:
        return None
    return Awaited(row[0].hex(), row[-1])


def take_turn(connection: sqlite3.Connection, request: tuple[str, int, int]) -> int | None:
    """Begin something where it is time."""
    name, now, every = request
    found = connection.execute(_SQL["last_turn"], (name,)).fetchone()
    last = now - every if found is None else int(found[0])
    if now - last < every:
        return None
    connection.execute(_SQL["take_turn"], (name, now))
    return last


def _find(connection: sqlite3.Connection, told: Told) -> Row | None:
    row: Row | None = None
    if told.message_id is not None:
        by_id = {"provider": told.provider, "id": bytes.fromhex(told.message_id)}
        row = connection.execute(_SQL["told_by_id"], by_id).fetchone()
    if row is None and told.provider_ref is not None:
        by_ref = {"provider": told.provider, "ref": told.provider_ref}
        row = connection.execute(_SQL["told_by_ref"], by_ref).fetchone()
    return row


def _after_part(connection: sqlite3.Connection, row: Row, told: Told) -> State:
    """Note a segment that arrived; return `delivered` with the last one, `sent` before."""
    *_, segments, arrived, _ = row
    tag = hashlib.sha256((told.part or "").encode()).hexdigest()[:_DIGITS]
    tags = {*(arrived or "").split(), tag}
    if len(tags) >= (told.parts or segments or 1):
        return State.DELIVERED
    connection.execute(_SQL["arrive"], (" ".join(sorted(tags)), row[0]))
    return State.SENT


def _tell(connection: sqlite3.Connection, row: Row, told: Told, *, target: State, now: int) -> None:
    number, client, channel, state, _, segments, *_ = row
    reason = told.reason if target is State.UNDELIVERED else None
    connection.execute(
        _SQL["tell"],
        {
            "id": number,
            "state": target.value,
            "reason": None if reason is None else reason.value,
            "provider": told.provider,
            # Of a message that has an id, the report of one segment may have another.
            "ref": told.provider_ref if state == State.IN_DOUBT else None,
            "now": now,
        },
    )
    if state == State.IN_DOUBT:
        # Nobody has counted it: the hand-over never said that it was taken.
        counted = (month_of(now), client, channel, told.provider, 1, segments or 0)
        run_chunks(connection, MESSAGES["count_usage"], [counted])
