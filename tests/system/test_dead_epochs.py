"""Copies from outside: content whose key is destroyed, numbers whose month has no key: nobody gets them back."""

import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.capture_http import HttpCapture
from tests.fakes.gateway import Gateway
from tests.fakes.provider_tables import seven

NUMBER = "+4915112345678"
OLD, NEW = "Alter Text 4711", "Neuer Text 0815"


@pytest.fixture
async def gateway(web: HttpCapture, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway in front of a provider of SMS, with a client."""
    async with Gateway(tmp_path, {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}}) as running:
        yield running


async def later(gateway: Gateway, key: str, text: str) -> str:
    """Submit a message that is due in an hour, and return its id."""
    at = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    reply = await gateway.submit("sms", key, {"recipient": NUMBER, "text": text}, Send_At=at)
    assert reply.status == 202, reply
    return str(reply.json()["id"])


async def proved(gateway: Gateway, copy: Path) -> list[tuple[bool, int, int]]:
    """Return of each epoch in a copy whether its key lives, how many contents there are, and how many were opened."""
    done = await gateway.call("retention", "prove", str(copy / "spool.db"), "--json")
    assert done.code == 0, done
    return [(epoch["key"], epoch["contents"], epoch["opened"]) for epoch in json.loads(done.stdout)["epochs"]]


async def test_a_copy_with_later_keys_gives_back_nothing(gateway: Gateway, web: HttpCapture, tmp_path: Path) -> None:
    """The data folder of before and the keys of after, together: nothing opens, and nothing of it is ever sent."""
    key = await gateway.add_client("praxis")
    old = await later(gateway, key, OLD)
    assert await gateway.terminate() == 0
    data, keys = gateway.home / "data", gateway.home / "keys"
    copy = Path(shutil.copytree(data, tmp_path / "copy"))
    assert await proved(gateway, copy) == [(True, 1, 1)]
    assert (await gateway.call("keys", "destroy", "--all", "--yes")).code == 0
    await gateway.start()
    # Life goes on: these keys are later ones.
    new = await later(gateway, key, NEW)
    assert [opened for _, _, opened in await proved(gateway, copy)] == [0]
    assert await gateway.terminate() == 0
    shutil.copytree(keys, tmp_path / "later_keys")
    shutil.rmtree(data)
    shutil.copytree(copy, data)
    await gateway.start()
    released = await gateway.call("messages", "release", "--restored", "--json")
    assert released.code == 0, released
    assert (await gateway.settled(old, key, at=["expired", "failed"]))["id"] == old
    assert {new, old} & {each["id"] for each in await listed(gateway)} == {old}
    assert web.taken == []


async def listed(gateway: Gateway) -> list[dict[str, str]]:
    """Return the messages that the operator sees."""
    found: list[dict[str, str]] = json.loads((await gateway.call("messages", "list", "--json")).stdout)
    return found


async def test_a_known_number_is_not_found_without_the_month_s_key(gateway: Gateway) -> None:
    """Data, and all keys but those of tags: who knows the number, and has the program, finds nothing."""
    key = await gateway.add_client("praxis")
    message = await later(gateway, key, OLD)
    assert await found(gateway) == [message]
    assert await gateway.terminate() == 0
    months = list((gateway.home / "keys" / "tags").glob("*.key"))
    assert len(months) == 1
    months[0].unlink()
    assert await found(gateway) == []
    # What is searched for is there all the same.
    assert [each["id"] for each in await listed(gateway)] == [message]


async def found(gateway: Gateway) -> list[str]:
    """Return the ids of the messages to the number, as `umschlag subject` finds them."""
    done = await gateway.call("subject", "report", "--json", stdin=NUMBER.encode())
    assert done.code == 0, done
    return [each["id"] for each in json.loads(done.stdout)["messages"]]
