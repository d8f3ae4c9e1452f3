"""A spool that was put back from a copy, in SQL."""

import sqlite3

from gateway.spool.queries import read_queries
from gateway.spool.restore import Generation
from gateway.spool.sqlite.views import number

_SQL = read_queries("sqlite", "restore")


def raise_generation(connection: sqlite3.Connection, request: tuple[int, int]) -> Generation:
    """Begin the next generation; in a copy everything that waits is in doubt."""
    known, now = request
    own = number(connection, "generation")
    # A spool that no gateway has run on yet is new, whatever keyring it is used with.
    was_restored = 0 < own < known
    following = max(own, known) + 1
    if was_restored:
        return Generation(following, was_restored, _doubt_all(connection, now))
    settle_generation(connection, following)
    return Generation(following)


def settle_generation(connection: sqlite3.Connection, following: int) -> None:
    """Begin a generation, unless a later one has begun."""
    if following > number(connection, "generation"):
        connection.execute(_SQL["set_generation"], (following,))


def restored_waiting(connection: sqlite3.Connection) -> int:
    """Count what is held."""
    [count] = connection.execute(_SQL["restored_waiting"]).fetchone()
    return int(count)


def release_restored(connection: sqlite3.Connection, now: int) -> int:
    """Let it go."""
    return len(connection.execute(_SQL["release_restored"], {"now": now}).fetchall())


def _doubt_all(connection: sqlite3.Connection, now: int) -> int:
    connection.execute(_SQL["doubt_open"], {"now": now})
    connection.execute(_SQL["hold_doubted"])
    connection.execute(_SQL["take_waiting"])
    return len(connection.execute(_SQL["doubt_waiting"], {"now": now}).fetchall())
