"""What is erased here is erased at the provider: by the real process, over restarts, and with nothing of a client."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.capture_http import Answer, Hang, HttpCapture, Taken, reply
from tests.fakes.configuration import merged
from tests.fakes.gateway import START_SECONDS, STEP_SECONDS, Gateway
from tests.fakes.http_wire import Reply, ask, request
from tests.oracle import sinks
from tests.oracle.room import LOUD, Room
from tests.oracle.searcher import Sink, present, search

NUMBER = "+4915112345678"
MESSAGES = b"/2010-04-01/Accounts/ACtrial/Messages"
BASIC = b"authorization: basic " + base64.b64encode(b"SKtrial:made-up").lower()


class Twilio:
    """A vendor that numbers what it takes, and erases what it is told to with `erases`."""

    def __init__(self) -> None:
        self.count = 0
        self.erases: Answer | Callable[[Taken], Answer] = reply(204)
        self.capture = HttpCapture(self.answer)

    def answer(self, taken: Taken) -> Answer:
        """Take a message, or erase one."""
        if taken.head.startswith(b"DELETE "):
            return self.erases(taken) if callable(self.erases) else self.erases
        self.count += 1
        return reply(201, json.dumps({"sid": sid(self.count), "num_segments": "1"}).encode())

    @property
    def told(self) -> list[Taken]:
        """The calls that erase."""
        return [taken for taken in self.capture.taken if taken.head.startswith(b"DELETE ")]

    async def is_told(self, count: int) -> list[Taken]:
        """Return the calls that erase as soon as there are so many."""
        async with asyncio.timeout(START_SECONDS), self.capture.arrived:
            await self.capture.arrived.wait_for(lambda: len(self.told) >= count)
        return self.told

    def table(self) -> dict[str, object]:
        """Return its table in the configuration."""
        return {
            "type": "twilio",
            "base_url": self.capture.url,
            "account_sid": "ACtrial",
            "key_sid": "SKtrial",
            "secret": "made-up",
            "allow_private_network": True,
            "erase_after": "1s",
        }


def sid(number: int) -> str:
    """Return the vendor's id of its message of that number."""
    return f"SM{number:032x}"


def erases(taken: Taken, number: int) -> bool:
    """Whether a call is the right one for a message, with the right credentials, and has no body."""
    line, *lines = taken.head.split(b"\r\n")
    is_right = line == b"DELETE " + MESSAGES + f"/{sid(number)}.json HTTP/1.1".encode()
    return is_right and BASIC in map(bytes.lower, lines) and taken.body == b""


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    """A vendor that erases."""
    vendor = Twilio()
    async with vendor.capture:
        yield vendor


def tables(twilio: Twilio) -> dict[str, Any]:
    """Return a configuration with that vendor."""
    return {"providers": {"texts": twilio.table()}, "routes": {"sms": ["texts"]}}


async def sent(gateway: Gateway, key: str, number: str = NUMBER) -> str:
    """Send a message and return its id."""
    message = (await gateway.submit("sms", key, {"recipient": number, "text": "Ihr Termin"})).json()["id"]
    await gateway.settled(message, key, at=["sent"])
    return str(message)


async def erased(gateway: Gateway, number: str = NUMBER) -> Mapping[str, Any]:
    """Erase a person by the command and return the receipt."""
    done = await gateway.call("subject", "erase", "--json", stdin=f"{number}\n".encode())
    assert done.code == 0, done
    receipt: Mapping[str, Any] = json.loads(done.stdout)
    return receipt


async def counted(gateway: Gateway, outcome: str, count: int) -> None:
    """Wait until so many erasures have ended so."""
    line = f'umschlag_erasures_total{{outcome="{outcome}",provider="texts"}} {count:.1f}'.encode()
    for _ in range(round(START_SECONDS / STEP_SECONDS)):
        if line in (await gateway.admin("/metrics")).raw:
            return
        await asyncio.sleep(STEP_SECONDS)
    message = f"never {outcome} {count} times"
    raise AssertionError(message)


def held(gateway: Gateway, text: str) -> list[str]:
    """Return the files of the gateway that a text is in."""
    files = [path for path in gateway.folder.rglob("*") if path.is_file()]
    return [path.name for path in files if text.encode() in path.read_bytes()]


