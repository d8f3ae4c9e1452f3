"""A configuration that changes while the gateway runs: followed as a whole, or refused as a whole."""

import asyncio
import signal
from collections import Counter
from pathlib import Path
from typing import Any

from tests.fakes.capture_http import After, HttpCapture, reply, seven_accepts
from tests.fakes.configuration import Tables, merged
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import Reply, Wire, request
from tests.fakes.provider_tables import seven

CLIENTS = 8
MARK = "S3NT-reload"


def one_provider(capture: HttpCapture, **more: object) -> Tables:
    """Return a configuration with one provider, named `sms`."""
    return merged({"providers": {"sms": seven(capture)}, "routes": {"sms": ["sms"]}}, more)


def body(number: int) -> bytes:
    """Return a text message with a number in it."""
    return b'{"recipient":"+4915112345678","text":"Nr. %d."}' % number


def numbers(capture: HttpCapture) -> list[int]:
    """Return the numbers of the messages that a provider was given."""
    return [int(str(taken.members()["text"])[4:-1]) for taken in capture.taken]


async def send(gateway: Gateway, key: str, number: int = 1) -> Reply:
    """Submit one message."""
    return await gateway.ask(request("POST", "/v1/sms", body=body(number), key=key))


async def sent(gateway: Gateway, key: str, number: int = 1) -> dict[str, Any]:
    """Submit one message and wait until a provider has it."""
    return await gateway.settled((await send(gateway, key, number)).json()["id"], key, at=["sent"])


def said(gateway: Gateway) -> str:
    """Return all that the process has said."""
    return gateway.stderr.read_text(encoding="utf-8") + gateway.stdout.read_text(encoding="utf-8")


class Flood:
    """Clients that submit one message after the other until they are told to end."""

    def __init__(self, gateway: Gateway, key: str) -> None:
        self.accepted: dict[int, str] = {}
        self.ends = False
        self._gateway = gateway
        self._key = key
        self._next = 0

    async def run(self) -> None:
        """Submit."""
        await asyncio.gather(*(self._client() for _ in range(CLIENTS)))

    async def _client(self) -> None:
        async with Wire(self._gateway.http_port) as wire:
            while not self.ends:
                self._next += 1
                number = self._next
                reply = await wire.ask(request("POST", "/v1/sms", body=body(number), key=self._key))
                assert reply.status == 202, reply
                self.accepted[number] = reply.json()["id"]
                await asyncio.sleep(0.002)


async def test_providers_are_switched_under_load(tmp_path: Path) -> None:
    """The file changes three times: all that was accepted came once, and what comes afterwards goes to the new one."""
    async with HttpCapture() as first, HttpCapture() as second:
        async with Gateway(tmp_path, one_provider(first)) as gateway:
            key = await gateway.add_client("praxis")
            flood = Flood(gateway, key)
            running = asyncio.create_task(flood.run())
            captures = [first, second]
            for turn in range(1, 4):
                await captures[(turn + 1) % 2].wait_for(50 * turn)
                gateway.reconfigure(one_provider(captures[turn % 2]))
                await gateway.logged("reloaded", turn)
            flood.ends = True
            await running
            last = await sent(gateway, key, 1_000_000)
            for message in flood.accepted.values():
                await gateway.settled(message, key, at=["sent"])
        times = Counter(numbers(first) + numbers(second))
        assert dict.fromkeys([*flood.accepted, 1_000_000], 1) == dict(times)
        assert (last["provider"], numbers(second)[-1]) == ("sms", 1_000_000)


async def test_a_hand_over_ends_with_the_provider_that_it_began_with(tmp_path: Path) -> None:
    """What is in hand is answered by the old provider and not sent again; a new message does not wait for it."""
    gate = asyncio.Event()
    async with HttpCapture(lambda taken: After(gate, seven_accepts(taken))) as old, HttpCapture() as new:
        async with Gateway(tmp_path, one_provider(old)) as gateway:
            key = await gateway.add_client("praxis")
            slow = (await send(gateway, key)).json()["id"]
            await old.wait_for(1)
            gateway.reconfigure(one_provider(new))
            await gateway.logged("reloaded")
            await sent(gateway, key, 2)
            gate.set()
            status = await gateway.settled(slow, key, at=["sent"])
        assert (status["attempts"], numbers(old), numbers(new)) == (1, [1], [2])


