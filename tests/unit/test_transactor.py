"""The transactor: what one job raises, or the disk, and what that means to the others of its transaction."""

import sqlite3
import threading
from collections.abc import Sequence

from gateway.spool.sqlite.jobs import Job
from gateway.spool.sqlite.kinds import Kind
from gateway.spool.sqlite.transactor import Transactor
from gateway.spool.store import StoreFullError, StoreUnavailableError


def in_memory() -> sqlite3.Connection:
    """Return an empty database that is soon full."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute("PRAGMA max_page_count = 9")
    return database


def answers(transactor: Transactor, kind: Kind[str, str], *requests: str) -> list[object]:
    """Return the answers of one transaction, an exception by its type."""
    jobs = [Job(kind, request) for request in requests]
    transactor.commit(jobs)
    return [type(job.answer) if isinstance(job.answer, Exception) else job.answer for job in jobs]


def test_whatever_a_job_raises_is_its_own() -> None:
    """A bug in one statement reaches its caller alone."""
    transactor = Transactor(in_memory, threading.Lock())
    kind: Kind[str, str] = Kind(lambda _database, requests: [{"good": "done"}[request] for request in requests])
    assert ["done", KeyError, "done"] == answers(transactor, kind, "good", "bad", "good")
    transactor.disconnect()


def test_a_fault_beside_a_bug_fails_the_batch() -> None:
    """Nobody is answered for what was rolled back; the next batch has a new connection."""

    def run(database: sqlite3.Connection, requests: Sequence[str]) -> Sequence[str]:
        if "bug" in requests:
            raise KeyError
        if "large" in requests:
            database.execute("CREATE TABLE large AS SELECT zeroblob(1000000)")
        return requests

    transactor, kind = Transactor(in_memory, threading.Lock()), Kind(run)
    assert [StoreFullError] * 3 == answers(transactor, kind, "small", "bug", "large")
    assert answers(transactor, kind, "small") == ["small"]
    transactor.disconnect()


def test_no_connection_is_told_and_tried_again() -> None:
    """At the next transaction."""
    attempts: list[int] = []

    def connect() -> sqlite3.Connection:
        attempts.append(1)
        return in_memory() if len(attempts) > 2 else sqlite3.connect("file:/proc/umschlag?mode=rw", uri=True)

    transactor = Transactor(connect, threading.Lock())
    kind: Kind[str, str] = Kind(lambda _database, requests: requests)
    told = [*answers(transactor, kind, "a"), *answers(transactor, kind, "b"), *answers(transactor, kind, "c")]
    assert [StoreUnavailableError, StoreUnavailableError, "c"] == told
    transactor.disconnect()


def test_changes_are_counted_over_connections() -> None:
    """A fault makes a new connection, which counts from nothing; what was changed before it stays counted."""

    def run(database: sqlite3.Connection, requests: Sequence[str]) -> Sequence[str]:
        database.execute("CREATE TABLE IF NOT EXISTS t (x)")
        size = 1_000_000 if "large" in requests else 1
        database.executemany("INSERT INTO t VALUES (zeroblob(?))", [(size,) for _ in requests])
        return requests

    transactor, kind = Transactor(in_memory, threading.Lock()), Kind(run)
    answers(transactor, kind, "small", "small")
    answers(transactor, kind, "large")
    answers(transactor, kind, "small")
    assert 3 == transactor.changes  # noqa: SIM300 (expected first)
    transactor.disconnect()
