"""The configuration file as a source of settings, and what stands in for it where there is none."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gateway.config.key import Key
from gateway.config.lines import key_lines
from gateway.config.places import url_of
from gateway.core.problem import Problem

_PLACE: Final = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)$")


@dataclass(frozen=True, slots=True)
class File:
    """A configuration file as read: its tree, the line of each key, or why it could not be read."""

    tree: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[Key, int] = field(default_factory=dict)
    problem: Problem | None = None


def read_file(path: Path) -> File:
    """Read a TOML file; what is wrong is told by place and never by what stands there."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return File(problem=Problem(path.name, "is not UTF-8", line))
    except OSError as error:
        return File(problem=Problem(path.name, f"cannot be read ({type(error).__name__})"))
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return File(problem=_syntax_problem(path.name, str(error), text))
    return File(tree, key_lines(text.replace("\r\n", "\n")))


def _syntax_problem(name: str, message: str, text: str) -> Problem:
    """Take nothing but the place out of the parser's message, which may hold a value."""
    found = _PLACE.search(message)
    if found is None:
        return Problem(name, "is not TOML: something is missing at its end", text.count("\n") + 1)
    return Problem(name, f"is not TOML, at column {found['column']}", int(found["line"]))


def embedded(home: Path) -> dict[str, Any]:
    """Return what holds without a file: both channels to the sandbox, a log for people."""
    return {
        "log": {"format": "console"},
        "providers": {"sandbox": {"type": "sandbox"}},
        "routes": {"email": ["sandbox"], "sms": ["sandbox"]},
        **in_home(home),
    }


def in_home(home: Path) -> dict[str, Any]:
    """Return where the state is unless file or environment say otherwise: data and keys in folders of their own."""
    return {
        "spool": {"url": url_of(home / "data" / "spool.db", ("spool", "url"))},
        "keyring": {"url": url_of(home / "keys", ("keyring", "url"))},
        "admin": {"token_file": str(home / "admin.token")},
    }
