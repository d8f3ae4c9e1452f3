"""The client API of real processes: keys between them and over a restart, waiting, batches, certificates."""

import asyncio
import json
import sqlite3
import ssl
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.fakes.capture_http import HttpCapture
from tests.fakes.certificates import pair_in
from tests.fakes.configuration import Tables, merged
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import Wire, request

SMS = {"recipient": "+4915112345678", "text": "Montag neun Uhr"}
ROUNDS = 30
# Bounds for a busy machine; nothing is judged by them.
TURNS, TURN = 400, 0.05


def tables(vendor: HttpCapture) -> Tables:
    """Return a configuration whose SMS go to a provider."""
    seven = {"type": "seven", "base_url": vendor.url, "api_key": "made-up", "allow_private_network": True}
    return {"providers": {"seven": seven}, "routes": {"sms": ["seven"]}}


@pytest.fixture
async def vendor() -> AsyncIterator[HttpCapture]:
    """A provider that accepts."""
    async with HttpCapture() as capture:
        yield capture


def post(key: str, members: object, path: str = "/v1/sms", **headers: str) -> bytes:
    """Write a request."""
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return request("POST", path, headers=fields, body=json.dumps(members).encode(), key=key)


def stored(gateway: Gateway) -> int:
    """Return how many messages the spool has, counted in the database itself."""
    with closing(sqlite3.connect(f"file:{gateway.home}/data/spool.db?mode=ro", uri=True)) as database:
        [count] = database.execute("SELECT count(*) FROM messages").fetchone()
        return int(count)


async def test_two_processes_asked_at_the_same_instant_store_one_message(vendor: HttpCapture, tmp_path: Path) -> None:
    """Whichever is first: both tell of the same message, which goes out once."""
    one = Gateway(tmp_path / "one", tables(vendor))
    shared = {
        "spool": {"url": f"sqlite:///{one.home}/data/spool.db"},
        "keyring": {"url": f"dir:///{one.home}/keys"},
    }
    other = Gateway(tmp_path / "other", merged(tables(vendor), shared))
    async with one, other:
        key = await one.add_client("praxis")
        async with Wire(one.http_port) as first, Wire(other.http_port) as second:
            for number in range(ROUNDS):
                said = post(key, SMS | {"text": f"Nr. {number}"}, Idempotency_Key=f"key-{number}")
                replies = await asyncio.gather(first.ask(said), second.ask(said))
                assert [reply.status for reply in replies] == [202, 202]
                assert replies[0].body == replies[1].body
            changed = await second.ask(post(key, SMS | {"text": "anders"}, Idempotency_Key="key-0"))
        assert (changed.status, changed.json()["type"]) == (422, "/problems/idempotency-key-reused")
        assert stored(one) == ROUNDS
        taken = await asyncio.wait_for(vendor.wait_for(ROUNDS), 60)
        texts = [json.loads(each.body)["text"] for each in taken]
        assert sorted(texts) == sorted(f"Nr. {number}" for number in range(ROUNDS))


async def test_a_key_is_known_after_a_power_cut(vendor: HttpCapture, tmp_path: Path) -> None:
    """The client that never heard an answer asks again, and the message is not sent a second time."""
    gateway = Gateway(tmp_path, tables(vendor))
    await gateway.start()
    key = await gateway.add_client("praxis")
    said = post(key, SMS, Idempotency_Key="only-once")
    batch = post(key, {"messages": [{"channel": "sms", **SMS}] * 3}, "/v1/batch", Idempotency_Key="batch")
    before = [(await gateway.ask(each)).body for each in (said, batch)]
    await gateway.kill()
    await gateway.start()
    after = [(await gateway.ask(each)).body for each in (said, batch)]
    assert (before, stored(gateway)) == (after, 4)
    assert await gateway.terminate() == 0


async def test_an_answer_waits_for_the_provider(vendor: HttpCapture, tmp_path: Path) -> None:
    """As long as the provider takes, and no longer; the connection serves others meanwhile."""
    async with Gateway(tmp_path, tables(vendor)) as gateway:
        key = await gateway.add_client("praxis")
        reply = await gateway.ask(post(key, SMS, Prefer="wait=25"))
        assert (reply.status, reply.json()["status"], reply.header("Preference-Applied")) == (200, "sent", "wait=25")
        later = await gateway.ask(post(key, SMS, Send_At="2999-01-01T00:00:00Z"))
        assert (later.status, later.json()["errors"][0]["field"]) == (422, "Send-At")


async def test_a_scheduled_message_survives_in_the_spool(vendor: HttpCapture, tmp_path: Path) -> None:
    """Where the operator allows it for longer than content is kept; its key is there, and dies later."""
    opted_in = merged(tables(vendor), {"retention": {"scheduled": "30d"}})
    async with Gateway(tmp_path, opted_in) as gateway:
        key = await gateway.add_client("praxis")
        now = await gateway.ask(post(key, SMS))
        await gateway.settled(now.json()["id"], key, at=["sent"])
        far = await gateway.ask(post(key, SMS, Send_At=_in_days(29)))
        too_far = await gateway.ask(post(key, SMS, Send_At=_in_days(31)))
        assert [far.status, too_far.status] == [202, 422]
        assert (await gateway.status(far.json()["id"], key))["status"] == "queued"
        epochs = sorted(int(path.stem) for path in (gateway.home / "keys" / "content").glob("*.key"))
        assert epochs[-1] - epochs[0] > 27 * 86_400
    assert len(vendor.taken) == 1


def _in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")


async def test_a_certificate_is_renewed_under_way(vendor: HttpCapture, tmp_path: Path) -> None:
    """New connections get the new one within seconds, without a restart or a signal."""
    old, new = trustme.CA(), trustme.CA()
    chain, key_file = pair_in(tmp_path, old, "127.0.0.1")
    http = {"http": {"tls_cert": str(chain), "tls_key": str(key_file)}}
    gateway = Gateway(tmp_path, merged(tables(vendor), http))
    await gateway.launch()
    assert await _until_trusted(gateway, old)
    pair_in(tmp_path, new, "127.0.0.1")
    assert await _until_trusted(gateway, new)
    assert await gateway.terminate() == 0


async def _until_trusted(gateway: Gateway, authority: trustme.CA) -> bool:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    for _ in range(TURNS):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port, ssl=context)
        except OSError:
            await asyncio.sleep(TURN)
            continue
        writer.close()
        return True
    return False
