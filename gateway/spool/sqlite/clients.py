"""Changes of clients and their keys in SQL."""

import json
import sqlite3

from gateway.spool.clients import Client, NameTakenError, NewClient
from gateway.spool.consents import Consent, agreed_at_first
from gateway.spool.queries import read_queries
from gateway.spool.sqlite.records import client_of, client_row

_SQL = read_queries("sqlite", "clients")
_CONSENTS = read_queries("sqlite", "consents")


def add_client(connection: sqlite3.Connection, request: tuple[NewClient, bytes]) -> Client:
    """Store a client with its first key. Raises NameTakenError."""
    client, digest = request
    if connection.execute(_SQL["client_named"], (client.name,)).fetchone() is not None:
        raise NameTakenError
    [[number]] = connection.execute(_SQL["add_client"], client_row(client)).fetchall()
    connection.execute(_SQL["add_key"], (digest, number))
    for consent in agreed_at_first(client):
        record_consent(connection, number, consent)
    drop_caches(connection)
    return client_of(connection.execute(_SQL["client_named"], (client.name,)).fetchone())


def rotate_key(connection: sqlite3.Connection, request: tuple[int, bytes, int]) -> None:
    """Give a client a new key; the old ones end."""
    client_id, digest, old_until = request
    connection.execute(_SQL["end_keys"], {"client": client_id, "until": old_until})
    connection.execute(_SQL["add_key"], (digest, client_id))
    drop_caches(connection)


def revoke_client(connection: sqlite3.Connection, client_id: int) -> None:
    """End all keys of a client."""
    connection.execute(_SQL["revoke_client"], (client_id,))
    connection.execute(_SQL["drop_keys"], (client_id,))
    drop_caches(connection)


def drop_caches(connection: sqlite3.Connection) -> None:
    """Make whoever keeps clients in memory read them again."""
    connection.execute(_SQL["next_clients_version"])


def record_consent(connection: sqlite3.Connection, client_id: int, consent: Consent) -> None:
    """Record what a client agrees to."""
    countries = json.dumps(consent.countries) if consent.processor is None else None
    values = (client_id, consent.processor, countries, consent.version, consent.given_at)
    connection.execute(_CONSENTS["give_consent"], values)


def set_number(connection: sqlite3.Connection, request: tuple[str, int]) -> None:
    """Write one of the single numbers."""
    connection.execute(_SQL["set_number"], request)
