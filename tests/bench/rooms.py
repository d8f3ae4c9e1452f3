"""Gateways as the measurements want them: everything switched on, limits out of the way, one provider."""

import json
import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from tests.fakes.gateway import Gateway
from tests.fakes.ports import KeptPort
from tests.oracle.sinks import family

PLENTY: Final = 10_000_000


def gateway(folder: Path, sink_port: int, *, concurrency: int = 100) -> Gateway:
    """Return a gateway whose SMS go to a sink that speaks seven's language."""
    provider = {
        "type": "seven",
        "base_url": f"http://127.0.0.1:{sink_port}",
        "allow_private_network": True,
        "api_key": "bench",
        "max_concurrency": concurrency,
    }
    tables = {"providers": {"sink": provider}, "routes": {"sms": ["sink"]}}
    return Gateway(folder, tables | _plenty())


def mail_gateway(folder: Path, sink_port: int) -> Gateway:
    """Return a gateway whose mail goes to a mail server on this machine."""
    provider = {"type": "smtp", "host": "127.0.0.1", "port": sink_port, "tls": "none", "allow_private_network": True}
    return Gateway(folder, {"providers": {"sink": provider}, "routes": {"email": ["sink"]}} | _plenty())


def submission_gateway(folder: Path, hanging_port: int) -> Gateway:
    """Return a gateway that takes mail over SMTP, whose one hand-over at a time never ends."""
    provider = {
        "type": "smtp",
        "host": "127.0.0.1",
        "port": hanging_port,
        "tls": "none",
        "allow_private_network": True,
        "max_concurrency": 1,
        "timeout": "60s",
    }
    tables = {"smtp": {}, "providers": {"sink": provider}, "routes": {"email": ["sink"]}}
    return Gateway(folder, tables | _plenty())


def _plenty() -> dict[str, Any]:
    return {"limits": {"rate": f"{PLENTY}/s", "daily": PLENTY}, "log": {"level": "warning"}}


def sms_bodies(folder: Path) -> Path:
    """Write a file of SMS, one JSON a line, and return its path."""
    numbers = [f"+4915112{number:06d}" for number in range(1000)]
    texts = [f"Ihr Code lautet {secrets.randbelow(1_000_000):06d}. Er gilt zehn Minuten." for _ in numbers]
    lines = [json.dumps({"recipient": number, "text": text}) for number, text in zip(numbers, texts, strict=True)]
    return _written(folder / "sms", lines)


def mail_bodies(folder: Path) -> Path:
    """Write a file of mails, one JSON a line, and return its path."""
    mail = {
        "sender": "Praxis <praxis@praxis.example.org>",
        "subject": "Ihr Termin",
        "text": "Guten Tag,\n\nbis morgen.\n",
    }
    lines = [json.dumps(mail | {"recipient": f"nr{number}@example.com"}) for number in range(1000)]
    return _written(folder / "mails", lines)


def _written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def stored(room: Gateway) -> int:
    """Return how many messages the spool has, counted in the database itself."""
    with closing(sqlite3.connect(f"file:{room.home}/data/spool.db?mode=ro", uri=True)) as database:
        (count,) = database.execute("SELECT count(*) FROM messages").fetchone()
        return int(count)


def peak_memory(pid: int) -> float:
    """Return the most memory that a process has had, with what it has started, in MB."""
    return sum(map(_peak, family(pid))) / 1024


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used, with what it has started.

    It is a figure that a busy machine falsifies less than a rate.
    """
    return sum(map(_ticks, family(pid))) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> int:
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def sink_port() -> int:
    """Return a port for a program that cannot choose one by itself."""
    return KeptPort().number
