"""The leak oracle over a keyring in a database: what its dump, its log and the outage of its server give away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.settings import Settings
from gateway.spool.keyring import KeyPurpose, the_keyring
from gateway.spool.keyring_wrap_key import make_wrap_key
from tests.fakes.capture_http import HttpCapture
from tests.fakes.configuration import merged
from tests.fakes.gateway import START_SECONDS, STEP_SECONDS, Gateway
from tests.fakes.postgres import Postgres
from tests.fakes.provider_tables import seven
from tests.oracle import sinks
from tests.oracle.marks import Kind
from tests.oracle.room import LOUD, Room
from tests.oracle.searcher import Sink, search


@pytest.fixture
def database(postgres: Postgres) -> str:
    """Make an empty database for keys."""
    return postgres.database()


@pytest.fixture
async def room(web: HttpCapture, postgres: Postgres, database: str, tmp_path: Path) -> AsyncIterator[Room]:
    """A gateway whose keys are in the database, wrapped."""
    make_wrap_key(tmp_path / "wrap")
    keyring = {"url": postgres.url(database), "wrap_key_file": str(tmp_path / "wrap")}
    tables = {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}, "keyring": keyring}
    opened = await Room.open(Gateway(tmp_path, merged(LOUD, tables)), seed=71)
    opened.mint.known("database-password", postgres.password, Kind.AMBIENT)
    opened.mint.known("wrap-key", (tmp_path / "wrap").read_text(encoding="ascii").strip(), Kind.AMBIENT)
    yield opened
    await opened.gateway.kill()


def keys(url: str, wrap: Path) -> Iterator[bytes]:
    """Yield keys of every kind as they are in clear, with the wrap key."""
    keyring = the_keyring(Settings.model_validate({"keyring": {"url": url, "wrap_key_file": wrap}}), base=Path("/"))
    try:
        yield keyring.auth_key()
        yield from map(keyring.lasting_key, KeyPurpose)
        yield from map(keyring.tag_key, keyring.tag_months())
    finally:
        keyring.close()


async def test_a_dump_of_the_keys_gives_nothing_away(
    room: Room, web: HttpCapture, postgres: Postgres, database: str, tmp_path: Path
) -> None:
    """No mark of a message or its client, and no key in clear, is in it or in the server's own files."""
    message = await room.sms(room.mint.phone("number"))
    await room.gateway.settled(message, room.client.key, at=["sent"])
    dump = postgres.dump(database)
    known = list(keys(postgres.url(database), tmp_path / "wrap"))
    assert len(known) >= 5
    assert not any(key.hex().encode() in dump for key in known)
    at_the_server = [Sink("dump", dump), Sink("log", postgres.log())]
    assert search([*at_the_server, *await sinks.of(room.gateway, [web])], room.mint.marks) == []


async def test_an_outage_of_the_keys_gives_nothing_away(room: Room, web: HttpCapture, postgres: Postgres) -> None:
    """Neither answers nor logs say what could not be sealed, or how the database is reached."""
    postgres.stop()
    try:
        for _ in range(round(START_SECONDS / STEP_SECONDS)):
            if (await room.gateway.admin("/readyz")).status == 503:
                break
            await asyncio.sleep(STEP_SECONDS)
        fields = {"recipient": room.mint.phone("number-away"), "text": room.mint.content("away")}
        assert (await room.gateway.ask(room.client.request("sms", fields))).status == 503
        pages = await sinks.admin_sinks(room.gateway.admin)
    finally:
        postgres.start()
    assert search([*pages, *sinks.at_rest(room.gateway)], room.mint.marks) == []
