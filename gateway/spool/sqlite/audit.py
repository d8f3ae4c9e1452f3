"""The audit in SQL."""

import sqlite3
from dataclasses import replace

import msgspec

from gateway.spool.audit import FIRST_LINK, Chain, Entry, NewEntry, link_of, seal_of
from gateway.spool.queries import read_queries

_SQL = read_queries("sqlite", "audit")


def add_entry(connection: sqlite3.Connection, request: tuple[NewEntry, bytes, int]) -> int:
    """Add an entry behind the last one."""
    new, key, end = request
    last = connection.execute(_SQL["last_link"]).fetchone()
    n, previous = last if last is not None else _base(connection)
    about = msgspec.json.encode(new.about).decode()
    entry = Entry(max(n, end) + 1, new.at, new.operator, new.action.value, about, b"")
    entry = replace(entry, link=link_of(key, previous, entry))
    values = (entry.n, entry.at, entry.operator, entry.action, entry.about, entry.link)
    connection.execute(_SQL["add_entry"], values)
    return entry.n


def audit_chain(connection: sqlite3.Connection) -> Chain:
    """Return all entries."""
    connection.execute("BEGIN")
    try:
        seal = connection.execute(_SQL["base_seal"]).fetchone()
        n, link = _base(connection)
        entries = [Entry(*row) for row in connection.execute(_SQL["entries"])]
        return Chain(n, link, entries, b"" if seal is None else seal[0])
    finally:
        connection.execute("COMMIT")


def purge_audit(connection: sqlite3.Connection, request: tuple[int, int, bytes]) -> int:
    """Delete the oldest entries; return how many."""
    at_before, limit, key = request
    last = connection.execute(_SQL["last_due"], {"before": at_before, "limit": limit}).fetchone()
    if last is None:
        return 0
    connection.execute(_SQL["forget_base"])
    connection.execute(_SQL["set_base"], (*last, seal_of(key, *last)))
    return connection.execute(_SQL["purge"], last[:1]).rowcount


def oldest_entry(connection: sqlite3.Connection) -> int | None:
    """Return when the oldest entry was made."""
    row = connection.execute(_SQL["oldest"]).fetchone()
    return None if row is None else int(row[0])


def _base(connection: sqlite3.Connection) -> tuple[int, bytes]:
    row = connection.execute(_SQL["base"]).fetchone()
    return (0, FIRST_LINK) if row is None else (row[0], row[1])
