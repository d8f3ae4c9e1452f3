"""Jobs: one write each, on its way to a transaction and back with its answer."""

import asyncio
import collections
from collections.abc import Callable
from typing import Any, Final

import msgspec

from gateway.spool.sqlite.kinds import Kind

# Jobs and bytes in one transaction, about, so that the first of many does not wait for all.
_MAX_JOBS: Final = 512
_MAX_BYTES: Final = 4 << 20

# The answer to a job whose caller was gone before its turn.
NOT_DONE: Final = object()


class Job(msgspec.Struct, eq=False, repr_omit_defaults=True):
    """One request; `answer` is an exception where it has failed."""

    kind: Kind[Any, Any]
    request: Any
    answer: Any = NOT_DONE

    def __repr__(self) -> str:
        """Show the kind alone."""
        return f"Job({self.kind.name})"


class AwaitedJob(Job, eq=False, kw_only=True):
    """One with who waits for its answer; `weight` is about how many bytes the request holds."""

    future: asyncio.Future[Any]
    undo: Callable[[Any], None] | None
    weight: int

    @property
    def is_wanted(self) -> bool:
        """Whether it is to be done, though its caller may be gone."""
        return self.kind.always or not self.future.cancelled()


Backlog = collections.deque[AwaitedJob]


def has_enough(backlog: Backlog) -> bool:
    """Whether more would not go into the next transaction."""
    return len(backlog) >= _MAX_JOBS


def next_jobs(backlog: Backlog) -> list[AwaitedJob]:
    """Take the jobs of one transaction."""
    jobs = [backlog.popleft()]
    weight = jobs[0].weight
    while backlog and len(jobs) < _MAX_JOBS and weight < _MAX_BYTES:
        jobs.append(backlog.popleft())
        weight += jobs[-1].weight
    return jobs
