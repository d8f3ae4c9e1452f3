"""Named queries out of .sql files: one name, one purpose."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

_NAME: Final = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_ROW: Final = re.compile(r"VALUES (\(\?(?:, \?)*\))")


def read_sql(dialect: str, file: str) -> str:
    """Return the text of `spool/sql/<dialect>/<file>.sql`."""
    return (files("gateway.spool") / "sql" / dialect / f"{file}.sql").read_text(encoding="utf-8")


def read_queries(dialect: str, file: str) -> dict[str, str]:
    """Return the queries of one file by the names above them, without comments and the semicolon."""
    _, *parts = _NAME.split(read_sql(dialect, file))
    return {name: _bare(text) for name, text in zip(parts[::2], parts[1::2], strict=True)}


@cache
def with_rows(query: str, rows: int) -> str:
    """Return a query whose one VALUES row is repeated `rows` times."""
    found = _ROW.search(query)
    if found is None:
        raise ValueError("the query has no VALUES row")
    values = ", ".join([found[1]] * rows)
    return f"{query[: found.start(1)]}{values}{query[found.end(1) :]}"


def _bare(text: str) -> str:
    lines = (line.partition("--")[0].rstrip() for line in text.splitlines())
    return "\n".join(line for line in lines if line).rstrip(";")
