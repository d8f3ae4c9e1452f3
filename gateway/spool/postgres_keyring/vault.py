"""Keeps the keys in a PostgreSQL database, which is another one than the spool's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.spool.key_files import KeyringError
from gateway.spool.keyring_vault import CONTENT, TAGS
from gateway.spool.postgres_keyring.ledger import PostgresLedger
from gateway.spool.postgres_keyring.link import Connection, Link
from gateway.spool.queries import read_queries, read_sql

# Any number of ours: two processes that make the tables at the same moment go one after the other.
_MAKING: Final = "SELECT pg_advisory_xact_lock(7311962113)"


@dataclass(frozen=True, slots=True)
class _Table:
    """The statements of one table of keys."""

    read: str
    keep: str
    replace: str
    listed: str
    rewrite: str
    destroy: str = ""


_CONTENT: Final = read_queries("postgres_keyring", "content_keys")
_TAGS: Final = read_queries("postgres_keyring", "tag_keys")
_LASTING: Final = read_queries("postgres_keyring", "lasting_keys")
_MARKS: Final = read_queries("postgres_keyring", "marks")

_TABLES: Final[Mapping[str, _Table]] = {
    CONTENT: _Table(
        _CONTENT["read_content_key"], _CONTENT["keep_content_key"], _CONTENT["replace_content_key"],
        _CONTENT["content_epochs"], _CONTENT["rewrite_content_keys"], _CONTENT["destroy_content_keys"],
    ),
    TAGS: _Table(
        _TAGS["read_tag_key"], _TAGS["keep_tag_key"], _TAGS["replace_tag_key"],
        _TAGS["tag_months"], _TAGS["rewrite_tag_keys"], _TAGS["destroy_tag_keys"],
    ),
    "": _Table(
        _LASTING["read_lasting_key"], _LASTING["keep_lasting_key"], _LASTING["replace_lasting_key"],
        _LASTING["lasting_names"], _LASTING["rewrite_lasting_keys"],
    ),
}  # fmt: skip
_NUMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "generation": (_MARKS["read_generation"], _MARKS["raise_generation"]),
    "audit_end": (_MARKS["read_generation"], _MARKS["raise_generation"]),
    "clock": (_MARKS["read_clock"], _MARKS["put_clock"]),
}


class PostgresVault:
    """Keeps keys as rows; what each method means is said in `keyring_vault.Vault`."""

    def __init__(self, url: str) -> None:
        self._link = Link(url)
        self._unswept: set[str] = set()
        self.ledger = PostgresLedger(self._link)

    @property
    def fault(self) -> str | None:
        """Why there is no connection."""
        return self._link.fault

    def look(self) -> bool:
        """Connect, and return whether there are tables."""
        self._link.open()
        is_made, may_make = self._link.run(lambda connection: _row(connection, _MARKS["is_made"])) or (False, False)
        if not is_made and not may_make:
            raise KeyringError("its tables are not there, and its user may not make them")
        return bool(is_made)

    def open(self) -> None:
        """Connect, and make the tables where they are missing."""
        self._link.open()
        try:
            self._link.run(_make_tables)
        except KeyringError:
            self.close()
            raise

    def close(self) -> None:
        """Disconnect."""
        self._link.close()

    def check(self) -> None:
        """Ask the server whether it takes keys."""
        [usable] = self._link.run(lambda connection: _row(connection, _MARKS["can_write"])) or [False]
        if not usable:
            raise KeyringError("its server is a replica, or its user may not use the tables")

    def read(self, name: str) -> bytes | None:
        """Return what is in a key's row."""
        table, key = _place(name)
        row = self._link.run(lambda connection: _row(connection, table.read, key))
        return None if row is None else bytes(row[0])

    def keep(self, name: str, form: bytes) -> bytes:
        """Add a key's row unless it is there; whoever else adds it at the same moment is waited for."""
        table, key = _place(name)

        def keep(connection: Connection) -> tuple[Any, ...] | None:
            connection.execute(table.keep, (key, form))
            return _row(connection, table.read, key)

        row = self._link.run(keep)
        if row is None:
            raise KeyringError("a key was destroyed while it was made")
        return bytes(row[0])

    def replace(self, name: str, old: bytes, new: bytes) -> None:
        """Change a key's row."""
        table, key = _place(name)
        self._link.run(lambda connection: connection.execute(table.replace, (new, key, old)).rowcount)
        self._unswept.add(name.partition("/")[0] if "/" in name else "")

    def names(self) -> Sequence[str]:
        """Return what the rows are found by."""
        kinds = [f"{kind}/{start}" for kind in (CONTENT, TAGS) for start in self.starts(kind)]
        rows = self._link.run(lambda connection: connection.execute(_TABLES[""].listed).fetchall())
        return [*(str(name) for (name,) in rows), *kinds]

    def starts(self, kind: str) -> Sequence[int]:
        """Return the starts of the rows of a kind."""
        rows = self._link.run(lambda connection: connection.execute(_TABLES[kind].listed).fetchall())
        return [int(start) for (start,) in rows]

    def destroy(self, kind: str, before: int) -> int:
        """Delete rows, and write the table anew without them.

        The old file is removed, not overwritten, and the log of the server has what was in it until that is used again.
        """
        query = _TABLES[kind].destroy
        count = self._link.run(lambda connection: connection.execute(query, (before,)).rowcount)
        if count:
            self._unswept.add(kind)
        self.sweep()
        return count

    def sweep(self) -> None:
        """Write the tables anew that have rows which were deleted or changed; one that fails is due again."""
        for kind in sorted(self._unswept):
            rewrite = _TABLES[kind].rewrite
            self._link.run_bare(lambda connection, rewrite=rewrite: connection.execute(rewrite).statusmessage)  # type: ignore[misc]
            self._unswept.discard(kind)

    def number(self, name: str) -> int:
        """Return the number in a row."""
        row = self._link.run(lambda connection: _row(connection, _NUMBERS[name][0], name))
        return 0 if row is None else int(row[0])

    def put_number(self, name: str, value: int) -> None:
        """Put a number into a row."""
        self._link.run(lambda connection: connection.execute(_NUMBERS[name][1], (name, value)).rowcount)

    def raise_number(self, name: str, value: int) -> None:
        """Put a number into a row that has none as great."""
        self.put_number(name, value)

    def witness(self) -> int | None:
        """Return what the server's clock says."""
        row = self._link.run(lambda connection: _row(connection, _MARKS["server_time"]))
        return None if row is None else int(row[0])


def _make_tables(connection: Connection) -> None:
    connection.execute(_MAKING)
    connection.execute(read_sql("postgres_keyring", "schema"))


def _place(name: str) -> tuple[_Table, str | int]:
    kind, slash, start = name.rpartition("/")
    return _TABLES[kind], int(start) if slash else name


def _row(connection: Connection, query: str, *values: object) -> tuple[Any, ...] | None:
    return connection.execute(query, values or None).fetchone()
