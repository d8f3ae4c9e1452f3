"""Where each key of a TOML text stands: the standard library's parser tells values, not places."""

import re
import tomllib
from typing import Final

from gateway.config.key import Key

# TOML 1.0.0; the text has been read by tomllib before, so only what is valid is told apart here.
_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_PART: Final = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_DOT: Final = re.compile(r"[ \t]*\.[ \t]*")
_VALUE_TOKEN: Final = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}(?!")'''
    r"""|\'{3}.*?\'{3,5}(?!\')"""
    r"""|"(?:[^"\\]|\\.)*"|'[^']*'|\#[^\n]*|[^"'\#\[\]{}\n]+|.""",
    re.DOTALL,
)
_DEPTH: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


def key_lines(text: str) -> dict[Key, int]:
    """Return the line of each table header and each `key =` of a valid TOML text, counted from 1.

    A list of tables counts from 0. Keys inside inline tables are not told: their table's line is close enough.
    """
    return _Reader(text).read()


class _Reader:
    """Walks over the statements of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._table: Key = ()
        self._last_item: dict[Key, int] = {}  # by list of tables: the position of its last table
        self._lines: dict[Key, int] = {}

    def read(self) -> dict[Key, int]:
        """Walk to the end."""
        self._skip(_BLANK)
        while self._at < len(self._text):
            line = self._text.count("\n", 0, self._at) + 1
            if self._text[self._at] == "[":
                self._read_header(line)
            else:
                key = self._table + self._read_key()
                self._note(key, line, above=len(self._table))
                self._skip_value()
            self._skip(_BLANK)
        return self._lines

    def _read_header(self, line: int) -> None:
        opens_item = self._text.startswith("[[", self._at)
        self._at += 2 if opens_item else 1
        self._skip(_SPACE)
        *parents, last = self._read_key()
        table: Key = ()
        for part in parents:
            table = self._inside((*table, part))
        table += (last,)
        if opens_item:
            self._lines.setdefault(table, line)
            self._last_item[table] = self._last_item.get(table, -1) + 1
        self._table = self._inside(table)
        self._note(self._table, line, above=0)
        end = self._text.find("\n", self._at)
        self._at = len(self._text) if end < 0 else end

    def _inside(self, table: Key) -> Key:
        """Return the last item of `table` where it is a list of tables, else `table` itself."""
        return (*table, self._last_item[table]) if table in self._last_item else table

    def _note(self, key: Key, line: int, *, above: int) -> None:
        """Note a key, and the tables that it makes by the way."""
        for length in range(above + 1, len(key) + 1):
            self._lines.setdefault(key[:length], line)

    def _read_key(self) -> Key:
        parts = [self._read_part()]
        while self._skip(_DOT):
            parts.append(self._read_part())
        return tuple(parts)

    def _read_part(self) -> str:
        part = self._take(_PART)
        return tomllib.loads(f"part = {part}")["part"] if part.startswith(('"', "'")) else part

    def _skip_value(self) -> None:
        self._at = self._text.index("=", self._at) + 1
        depth = 0
        while self._at < len(self._text) and not (depth == 0 and self._text[self._at] == "\n"):
            depth += _DEPTH.get(self._take(_VALUE_TOKEN), 0)

    def _take(self, form: re.Pattern[str]) -> str:
        found = form.match(self._text, self._at)
        if found is None:
            raise ValueError("not TOML")
        self._at = found.end()
        return found[0]

    def _skip(self, form: re.Pattern[str]) -> bool:
        return bool(self._take(form)) if form.match(self._text, self._at) else False
