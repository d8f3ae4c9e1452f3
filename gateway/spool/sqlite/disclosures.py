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
