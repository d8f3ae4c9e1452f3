"""A copy of a spool, looked at and never written."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.spool.sqlite.records import CONTENTS_AN_EPOCH, Row
from gateway.spool.store import Sealed, StoreUnavailableError

_CONTENTS: Final = """
SELECT contents.n, contents.message, contents.wrapped_key, contents.ciphertext, messages.client
FROM contents
INNER JOIN messages ON messages.id = contents.message
ORDER BY contents.n
"""
_TAGS: Final = "SELECT tag_epoch, count(*) FROM messages WHERE tag_epoch IS NOT NULL GROUP BY tag_epoch"


@dataclass(frozen=True, slots=True, repr=False)
class CopiedContent:
    """Sealed bytes in a copy, and what they are bound to."""

    message_id: str
    client_id: int
    content: Sealed


class SpoolCopy:
    """One file, with its write-ahead log where there is one. Every method raises StoreUnavailableError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def contents(self) -> Iterator[CopiedContent]:
        """Yield all sealed bytes, by epoch."""
        for place, message_id, wrapped_key, ciphertext, client_id in self._rows(_CONTENTS):
            sealed = Sealed(place // CONTENTS_AN_EPOCH, wrapped_key, ciphertext)
            yield CopiedContent(message_id.hex(), client_id, sealed)

    def tagged(self) -> Mapping[int, int]:
        """Return how many messages have a tag, by the start of its month."""
        return {month: count for month, count in self._rows(_TAGS)}  # noqa: C416 (rows may hold anything to mypy)

    def _rows(self, query: str) -> Iterator[Row]:
        log = self._path.with_name(f"{self._path.name}-wal")
        # Without a log nothing has to be written to read: the copy may lie where nobody can write.
        mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?{mode}", uri=True)) as connection:
                yield from connection.execute(query)
        except (sqlite3.Error, OSError):
            raise StoreUnavailableError("this is no copy of a spool that can be read") from None
