"""The command line, called in this process: what it prints, and its exit status."""

import io
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import run


@dataclass(frozen=True, slots=True)
class Finished:
    """What one command ended with."""

    code: int
    stdout: str
    stderr: str

    def json(self) -> Any:  # noqa: ANN401 (whatever JSON holds)
        """Return what was printed, a JSON document."""
        return json.loads(self.stdout)


class CommandLine:
    """Calls commands with a home of its own and nothing of Umschlag's from the outside."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        for name in [name for name in os.environ if name.startswith("UMSCHLAG_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("UMSCHLAG_HOME", str(home))
        self.home = home
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str, stdin: bytes = b"") -> Finished:
        """Run one command."""
        with self._monkeypatch.context() as patched:
            patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            self._capsys.readouterr()
            code = run(arguments)
            return Finished(code, *self._capsys.readouterr())

    def configure(self, text: str) -> Path:
        """Write a configuration file that all commands use from now on, and return its path."""
        path = self.home.parent / "gateway.toml"
        path.write_text(text, encoding="utf-8")
        self._monkeypatch.setenv("UMSCHLAG_CONFIG", str(path))
        return path
