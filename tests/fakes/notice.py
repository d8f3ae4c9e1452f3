"""The disclosure of a configuration on a real port, over the real store, read again as a reload does."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from gateway.config import load
from gateway.delivery.built import build
from gateway.http_server import HttpLimits, Listener, Routes
from gateway.intake.archive import Archive
from gateway.intake.disclosing import Disclosing
from gateway.logs import Log
from gateway.logs.field import Listener as ListenerName
from gateway.spool.sqlite import SqliteStore
from tests.fakes import configuration
from tests.fakes.configuration import Tables

NOW: Final = 1_800_000_000  # 2027-01-15

TABLES: Final[Tables] = {
    "controller": {
        "name": "Praxis Dr. Müller",
        "address": "Hauptstraße 1, 10115 Berlin",
        "email": "datenschutz@praxis.example",
        "dpo": "dsb@praxis.example",
        "authority": "Berliner Beauftragte für Datenschutz und Informationsfreiheit",
    },
    "providers": {
        "smarthost": {"type": "smtp", "host": "mail.example"},
        "seven-main": {"type": "seven", "api_key": "made-up"},
        "box": {"type": "sandbox"},
        "unused": {"type": "seven", "api_key": "made-up"},
    },
    "routes": {"email": ["smarthost", "box"], "sms": ["seven-main"]},
}


@dataclass
class NoticeBoard:
    """What tells of the configuration in `folder`."""

    port: int
    folder: Path
    disclosing: Disclosing
    now: int = NOW

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    async def publish(self, tables: Tables) -> None:
        """Tell of a configuration."""
        path = self.folder / "gateway.toml"
        configuration.write(path, tables)
        found = load(path, {"UMSCHLAG_HOME": str(self.folder)})
        built = build(found)
        assert built.problems == ()
        await self.disclosing.publish(found, built)


@asynccontextmanager
async def telling(folder: Path, tables: Tables = TABLES) -> AsyncIterator[NoticeBoard]:
    """Serve what is told of a configuration."""
    store = SqliteStore(folder / "spool.db")
    await store.open()
    board = NoticeBoard(0, folder, Disclosing(store, clock=lambda: board.now))
    await board.publish(tables)
    limits = HttpLimits(max_requests=64, read_timeout=timedelta(seconds=60))
    log = Log(io.StringIO())
    archive = Archive(store, clock=lambda: board.now)
    routes = Routes([*board.disclosing.routes(), *archive.routes()])
    listener = Listener(ListenerName.HTTP, routes.answer, log, limits)
    board.port = await listener.start("127.0.0.1:0")
    try:
        yield board
    finally:
        await listener.stop(timedelta(seconds=1))
        await store.close()
