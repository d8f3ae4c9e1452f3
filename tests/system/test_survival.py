"""Power cuts under load: what got 202 is never lost, and nothing is sent twice but what was in doubt."""

import asyncio
import random
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.capture_http import HttpCapture
from tests.fakes.capture_smtp import SmtpCapture
from tests.fakes.configuration import Tables
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import Wire, request
from tests.fakes.provider_tables import seven, smtp

CLIENTS = 8
CUTS = 3


class Load:
    """Clients that submit one message after the other and note what was accepted, by its number."""

    def __init__(self, gateway: Gateway, key: str, channel: str) -> None:
        self.accepted: dict[int, str] = {}
        self.progress = asyncio.Condition()
        self._gateway = gateway
        self._key = key
        self._channel = channel
        self._next = 0

    async def run(self) -> None:
        """Submit until the gateway is gone."""
        await asyncio.gather(*(self._submit_until_cut() for _ in range(CLIENTS)))

    async def wait_for(self, count: int) -> None:
        """Return when so many messages are accepted."""
        async with self.progress:
            await self.progress.wait_for(lambda: len(self.accepted) >= count)

    async def _submit_until_cut(self) -> None:
        async with Wire(self._gateway.http_port) as wire:
            while True:
                self._next += 1
                number = self._next
                body = _body(self._channel, number)
                reply = await wire.ask(request("POST", f"/v1/{self._channel}", body=body, key=self._key))
                if reply.status != 202:
                    assert reply.status == 0, reply
                    return
                async with self.progress:
                    self.accepted[number] = reply.json()["id"]
                    self.progress.notify_all()


def _body(channel: str, number: int) -> bytes:
    if channel == "sms":
        return b'{"recipient":"+4915112345678","text":"Nr. %d."}' % number
    return b'{"sender":"a@praxis.example.org","recipient":"b@example.com","subject":"Termin","text":"Nr. %d."}' % number


async def _statuses_after_cuts(gateway: Gateway, channel: str, *, at: Collection[str]) -> dict[int, dict[str, Any]]:
    """Cut the power at random moments under load; return the last status resource of all that was accepted."""
    chance = random.Random(channel)
    async with gateway:
        key = await gateway.add_client("praxis")
        load = Load(gateway, key, channel)
        for _ in range(CUTS):
            running = asyncio.create_task(load.run())
            await load.wait_for(len(load.accepted) + chance.randrange(20, 120))
            await gateway.kill()
            await running
            await gateway.start()
        return {number: await gateway.settled(message, key, at=at) for number, message in load.accepted.items()}


def _tables(provider: dict[str, object], channel: str, on_doubt: str) -> Tables:
    delivery = {"lease": "1s", f"on_doubt_{channel}": on_doubt}
    return {"providers": {"only": provider}, "routes": {channel: ["only"]}, "delivery": delivery}


async def test_power_cuts_lose_no_sms_and_repeat_none(web: HttpCapture, tmp_path: Path) -> None:
    """Each accepted SMS is sent or in doubt; a sent one came once, and no other one came more than once."""
    gateway = Gateway(tmp_path, _tables(seven(web), "sms", "hold"))
    statuses = await _statuses_after_cuts(gateway, "sms", at=["sent", "in_doubt"])
    times = Counter(_number(str(taken.members()["text"])) for taken in web.taken)
    sent = {number for number, status in statuses.items() if status["status"] == "sent"}
    assert {number: times[number] for number in sent if times[number] != 1} == {}
    assert {number: count for number, count in times.items() if count > 1} == {}


async def test_power_cuts_lose_no_mail_and_repeat_only_what_was_in_doubt(mail: SmtpCapture, tmp_path: Path) -> None:
    """Each accepted mail arrives; one that came twice was attempted twice, and was the same to the last byte."""
    gateway = Gateway(tmp_path, _tables(smtp(mail.port), "email", "repeat"))
    statuses = await _statuses_after_cuts(gateway, "email", at=["sent"])
    came = [(_number(taken.data.decode()), taken.data) for taken in mail.mails]
    times = Counter(number for number, _ in came)
    assert {number for number in statuses if times[number] == 0} == set()
    once = {number for number, status in statuses.items() if status["attempts"] == 1}
    assert {number: times[number] for number in once if times[number] != 1} == {}
    assert len(set(came)) == len(times)


def _number(text: str) -> int:
    return int(text.rpartition("Nr. ")[2].partition(".")[0])


@pytest.mark.parametrize("moment", [0.05, 0.3])
async def test_a_cut_at_the_start_harms_nothing(moment: float, web: HttpCapture, tmp_path: Path) -> None:
    """A process that dies while it starts leaves a spool and keys that the next one opens."""
    gateway = Gateway(tmp_path, _tables(seven(web), "sms", "hold"))
    await gateway.launch()
    await asyncio.sleep(moment)
    await gateway.kill()
    async with gateway:
        key = await gateway.add_client("praxis")
        message = (await gateway.ask(request("POST", "/v1/sms", body=_body("sms", 1), key=key))).json()["id"]
        assert (await gateway.settled(message, key, at=["sent"]))["attempts"] == 1
