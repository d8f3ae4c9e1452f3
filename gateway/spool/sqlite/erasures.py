"""Orders to erase in SQL, and messages that are erased with an order left behind."""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.core.state import FINAL, State
from gateway.spool.erasures import Erasing, ErasureOrder
from gateway.spool.queries import read_queries
from gateway.spool.sqlite import queue
from gateway.spool.sqlite.messages import run_chunks
from gateway.spool.sqlite.records import Row
from gateway.spool.store import MessageStatus

_SQL = read_queries("sqlite", "erasures")


@dataclass(frozen=True, slots=True, repr=False)
class Erase:
    """What a client wants gone; `order_at` are the providers that erase."""

    erase: queue.Erase
    order_at: Erasing


def order(connection: sqlite3.Connection, orders: Sequence[Row]) -> None:
    """Note orders: provider, its id, when it is ordered, when it is due."""
    run_chunks(connection, _SQL["order_erasures"], orders)


def order_one(connection: sqlite3.Connection, request: tuple[str, str, int, int]) -> None:
    """Note one order."""
    order(connection, [request])


def due_at(state: State, updated_at: int, now: int, *, leave: int) -> int:
    """Return when a provider may be told to erase a message: what it may still deliver it is left for a while."""
    return now if state in FINAL else max(now, updated_at + leave)


def erase(connection: sqlite3.Connection, request: Erase) -> MessageStatus | None:
    """Withdraw and forget a message, and order its erasure where it lies."""
    last = queue.erase(connection, request.erase)
    leave = None if last is None or last.provider is None else request.order_at.get(last.provider)
    if last is not None and last.provider_ref is not None and leave is not None:
        now = request.erase.now
        due = due_at(last.state, last.updated_at, now, leave=leave)
        order(connection, [(last.provider, last.provider_ref, now, due)])
    return last


def next_due(connection: sqlite3.Connection, provider: str) -> int | None:
    """Return when the first order of a provider is due."""
    return _number(connection, _SQL["next_erasure"], provider)


def take(connection: sqlite3.Connection, request: tuple[str, int, int]) -> ErasureOrder | None:
    """Take the first order that is due."""
    provider, now, until = request
    wanted = {"provider": provider, "now": now, "until": until}
    found = connection.execute(_SQL["take_erasure"], wanted).fetchone()
    return None if found is None else ErasureOrder(*found)


def settle(connection: sqlite3.Connection, number: int) -> None:
    """Forget an order."""
    connection.execute(_SQL["settle_erasure"], (number,))


def put_off(connection: sqlite3.Connection, request: tuple[int, int]) -> None:
    """Let an order be due later."""
    number, due_at = request
    connection.execute(_SQL["put_off_erasure"], (due_at, number))


def give_up(connection: sqlite3.Connection, request: tuple[int, int]) -> Mapping[str, int]:
    """Forget orders from before a time, and count them by provider."""
    return Counter(provider for (provider,) in connection.execute(_SQL["give_up_erasures"], request).fetchall())


def oldest(connection: sqlite3.Connection) -> int | None:
    """Return when the oldest order was given."""
    return _number(connection, _SQL["oldest_erasure"])


def waiting(connection: sqlite3.Connection) -> int:
    """Count the orders."""
    return _number(connection, _SQL["waiting_erasures"]) or 0


def _number(connection: sqlite3.Connection, query: str, *parameters: str) -> int | None:
    [found] = connection.execute(query, parameters).fetchone()
    return None if found is None else int(found)
