"""The kinds of write, each found by its name in whatever process runs it."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

Request = TypeVar("Request")
Answer = TypeVar("Answer")

_KINDS: Final[dict[str, "Kind[Any, Any]"]] = {}


# Compared as objects: jobs are sorted by their kind, and a hash over its parts takes as long as the rest of that.
@dataclass(frozen=True, slots=True, eq=False)
class Kind(Generic[Request, Answer]):
    """One kind of write: `run` does many at once, in a transaction, and returns an answer for each.

    `grows` says that it needs room on the disk and may be refused; what was cancelled before its turn is done all
    the same where `always` says so. `prepare` is called with each request, in the loop's thread at the end of the
    turn in which it came, one right after the other. Requests and answers can be pickled.

    `name` is that of `run`: another process knows the kind by it. Raises ValueError where two have one name.
    """

    run: Callable[[sqlite3.Connection, Sequence[Request]], Sequence[Answer]]
    grows: bool = False
    always: bool = False
    prepare: Callable[[Request], None] | None = None
    name: str = field(init=False)

    def __post_init__(self) -> None:
        name = f"{self.run.__module__}.{self.run.__qualname__}"
        object.__setattr__(self, "name", name)
        # What is made inside of a function cannot be found from outside of it.
        if "<" not in name and _KINDS.setdefault(name, self) is not self:
            raise ValueError(f"two kinds of write run {name}")


def kind_named(name: str) -> Kind[Any, Any]:
    """Return a kind of a module that has been imported. Raises KeyError."""
    return _KINDS[name]


def kind_names() -> Sequence[str]:
    """Return the names of all kinds that another process can find."""
    return sorted(_KINDS)
