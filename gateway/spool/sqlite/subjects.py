"""One person in SQL: found by tags, erased, held, ended, and what was asked for."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.state import State
from gateway.spool.erasures import Erasing
from gateway.spool.queries import read_queries, with_rows
from gateway.spool.sqlite.clients import revoke_client
from gateway.spool.sqlite.erasures import due_at, order
from gateway.spool.sqlite.messages import one_column, run_chunks
from gateway.spool.sqlite.records import Row
from gateway.spool.subjects import Erased, Standing, StoredStanding

_SQL = read_queries("sqlite", "subjects")

_START = b""

# What a provider has, or may have.
_TAKEN = frozenset({State.SENT, State.DELIVERED, State.UNDELIVERED, State.IN_DOUBT})

# Each look reads the whole index; a statement takes 32766 values at most (https://sqlite.org/limits.html).
_TAGS_A_LOOK = 30_000


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """Messages that something is done to; where they are erased, `order_at` are the providers that do that too."""

    ids: Sequence[bytes]
    now: int
    order_at: Erasing


def tagged(connection: sqlite3.Connection, tags: Sequence[bytes]) -> Sequence[str]:
    """Return whose tag is one of these."""
    found: list[bytes] = []
    for start in range(0, len(tags), _TAGS_A_LOOK):
        some = tags[start : start + _TAGS_A_LOOK]
        found += (message_id for (message_id,) in connection.execute(with_rows(_SQL["tagged"], len(some)), some))
    return [message_id.hex() for message_id in sorted(found)]


def of_client(connection: sqlite3.Connection, client_id: int, after: str | None, limit: int) -> Sequence[str]:
    """Return one client's next messages."""
    start = _START if after is None else bytes.fromhex(after)
    return [found.hex() for (found,) in connection.execute(_SQL["of_client"], (client_id, start, limit))]


def erase_all(connection: sqlite3.Connection, request: Wanted) -> Sequence[Erased]:
    """Withdraw what can be, and forget all."""
    ids = one_column(request.ids)
    run_chunks(connection, _SQL["unlease_these"], ids, request.now)
    run_chunks(connection, _SQL["cancel_these"], ids, request.now)
    last = run_chunks(connection, _SQL["last_states"], ids)
    run_chunks(connection, _SQL["erase_these"], ids)
    erased = [_erased(row, request.order_at) for row in last]
    # Into the room that the rows have left: on a full disk, too.
    order(connection, [_order(each, row, request) for each, row in zip(erased, last, strict=True) if each.is_ordered])
    return erased


def end_opted_out(connection: sqlite3.Connection, request: Wanted) -> int:
    """End what waits."""
    ids = one_column(request.ids)
    run_chunks(connection, _SQL["unlease_these"], ids, request.now)
    run_chunks(connection, _SQL["take_these"], ids)
    run_chunks(connection, _SQL["never_repeat_these"], ids)
    return _changed(connection, _SQL["opt_out_these"], request)


def hold(connection: sqlite3.Connection, request: Wanted) -> int:
    """Put due times after all times."""
    run_chunks(connection, _SQL["unlease_these"], one_column(request.ids), request.now)
    return _changed(connection, _SQL["hold_these"], request)


def let_go(connection: sqlite3.Connection, request: Wanted) -> int:
    """Put due times back."""
    return _changed(connection, _SQL["let_go_these"], request)


def put_standing(connection: sqlite3.Connection, new: StoredStanding) -> bool:
    """Note a standing; False where it is there."""
    is_new = connection.execute(_SQL["put_standing"], (new.tag, new.standing.value, new.since)).fetchone() is not None
    if is_new:
        connection.execute(_SQL["next_version"])
    return is_new


def drop_standings(connection: sqlite3.Connection, tag: bytes) -> Sequence[StoredStanding]:
    """Forget what a person asked for."""
    dropped = [_standing(*row) for row in connection.execute(_SQL["drop_standings"], (tag,)).fetchall()]
    if dropped:
        connection.execute(_SQL["next_version"])
    return dropped


def standings(connection: sqlite3.Connection) -> Sequence[StoredStanding]:
    """Return all standings."""
    return [_standing(*row) for row in connection.execute(_SQL["standings"])]


def oldest_standing(connection: sqlite3.Connection) -> int | None:
    """Return since when the first of them holds."""
    [since] = connection.execute(_SQL["oldest_standing"]).fetchone()
    return None if since is None else int(since)


def close_client(connection: sqlite3.Connection, client_id: int) -> None:
    """Leave of a client its number and name."""
    revoke_client(connection, client_id)
    for query in (
        _SQL["close_client"],
        _SQL["forget_consents"],
        _SQL["forget_accepted"],
        _SQL["forget_answers"],
        _SQL["forget_webhook"],
    ):
        connection.execute(query, (client_id,))


def _order(erased: Erased, row: Row, request: Wanted) -> Row:
    *_, ref, updated_at = row
    leave = request.order_at[erased.provider or ""]
    return erased.provider, ref, request.now, due_at(erased.state, updated_at, request.now, leave=leave)


def _erased(row: Row, order_at: Erasing) -> Erased:
    state, is_open, provider, doubted, ref, _ = row
    has_it = doubted or (provider if is_open or State(state) in _TAKEN else None)
    return Erased(State(state), bool(is_open), has_it, is_ordered=ref is not None and has_it in order_at)


def _standing(tag: bytes, standing: str, since: int) -> StoredStanding:
    return StoredStanding(tag, Standing(standing), since)


def _changed(connection: sqlite3.Connection, query: str, request: Wanted) -> int:
    return len(run_chunks(connection, query, one_column(request.ids), request.now))
