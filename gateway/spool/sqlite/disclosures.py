"""Versions of what is told about the use of data, in SQL."""

import sqlite3
from collections.abc import Sequence

from gateway.spool.disclosures import StoredDisclosure
from gateway.spool.queries import read_queries

_SQL = read_queries("sqlite", "disclosures")


def publish_disclosure(connection: sqlite3.Connection, request: StoredDisclosure) -> int:
    """Put a version into force, unless it is; return since when it is."""
    values = {"version": request.version, "since": request.since, "body": request.body}
    connection.execute(_SQL["publish_disclosure"], values)
    [since] = connection.execute(_SQL["in_force"]).fetchone()
    return int(since)


def disclosures(connection: sqlite3.Connection) -> Sequence[StoredDisclosure]:
    """Return all versions, the last one first."""
    return [StoredDisclosure(*row) for row in connection.execute(_SQL["disclosures"])]


def purge_disclosures(connection: sqlite3.Connection, request: tuple[int, int]) -> int:
    """Delete versions that were replaced before a time; return how many."""
    before, limit = request
    return connection.execute(_SQL["purge_disclosures"], {"before": before, "limit": limit}).rowcount


def oldest_replaced(connection: sqlite3.Connection) -> int | None:
    """Return when the first of those was replaced that may go."""
    row = connection.execute(_SQL["oldest_replaced"]).fetchone()
    return None if row is None else int(row[0])
