"""The real process with its keys in a PostgreSQL database, wrapped: restarts, an outage, a copy, the end of keys."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.spool.keyring_wrap_key import make_wrap_key
from tests.fakes.capture_http import HttpCapture
from tests.fakes.configuration import Tables
from tests.fakes.gateway import PROGRAM, START_SECONDS, STEP_SECONDS, Gateway
from tests.fakes.postgres import Postgres
from tests.fakes.provider_tables import seven

NUMBER = "+4915112345678"
SMS = {"recipient": NUMBER, "text": "Ihr Termin ist morgen."}


def tables(web: HttpCapture, url: str, folder: Path) -> Tables:
    """Return a configuration with its keys in a database, wrapped by a key in a file."""
    wrap = folder / "wrap"
    make_wrap_key(wrap)
    keyring = {"url": url, "wrap_key_file": str(wrap)}
    return {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}, "keyring": keyring}


@pytest.fixture
def url(postgres: Postgres) -> str:
    """Return where an empty database is."""
    return postgres.url(postgres.database())


@pytest.fixture
async def gateway(web: HttpCapture, url: str, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that serves."""
    async with Gateway(tmp_path, tables(web, url, tmp_path)) as gateway:
        yield gateway


async def ready(gateway: Gateway, *, is_ready: bool) -> str:
    """Return what readiness says of the keyring as soon as it is so."""
    for _ in range(round(START_SECONDS / STEP_SECONDS)):
        check = (await gateway.admin("/readyz")).json()["checks"]["keyring"]
        if check["ok"] is is_ready:
            return str(check.get("detail", ""))
        await asyncio.sleep(STEP_SECONDS)
    message = f"the keyring is never seen as {is_ready}"
    raise AssertionError(message)


async def test_what_waits_outlives_a_restart(gateway: Gateway, web: HttpCapture) -> None:
    """Its content opens with the keys of the database, and nothing of the keyring lies in the state folder."""
    await web.close()
    key = await gateway.add_client("praxis")
    message = (await gateway.submit("sms", key, SMS)).json()["id"]
    await gateway.settled(message, key, at=["deferred"])
    await gateway.kill()
    await web.listen()
    await gateway.start()
    await gateway.settled(message, key, at=["sent"])
    assert web.taken[-1].members()["text"] == SMS["text"]
    status = json.loads((await gateway.call("keys", "status", "--json")).stdout)
    assert (status["kept_in"], status["wrapped"], len(status["epochs"])) == ("database", "yes", 2)
    assert not (gateway.home / "keys").exists()


async def test_while_the_database_is_away_nothing_is_accepted(
    gateway: Gateway, web: HttpCapture, postgres: Postgres
) -> None:
    """It is told who is to blame, and to come again; then it goes on by itself."""
    key = await gateway.add_client("praxis")
    assert (await gateway.submit("sms", key, SMS)).status == 202
    postgres.stop()
    try:
        assert "server" in await ready(gateway, is_ready=False)
        refused = await gateway.submit("sms", key, SMS)
        assert (refused.status, bool(refused.header("Retry-After"))) == (503, True)
        checked = await gateway.run("check")
        assert (checked.code, postgres.password in checked.stderr) == (2, False)
        assert "no server answers at its host and port: connection refused" in checked.stderr
    finally:
        postgres.start()
    await ready(gateway, is_ready=True)
    message = (await gateway.submit("sms", key, SMS)).json()["id"]
    await gateway.settled(message, key, at=["sent"])


async def test_without_the_database_it_does_not_start(gateway: Gateway, postgres: Postgres) -> None:
    """One line says why, without a password, and the status is 1."""
    assert await gateway.terminate() == 0
    postgres.stop()
    try:
        done = await gateway.run("serve")
    finally:
        postgres.start()
    assert (done.code, done.stdout) == (1, "")
    assert "the keyring cannot be used: no server answers at its host and port" in done.stderr
    assert postgres.password not in done.stderr


async def test_workers_share_the_keys(web: HttpCapture, url: str, tmp_path: Path) -> None:
    """Each of them opens the same database."""
    command = [str(PROGRAM), "serve", "--workers", "2"]
    async with Gateway(tmp_path, tables(web, url, tmp_path), command=command) as gateway:
        key = await gateway.add_client("praxis")
        sent = [(await gateway.submit("sms", key, SMS)).json()["id"] for _ in range(6)]
        for message in sent:
            await gateway.settled(message, key, at=["sent"])
        status = json.loads((await gateway.call("keys", "status", "--json")).stdout)
        assert len(status["epochs"]) == 2


async def test_a_copy_is_recognised_and_dies_with_its_keys(gateway: Gateway, web: HttpCapture, tmp_path: Path) -> None:
    """The database has the spool's generation, and whoever destroys its keys ends every copy."""
    await web.close()
    key = await gateway.add_client("praxis")
    message = (await gateway.submit("sms", key, SMS)).json()["id"]
    await gateway.settled(message, key, at=["deferred"])
    assert await gateway.terminate() == 0
    shutil.copytree(gateway.home / "data", tmp_path / "copy")
    copy = str(tmp_path / "copy" / "spool.db")
    await gateway.start()
    proved = json.loads((await gateway.call("retention", "prove", copy, "--json")).stdout)
    assert [(each["key"], each["opened"]) for each in proved["epochs"]] == [(True, 1)]
    assert await gateway.terminate() == 0
    shutil.rmtree(gateway.home / "data")
    shutil.copytree(tmp_path / "copy", gateway.home / "data")
    await gateway.start()
    assert [event["count"] for event in await gateway.logged("restored")] == [1]
    assert (await gateway.call("keys", "destroy", "--all", "--yes")).code == 0
    proved = json.loads((await gateway.call("retention", "prove", copy, "--json")).stdout)
    assert [(each["key"], each["opened"]) for each in proved["epochs"]] == [(False, 0)]