async def test_what_is_wrong_is_refused_as_a_whole(web: HttpCapture, tmp_path: Path) -> None:
    """Two good changes beside a bad one: none is followed, each fault is told by key and line, and the old one runs."""
    async with Gateway(tmp_path, one_provider(web)) as gateway:
        key = await gateway.add_client("praxis")
        wrong: dict[str, object] = {
            "limits": {"rate": "1/h"},
            "sms": {"max_segments": MARK},
            "routes": {"sms": [MARK]},
        }
        gateway.reconfigure(one_provider(web, **wrong))
        refused = await gateway.logged("reload_refused", 2)
        assert {line["key"] for line in refused} == {"sms.max_segments", "routes.sms[0]"}
        assert all(line["line"] > 1 for line in refused)
        assert b"umschlag_reload_refused 1.0" in (await gateway.admin("/metrics")).body
        for number in (1, 2):
            await sent(gateway, key, number)
        assert MARK not in said(gateway)
        gateway.reconfigure(one_provider(web))
        await gateway.logged("reloaded")
        assert b"umschlag_reload_refused 0.0" in (await gateway.admin("/metrics")).body


async def test_a_signal_reloads_what_did_not_change(web: HttpCapture, tmp_path: Path) -> None:
    """SIGHUP reads secrets anew, although the configuration file is as it was."""
    secret = tmp_path / "key"
    secret.write_text("first", encoding="ascii")
    table = {name: value for name, value in seven(web).items() if name != "api_key"} | {"api_key_file": str(secret)}
    tables = {"providers": {"sms": table}, "routes": {"sms": ["sms"]}}
    async with Gateway(tmp_path, tables) as gateway:
        key = await gateway.add_client("praxis")
        await sent(gateway, key)
        secret.write_text("second", encoding="ascii")
        assert gateway.process is not None
        gateway.process.send_signal(signal.SIGHUP)
        await gateway.logged("reloaded")
        await sent(gateway, key, 2)
    assert [b"first" in taken.head for taken in web.taken] == [True, False]
    assert [b"second" in taken.head for taken in web.taken] == [False, True]


async def test_limits_and_level_are_followed_and_the_rest_is_named(web: HttpCapture, tmp_path: Path) -> None:
    """Rates, longest texts, regions and the log's level hold from the reload on; what takes a restart is said."""
    changed: dict[str, object] = {
        "limits": {"rate": "2/h"},
        "sms": {"max_segments": 1, "default_region": "AT"},
        "log": {"level": "debug"},
        "gateway": {"name": "other.example"},
        "smtp": {},
        "delivery": {"lease": "1m", "deadline": "1h"},
    }
    async with Gateway(tmp_path, one_provider(web)) as gateway:
        key = await gateway.add_client("praxis")
        assert (await send(gateway, key)).status == 202
        gateway.reconfigure(one_provider(web, **changed))
        await gateway.logged("reloaded")
        assert {line["key"] for line in gateway.events("restart_needed")} == {"gateway.name", "smtp", "delivery.lease"}
        long = b'{"recipient":"+4915112345678","text":"%s"}' % (b"x" * 161)
        assert (await gateway.ask(request("POST", "/v1/sms", body=long, key=key))).status == 422
        national = b'{"recipient":"0664 1234567","text":"Servus"}'
        assert (await gateway.ask(request("POST", "/v1/sms", body=national, key=key))).status == 202
        assert [(await send(gateway, key, number)).status for number in (2, 3)] == [202, 429]
        await gateway.logged("attempt_ended")
        gateway.reconfigure(one_provider(web, spool={"max_messages": 1}))
        await gateway.logged("reloaded", 2)
        web.answer = reply(503)
        assert await first_status_of(gateway, key, but_for=202) == 503
    assert "43664" in str(web.taken[1].members()["to"])


async def first_status_of(gateway: Gateway, key: str, *, but_for: int) -> int:
    """Submit messages until the answer is another one than `but_for`."""
    for number in range(10, 1000):
        status = (await send(gateway, key, number)).status
        if status != but_for:
            return status
    raise AssertionError("it is always the same answer")
