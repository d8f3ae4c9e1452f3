"""What commands print: tables for people, JSON for programs, problems on standard error."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from gateway.core.problem import Problem

_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_UNBOUNDED: Final = 10_000  # columns, where nobody looks at a terminal: programs want whole lines


def print_json(value: Any) -> None:  # noqa: ANN401 (whatever JSON holds)
    """Print one JSON document on one line."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; None is an empty cell, times are seconds since 1970 UTC already written by `written_time`."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _UNBOUNDED)
    with console.capture() as capture:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))


def print_pairs(pairs: Mapping[str, object]) -> None:
    """Print one thing as `name  value` lines; what is None is left out."""
    width = max(map(len, pairs), default=0)
    for name, value in pairs.items():
        if value is not None:
            click.echo(f"{name:<{width}}  {value}")


def say(text: str) -> None:
    """Print a line for people, not for programs that read standard output."""
    click.echo(text, err=True)


def print_problems(problems: Iterable[Problem], kind: str = "") -> None:
    """Print problems on standard error, one a line."""
    for problem in problems:
        say(f"{kind}{problem}")


def written_time(seconds: int | None) -> str | None:
    """Write a time (seconds since 1970 UTC) as in RFC 3339."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written_age(seconds: int | None) -> str | None:
    """Write an age for people, in its two largest units: `47 h 59 min`."""
    if seconds is None:
        return None
    largest = next((at for at, (length, _) in enumerate(_UNITS) if seconds >= length), len(_UNITS) - 1)
    parts: list[str] = []
    for length, unit in _UNITS[largest : largest + 2]:
        count, seconds = divmod(seconds, length)
        if count or not parts:
            parts.append(f"{count} {unit}")
    return " ".join(parts)


def problem_members(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON members."""
    return {"key": problem.key, "line": problem.line, "text": problem.text}
