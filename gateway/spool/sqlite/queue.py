"""The queue in SQL: leases, what becomes of them when a process is gone, deadlines and withdrawals."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar

from gateway.core.message import Channel
from gateway.spool.queries import read_queries
from gateway.spool.sqlite.messages import SQL, Owners, one_column, run_chunks
from gateway.spool.sqlite.records import by_channel, leased_of, status_of
from gateway.spool.store import LeasedMessage, MessageStatus, Recovered, RepeatPolicy

_VIEWS = read_queries("sqlite", "views")

# Seconds after which an owner whose lease has ended and who holds nothing is forgotten.
_FORGET_AFTER = 86_400

Request = TypeVar("Request")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Lease:
    """What a process asks for."""

    owner: str
    now: int
    limit: int
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """What a process gives back."""

    owner: str
    ids: tuple[bytes, ...]
    now: int


@dataclass(frozen=True, slots=True)
class Erase:
    """What a client wants gone."""

    message_id: bytes
    client_id: int
    now: int


def one_by_one(
    run: Callable[[sqlite3.Connection, Request], Answer],
) -> Callable[[sqlite3.Connection, Sequence[Request]], list[Answer]]:
    """Make a function of many requests out of one for a single request, whose name it has."""

    @wraps(run)
    def run_each(connection: sqlite3.Connection, requests: Sequence[Request]) -> list[Answer]:
        return [run(connection, request) for request in requests]

    return run_each


def lease(connection: sqlite3.Connection, request: Lease) -> Sequence[LeasedMessage]:
    """Take what is due, oldest due first."""
    due: list[tuple[int, bytes]] = []
    for channel in request.channels:
        due += connection.execute(SQL["due"], (channel.value, request.now, request.now, request.limit))
    ids = one_column(number for _, number in sorted(due)[: request.limit])
    run_chunks(connection, SQL["defer_doubted"], ids)
    run_chunks(connection, SQL["lease"], ids, Owners(connection).number(request.owner), request.now)
    leased = {row[0]: leased_of(row) for row in run_chunks(connection, SQL["leased"], ids)}
    return [leased[number] for (number,) in ids]


def release(connection: sqlite3.Connection, request: Release) -> None:
    """Make messages due for anyone that were leased and not attempted."""
    owner = Owners(connection).number(request.owner)
    run_chunks(connection, SQL["release"], one_column(request.ids), request.now, request.now, owner)


def abandon(connection: sqlite3.Connection, request: Release) -> None:
    """Take back attempts that were written down and certainly not begun."""
    owner = Owners(connection).number(request.owner)
    for number in request.ids:
        connection.execute(SQL["abandon"], (request.now, request.now, number, owner))


def keep_alive(connection: sqlite3.Connection, request: tuple[str, int]) -> None:
    """Note until when an owner lives."""
    connection.execute(SQL["keep_alive"], request)


def recover(connection: sqlite3.Connection, request: tuple[int, RepeatPolicy]) -> Recovered:
    """Take back what owners hold whose lease has ended."""
    now, repeat = request
    policy = {
        "now": now,
        "channels": json.dumps(sorted(repeat.channels)),
        "providers": json.dumps(sorted(repeat.providers)),
    }
    in_doubt = connection.execute(SQL["recover_doubted"], policy).rowcount
    queued = connection.execute(SQL["recover_queued"], policy).rowcount
    connection.execute(SQL["forget_owners"], (now - _FORGET_AFTER,))
    return Recovered(queued=queued, in_doubt=in_doubt)


def expire(connection: sqlite3.Connection, request: tuple[int, int]) -> Counter[Channel]:
    """End waiting messages whose deadline has passed; return how many of each channel."""
    now, limit = request
    return by_channel(connection.execute(SQL["expire"], {"now": now, "limit": limit}).fetchall())


def erase(connection: sqlite3.Connection, request: Erase) -> MessageStatus | None:
    """Withdraw what was not handed over and forget the message; return its last status."""
    whose = {"id": request.message_id, "client": request.client_id}
    if connection.execute(_VIEWS["status"], whose).fetchone() is None:
        return None
    connection.execute(SQL["unlease"], (request.message_id,))
    connection.execute(SQL["cancel"], (request.now, request.message_id))
    last = status_of(connection.execute(_VIEWS["status"], whose).fetchone())
    connection.execute(SQL["erase"], (request.message_id,))
    return last
