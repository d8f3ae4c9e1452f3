"""The transactor: runs jobs on a connection of its own, all that it is given as one transaction."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

from gateway.spool.sqlite.database import is_fault, is_full, store_error
from gateway.spool.sqlite.jobs import Job
from gateway.spool.sqlite.kinds import Kind


class Transactor:
    """Commits, in one thread; the gate is held while a transaction runs."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], gate: threading.Lock) -> None:
        self._connect = connect
        self._gate = gate
        self._database: sqlite3.Connection | None = None
        self._changes = self._changes_before = 0

    @property
    def changes(self) -> int:
        """How many rows were changed."""
        return self._changes

    def commit(self, jobs: Sequence[Job]) -> None:
        """Give each job an answer or an exception; those that failed have changed nothing."""
        self._commit_all(jobs)
        if self._database is not None:
            self._changes = self._changes_before + self._database.total_changes

    def disconnect(self) -> None:
        """Close the connection; the next transaction makes another one."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _commit_all(self, jobs: Sequence[Job]) -> None:
        try:
            self._transaction(jobs, _run_together)
        except Exception as error:  # noqa: BLE001 (whatever one job raised, the others are done by themselves)
            if is_fault(error):
                self._commit_what_fits(jobs, error)
            else:
                self._commit_singly(jobs)

    def _commit_singly(self, jobs: Sequence[Job]) -> None:
        try:
            self._transaction(jobs, _run_singly)
        except sqlite3.Error as error:
            self.disconnect()
            _fail_all(jobs, error)

    def _commit_what_fits(self, jobs: Sequence[Job], error: sqlite3.Error) -> None:
        """After a fault: where the disk is full, what needs no new room is done all the same."""
        self.disconnect()
        _fail_all(jobs, error)
        small = [job for job in jobs if not job.kind.grows]
        if is_full(error) and len(small) < len(jobs):
            self._commit_all(small)

    def _transaction(self, jobs: Sequence[Job], run: Callable[[sqlite3.Connection, Sequence[Job]], None]) -> None:
        with self._gate:
            database = self._connected()
            try:
                database.execute("BEGIN IMMEDIATE")
                run(database, jobs)
                database.execute("COMMIT")
            finally:
                # A fault may have rolled back by itself.
                if database.in_transaction:
                    database.execute("ROLLBACK")

    def _connected(self) -> sqlite3.Connection:
        if self._database is None:
            self._database, self._changes_before = self._connect(), self._changes
        return self._database


def _fail_all(jobs: Sequence[Job], error: sqlite3.Error) -> None:
    for job in jobs:
        job.answer = store_error(error)


def _run_together(database: sqlite3.Connection, jobs: Sequence[Job]) -> None:
    """Run jobs of one kind with one call: none of them has been answered, so any order among them is right."""
    kinds: dict[Kind[Any, Any], list[Job]] = {}
    for job in jobs:
        kinds.setdefault(job.kind, []).append(job)
    for kind, alike in kinds.items():
        answers = kind.run(database, [job.request for job in alike])
        for job, answer in zip(alike, answers, strict=True):
            job.answer = answer


def _run_singly(database: sqlite3.Connection, jobs: Sequence[Job]) -> None:
    """Run each job by itself, so that one that fails takes no other with it."""
    for job in jobs:
        database.execute("SAVEPOINT job")
        try:
            [job.answer] = job.kind.run(database, [job.request])
        except Exception as error:
            if is_fault(error):
                raise
            database.execute("ROLLBACK TO job")
            job.answer = error
        database.execute("RELEASE job")
