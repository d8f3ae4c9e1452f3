"""Consents of clients in SQL, each with the list of providers that it changes."""

import json
import sqlite3
from collections.abc import Sequence

from gateway.spool.consents import Consent
from gateway.spool.queries import read_queries
from gateway.spool.sqlite.clients import drop_caches, record_consent

_SQL = read_queries("sqlite", "consents")


def give_consent(connection: sqlite3.Connection, request: tuple[int, Consent]) -> None:
    """Record a consent and add its provider to the client's list."""
    client_id, consent = request
    record_consent(connection, client_id, consent)
    listed = _listed(connection, client_id)
    if listed is not None and consent.processor is not None and consent.processor not in listed:
        _list(connection, client_id, [*listed, consent.processor])


def withdraw_consent(connection: sqlite3.Connection, request: tuple[int, str, Sequence[str], int]) -> None:
    """Record that a consent ended, and take its provider out of the client's list, or out of all."""
    client_id, processor, others, now = request
    connection.execute(_SQL["withdraw_consent"], {"client": client_id, "processor": processor, "now": now})
    listed = _listed(connection, client_id)
    _list(connection, client_id, [name for name in (others if listed is None else listed) if name != processor])


def consents(connection: sqlite3.Connection, client_id: int) -> Sequence[Consent]:
    """Return a client's consents, oldest first."""
    return [_consent(*row) for row in connection.execute(_SQL["consents"], (client_id,))]


def purge_consents(connection: sqlite3.Connection, request: tuple[int, int]) -> int:
    """Delete records of consents that ended before a time; return how many."""
    return connection.execute(_SQL["purge_consents"], request).rowcount


def oldest_ended(connection: sqlite3.Connection) -> int | None:
    """Return when the first of them ended."""
    [ended] = connection.execute(_SQL["oldest_ended"]).fetchone()
    return None if ended is None else int(ended)


def _consent(
    processor: str | None, version: str, given_at: int, withdrawn_at: int | None, countries: str | None
) -> Consent:
    places = () if countries is None else tuple(json.loads(countries))
    return Consent(processor, version, given_at, withdrawn_at, places)


def _listed(connection: sqlite3.Connection, client_id: int) -> list[str] | None:
    [text] = connection.execute(_SQL["processors"], (client_id,)).fetchone()
    listed: list[str] | None = json.loads(text)
    return listed


def _list(connection: sqlite3.Connection, client_id: int, names: Sequence[str]) -> None:
    connection.execute(_SQL["set_processors"], (json.dumps(names), client_id))
    drop_caches(connection)
