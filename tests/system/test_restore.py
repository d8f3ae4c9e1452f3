"""A spool put back from a copy under the real process: nothing is sent again, and what was erased stays erased."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.fakes.capture_http import HttpCapture, reply
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import request
from tests.fakes.provider_tables import seven

NUMBER, OBJECTING = "+4915112345678", "+4915112345679"


def sms(number: str) -> dict[str, str]:
    """Return a text message to a number."""
    return {"recipient": number, "text": "Ihr Termin ist morgen."}


async def copied(gateway: Gateway, to: Path) -> None:
    """Stop the gateway, copy the spool, and start it again."""
    assert await gateway.terminate() == 0
    shutil.copytree(gateway.home / "data", to)
    await gateway.start()


async def put_back(gateway: Gateway, copy: Path) -> None:
    """Stop the gateway, and start it on the copy."""
    assert await gateway.terminate() == 0
    shutil.rmtree(gateway.home / "data")
    shutil.copytree(copy, gateway.home / "data")
    await gateway.start()


async def test_a_copy_that_is_put_back_sends_nothing_by_itself(web: HttpCapture, tmp_path: Path) -> None:
    """What waited in it is held, though it is due; the operator lets it go. What was sent since is not sent again."""
    await web.close()
    async with Gateway(tmp_path, {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}}) as gateway:
        key = await gateway.add_client("praxis")
        message = (await gateway.submit("sms", key, sms(NUMBER))).json()["id"]
        await gateway.settled(message, key, at=["deferred"])
        await copied(gateway, tmp_path / "copy")
        await web.listen()
        await gateway.settled(message, key, at=["sent"])
        await put_back(gateway, tmp_path / "copy")
        assert [event["count"] for event in await gateway.logged("restored")] == [1]
        assert (await gateway.status(message, key))["status"] == "in_doubt"
        ready = await gateway.admin("/readyz")
        assert (ready.status, ready.json()["checks"]["restored"]["ok"]) == (503, False)
        # New ones are taken and sent meanwhile.
        fresh = (await gateway.submit("sms", key, sms(NUMBER))).json()["id"]
        await gateway.settled(fresh, key, at=["sent"])
        assert len(web.taken) == 2
        released = await gateway.call("messages", "release", "--restored", "--json")
        assert json.loads(released.stdout) == {"released": 1}
        await gateway.settled(message, key, at=["sent"])
        assert (await gateway.admin("/readyz")).status == 200
    assert len(web.taken) == 3


async def test_a_copy_that_is_put_back_is_told_what_was_erased(web: HttpCapture, tmp_path: Path) -> None:
    """Erased messages are gone again, and who objected since the copy was made is kept out."""
    at = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    async with Gateway(tmp_path, {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}}) as gateway:
        key = await gateway.add_client("praxis")
        erased = (await gateway.submit("sms", key, sms(OBJECTING), Send_At=at)).json()["id"]
        withdrawn = (await gateway.submit("sms", key, sms(NUMBER), Send_At=at)).json()["id"]
        await copied(gateway, tmp_path / "copy")
        for action in ("erase", "object"):
            done = await gateway.call("subject", action, stdin=OBJECTING.encode())
            assert done.code == 0, done
        assert (await gateway.ask(request("DELETE", f"/v1/messages/{withdrawn}", key=key))).status == 200
        await put_back(gateway, tmp_path / "copy")
        for message in (erased, withdrawn):
            assert (await gateway.ask(request("GET", f"/v1/messages/{message}", key=key))).status == 404
        assert (await gateway.submit("sms", key, sms(OBJECTING))).status == 422
    assert web.taken == []


async def test_a_copy_that_is_put_back_has_it_erased_again(web: HttpCapture, tmp_path: Path) -> None:
    """What was ordered of providers since the copy was made is ordered again: the order was lost with the spool."""
    taking = reply(201, b'{"uuid":"d6c1","status_code":0}')
    web.answer = lambda taken: reply(204) if taken.head.startswith(b"DELETE ") else taking
    lox24 = {
        "type": "lox24",
        "base_url": web.url,
        "client_id": "1",
        "api_key": "made-up",
        "allow_private_network": True,
        "erase_after": "1s",
    }
    async with Gateway(tmp_path, {"providers": {"web": lox24}, "routes": {"sms": ["web"]}}) as gateway:
        key = await gateway.add_client("praxis")
        message = (await gateway.submit("sms", key, sms(NUMBER))).json()["id"]
        await gateway.settled(message, key, at=["sent"])
        await copied(gateway, tmp_path / "copy")
        assert (await gateway.call("subject", "erase", stdin=NUMBER.encode())).code == 0
        await gateway.logged("erased_there")
        await put_back(gateway, tmp_path / "copy")
        await gateway.logged("erased_there", 2)
    assert [taken.head.split(b" ")[1] for taken in web.taken] == [b"/sms", b"/sms/d6c1", b"/sms/d6c1"]


async def test_a_gateway_that_is_killed_is_no_copy(web: HttpCapture, tmp_path: Path) -> None:
    """Nothing is held after a crash: the spool is not older than what the keyring has seen."""
    async with Gateway(tmp_path, {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}}) as gateway:
        for _ in range(2):
            await gateway.kill()
            await gateway.start()
        assert gateway.events("restored") == []


async def test_a_copy_that_was_made_while_it_ran_is_recognised(web: HttpCapture, tmp_path: Path) -> None:
    """However soon before a stop in order: what was sent since is not sent again."""
    await web.close()
    async with Gateway(tmp_path, {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}}) as gateway:
        key = await gateway.add_client("praxis")
        message = (await gateway.submit("sms", key, sms(NUMBER))).json()["id"]
        await gateway.settled(message, key, at=["deferred"])
        (tmp_path / "copy").mkdir(mode=0o700)
        with (
            closing(sqlite3.connect(gateway.home / "data" / "spool.db")) as source,
            closing(sqlite3.connect(tmp_path / "copy" / "spool.db")) as target,
        ):
            source.backup(target)
        await web.listen()
        await gateway.settled(message, key, at=["sent"])
        await put_back(gateway, tmp_path / "copy")
        assert [event["count"] for event in await gateway.logged("restored")] == [1]
        assert (await gateway.status(message, key))["status"] == "in_doubt"
    assert len(web.taken) == 1


async def test_a_copy_that_is_put_back_is_told_what_was_erased_while_nothing_ran(
    web: HttpCapture, tmp_path: Path
) -> None:
    """Commands begin a generation too: the copy that was made before them is an older one."""
    at = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    async with Gateway(tmp_path, {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}}) as gateway:
        key = await gateway.add_client("praxis")
        erased = (await gateway.submit("sms", key, sms(OBJECTING), Send_At=at)).json()["id"]
        assert await gateway.terminate() == 0
        shutil.copytree(gateway.home / "data", tmp_path / "copy")
        assert (await gateway.call("subject", "erase", stdin=OBJECTING.encode())).code == 0
        shutil.rmtree(gateway.home / "data")
        shutil.copytree(tmp_path / "copy", gateway.home / "data")
        await gateway.start()
        assert (await gateway.ask(request("GET", f"/v1/messages/{erased}", key=key))).status == 404
