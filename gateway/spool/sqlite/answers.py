"""First answers in SQL: noted with their messages, found by their key, gone after their time."""

import sqlite3

from gateway.spool.answers import FirstAnswer, NewAnswer
from gateway.spool.queries import read_queries

_SQL = read_queries("sqlite", "answers")


def note_answer(connection: sqlite3.Connection, answer: NewAnswer) -> bool:
    """Store an answer under its key; False where that is taken."""
    values = {
        "client": answer.client_id,
        "key": answer.key,
        "request": answer.request,
        "status": answer.status,
        "body": answer.body,
        "message": None if answer.message is None else bytes.fromhex(answer.message),
        "created_at": answer.created_at,
        "dead_at": answer.dead_at,
    }
    return connection.execute(_SQL["note_answer"], values).fetchone() is not None


def first_answer(connection: sqlite3.Connection, client_id: int, key: bytes, after: int) -> FirstAnswer | None:
    """Return what was answered under a key after a time."""
    row = connection.execute(_SQL["answer"], (client_id, key, after)).fetchone()
    return None if row is None else FirstAnswer(*row)


def purge_answers(connection: sqlite3.Connection, request: tuple[int, int]) -> int:
    """Delete answers that were given before or at a time; return how many."""
    return connection.execute(_SQL["purge_answers"], request).rowcount


def oldest_answer(connection: sqlite3.Connection) -> int | None:
    """Return when the oldest answer was given."""
    [oldest] = connection.execute(_SQL["oldest_answer"]).fetchone()
    return None if oldest is None else int(oldest)