async def test_a_person_and_a_client_have_it_erased(twilio: Twilio, tmp_path: Path) -> None:
    """By command, by the admin's JSON and by the client: one call for each message, and nothing of it is left."""
    async with Gateway(tmp_path, tables(twilio)) as gateway:
        key = await gateway.add_client("praxis")
        await sent(gateway, key)
        withdrawn = await sent(gateway, key, "+4915112345679")
        await sent(gateway, key, "+4915112345670")
        receipt = await erased(gateway)
        assert (receipt["messages"], receipt["ordered"], receipt["left"]) == (1, {"texts": 1}, {})
        assert erases((await twilio.is_told(1))[0], 1)
        assert (await gateway.ask(request("DELETE", f"/v1/messages/{withdrawn}", key=key))).status == 200
        assert erases((await twilio.is_told(2))[1], 2)
        body = json.dumps({"address": "+4915112345670"}).encode()
        asked = request("POST", "/api/subjects/erase", body=body, key=gateway.admin_token())
        assert (await ask(gateway.admin_port, asked)).json()["ordered"] == {"texts": 1}
        assert erases((await twilio.is_told(3))[2], 3)
        await counted(gateway, "erased", 3)
    assert len(twilio.told) == 3
    assert [held(gateway, sid(number)) for number in (1, 2, 3)] == [[], [], []]


async def test_a_provider_that_is_away_is_told_when_it_is_back(twilio: Twilio, tmp_path: Path) -> None:
    """The order outlives the process, however it ends; the provider's id is on disk until then, and no longer."""
    async with Gateway(tmp_path, tables(twilio)) as gateway:
        key = await gateway.add_client("praxis")
        await sent(gateway, key)
        await twilio.capture.close()
        assert (await erased(gateway))["ordered"] == {"texts": 1}
        await gateway.logged("erasure_put_off")
        await gateway.kill()
        assert held(gateway, sid(1)) != []
        await gateway.start()
        await twilio.capture.listen()
        assert erases((await twilio.is_told(1))[0], 1)
        await counted(gateway, "erased", 1)
    assert held(gateway, sid(1)) == []


async def test_a_process_that_dies_in_a_call_makes_it_again(twilio: Twilio, tmp_path: Path) -> None:
    """Nobody knows whether it was heard; erased twice is erased."""
    short = merged(tables(twilio), {"providers": {"texts": {"timeout": "1s"}}})
    twilio.erases = Hang()
    async with Gateway(tmp_path, short) as gateway:
        key = await gateway.add_client("praxis")
        await sent(gateway, key)
        await erased(gateway)
        await twilio.is_told(1)
        await gateway.kill()
        twilio.erases = reply(404, b'{"code":20404,"status":404}')
        await gateway.start()
        assert erases((await twilio.is_told(2))[1], 1)
        await counted(gateway, "erased", 1)


async def test_without_a_running_gateway_the_next_one_does_it(twilio: Twilio, tmp_path: Path) -> None:
    """The command says so, and leaves the order."""
    gateway = Gateway(tmp_path, tables(twilio))
    async with gateway:
        key = await gateway.add_client("praxis")
        await sent(gateway, key)
    done = await gateway.call("subject", "erase", stdin=NUMBER.encode())
    assert "ordered" in done.stdout
    assert "a running gateway carries it out, or the next one that starts" in done.stderr
    assert twilio.told == []
    async with gateway:
        assert erases((await twilio.is_told(1))[0], 1)
        await counted(gateway, "erased", 1)


async def test_a_vendor_that_cannot_is_told_of(twilio: Twilio, tmp_path: Path) -> None:
    """The order ends, is counted, and stands in the log without any id."""
    twilio.erases = reply(405, b"{}")
    async with Gateway(tmp_path, tables(twilio)) as gateway:
        key = await gateway.add_client("praxis")
        await sent(gateway, key)
        await erased(gateway)
        [line] = await gateway.logged("erasure_refused")
        assert (line["provider"], line["reason"]) == ("texts", "refused")
        await counted(gateway, "impossible", 1)
    assert sid(1) not in gateway.stderr.read_text(encoding="utf-8")


async def test_no_mark_of_a_client_is_in_the_call(twilio: Twilio, tmp_path: Path) -> None:
    """Not even what the provider was told of the message before; nor is any in what the gateway keeps and says."""
    twilio.erases = lambda taken: reply(405, taken.raw)
    room = await Room.open(Gateway(tmp_path, merged(LOUD, tables(twilio))), seed=43)
    gateway = room.gateway
    number = room.mint.phone("number", "+491511")
    message = await room.sms(number)
    await gateway.settled(message, room.client.key, at=["sent"])
    other = await room.sms(room.mint.phone("other", "+491512"))
    await gateway.settled(other, room.client.key, at=["sent"])
    done = await gateway.call("subject", "erase", "--json", stdin=f"{number}\n".encode())
    gateway.answers.append(Reply(200, f"{done.stdout}{done.stderr}".replace("\n", " ").encode(), b""))
    withdrawal = request("DELETE", f"/v1/messages/{other}", headers=room.client.headers, key=room.client.key)
    assert (await gateway.ask(withdrawal)).status == 200
    told = await twilio.is_told(2)
    assert [present(Sink("call", taken.raw), room.mint.marks) for taken in told] == [set(), set()]
    assert search(await sinks.of(gateway, [twilio.capture]), room.mint.marks) == []
    assert await gateway.terminate() == 0
    assert search(sinks.at_rest(gateway), room.mint.marks) == []
