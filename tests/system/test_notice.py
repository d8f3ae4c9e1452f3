"""What clients are told of the notice, and what they agree to, over the real process and over several of them."""

import asyncio
import json
from pathlib import Path

from standardwebhooks import Webhook

from tests.fakes.capture_http import After, HttpCapture, reply, seven_accepts
from tests.fakes.configuration import Tables, merged
from tests.fakes.gateway import PROGRAM, STEP_SECONDS, Gateway
from tests.fakes.http_wire import request
from tests.fakes.provider_tables import seven

WORKERS = 2
COMMAND = (str(PROGRAM), "serve", "--workers", str(WORKERS))
NUMBER = "+4915112345678"


def tables_of(vendor: HttpCapture, **settings: object) -> Tables:
    """Return a configuration with one provider, and events that may go to this machine."""
    return {
        "providers": {"sms": seven(vendor, **settings)},
        "routes": {"sms": ["sms"]},
        "events": {"allow_private_network": True},
    }


async def nothing_waits(gateway: Gateway) -> None:
    """Wait until no event waits for the client any more."""
    for _ in range(600):
        done = await gateway.call("clients", "webhook", "show", "praxis", "--json")
        if json.loads(done.stdout)["waiting"] == 0:
            return
        await asyncio.sleep(STEP_SECONDS)
    raise AssertionError("events wait")


async def test_several_processes_tell_of_a_notice_once(web: HttpCapture, tmp_path: Path) -> None:
    """Each of them brings it into force, and all tell events: the client's program hears of it once, by its version."""
    async with HttpCapture(reply(204)) as program, Gateway(tmp_path, tables_of(web), command=COMMAND) as gateway:
        await gateway.add_client("praxis")
        done = await gateway.call("clients", "webhook", "set", "praxis", f"{program.url}/events", "--json")
        secret = json.loads(done.stdout)["secret"]
        gateway.reconfigure(merged(tables_of(web), {"controller": {"name": "Praxis Dr. Müller"}}))
        await gateway.logged("reloaded", 1 + WORKERS)
        [taken] = await program.wait_for(1)
        await nothing_waits(gateway)
        told = (await gateway.ask(request("GET", "/v1/privacy"))).json()
        history = await gateway.call("notice", "--history", "--json")
    assert len(program.taken) == 1
    lines = (line.partition(":") for line in taken.head.decode("ascii").split("\r\n")[1:] if line)
    event = Webhook(secret).verify(taken.body, {name.lower(): value.strip() for name, _, value in lines})
    assert (event["type"], event["data"]) == (
        "privacy.changed", {"version": told["version"], "since": told["since"], "path": "/v1/privacy"},
    )  # fmt: skip
    assert len(json.loads(history.stdout)) == 2


async def test_a_withdrawal_reaches_what_waits_in_memory(web: HttpCapture, tmp_path: Path) -> None:
    """While one message is on its way to the provider, the next one's client takes its consent back: it is not sent."""
    gate = asyncio.Event()
    web.answer = lambda taken: After(gate, seven_accepts(taken))
    async with Gateway(tmp_path, tables_of(web, max_concurrency=1)) as gateway:
        key = await gateway.add_client("praxis", "--processors", "sms")
        await gateway.logged("agreement_changed")
        sms = {"recipient": NUMBER, "text": "Ihr Termin ist morgen."}
        first, second = [(await gateway.submit("sms", key, sms)).json()["id"] for _ in range(2)]
        await web.wait_for(1)
        done = await gateway.call("clients", "consent", "praxis", "--processor", "sms", "--withdraw", "--json")
        assert json.loads(done.stdout)[0]["withdrawn_at"] is not None
        await gateway.logged("agreement_changed", 2)
        gate.set()
        assert (await gateway.settled(second, key, at=["failed"]))["reason"] == "not_disclosable"
        await gateway.settled(first, key, at=["sent"])
        noted = json.loads((await gateway.call("audit", "list", "--json")).stdout)
        assert [each["action"] for each in noted] == ["client_add", "client_change"]
        assert (await gateway.call("audit", "verify")).code == 0
    assert len(web.taken) == 1
