"""The SQLite file as a store under the contract suite, written by a thread."""

import pickle
from collections.abc import Sequence
from pathlib import Path

from gateway.spool.sqlite import SqliteStore
from gateway.spool.sqlite.database import Database
from gateway.spool.sqlite.jobs import AwaitedJob
from gateway.spool.sqlite.port import Answered
from gateway.spool.sqlite.writer_thread import WriterThread
from gateway.spool.store import Store


class PicklingThread(WriterThread):
    """Pickles what it is asked and what it answers: what the whole suite asks can be asked of a process, too."""

    async def open(self, database: Database, cut_every: float, answered: Answered) -> None:
        """Open, and answer with copies."""

        def pickled(jobs: Sequence[AwaitedJob]) -> None:
            for job in jobs:
                if job.is_wanted:
                    job.answer = pickle.loads(pickle.dumps(job.answer))  # noqa: S301 (just pickled)
            answered(jobs)

        await super().open(database, cut_every, pickled)

    def hand_over(self, jobs: Sequence[AwaitedJob]) -> None:
        """Hand over copies of the requests."""
        for job in jobs:
            job.request = pickle.loads(pickle.dumps(job.request))  # noqa: S301 (just pickled)
        super().hand_over(jobs)


def store_in(folder: Path) -> Store:
    """Return a store in a folder, not yet open; two of the same folder are two processes' views of one spool."""
    return SqliteStore(folder / "spool" / "spool.db", port=PicklingThread())
