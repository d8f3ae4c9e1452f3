"""The ledger beside the keys, in their database."""

from collections.abc import Iterable, Sequence
from typing import Final

from gateway.spool.ledger import DROPPED, ERASED, Line, line_of, parts_of
from gateway.spool.postgres_keyring.link import Connection, Link
from gateway.spool.queries import read_queries

_SQL: Final = read_queries("postgres_keyring", "ledger")
_OTHERS: Final = [ERASED, DROPPED]


class PostgresLedger:
    """Rows in the order of their numbers; what each method means is said in `spool.ledger.Ledger`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def append(self, lines: Iterable[Line]) -> None:
        """Add lines, all or none."""
        rows = [parts_of(line) for line in lines]
        if not rows:
            return

        def add(connection: Connection) -> None:
            with connection.cursor() as cursor:
                cursor.executemany(_SQL["append_line"], rows)

        self._link.run(add)

    def read(self) -> Sequence[Line]:
        """Return all lines, oldest first; what no gateway wrote is left out."""
        rows = self._link.run(lambda connection: connection.execute(_SQL["all_lines"]).fetchall())
        return [line for row in rows if (line := _line(*row)) is not None]

    def purge(self, before: int) -> None:
        """Forget what is older."""
        values = {"others": _OTHERS, "dropped": DROPPED, "before": before}

        def forget(connection: Connection) -> None:
            connection.execute(_SQL["forget_standings"], values)
            connection.execute(_SQL["forget_lines"], values)

        self._link.run(forget)


def _line(at: int, word: str, value: str) -> Line | None:
    try:
        return line_of(at, word, value)
    except ValueError:
        return None
