"""Several processes on one spool: what one of them loses when it is killed, and how they are seen from outside."""

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.fakes.capture_http import After, HttpCapture, reply, seven_accepts
from tests.fakes.configuration import Tables
from tests.fakes.gateway import PROGRAM, STEP_SECONDS, Gateway
from tests.fakes.http_wire import Wire, request
from tests.fakes.provider_tables import seven

WORKERS = 2
COMMAND = (str(PROGRAM), "serve", "--workers", str(WORKERS))
CLIENTS = 8


def one_provider(capture: HttpCapture) -> Tables:
    """Return a configuration with one provider, whose processes are taken for dead after a second."""
    tables = {"providers": {"sms": seven(capture)}, "routes": {"sms": ["sms"]}}
    return tables | {"delivery": {"lease": "1s"}}


def workers_of(gateway: Gateway) -> dict[int, int]:
    """Return the process ids of the workers by their numbers."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().decode()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        number = re.search(rf"\0--worker\0(\d+)/{WORKERS}:", line)
        if number and parent == gateway.pid:
            found[int(number[1])] = int(folder.name)
    return found


def is_running(process: int) -> bool:
    """Whether there is a process of that number."""
    return Path(f"/proc/{process}").exists()


async def until_all_work(gateway: Gateway) -> None:
    """Wait until readiness says that all workers serve."""
    for _ in range(600):
        if (await gateway.admin("/readyz")).status == 200:
            return
        await asyncio.sleep(STEP_SECONDS)
    raise AssertionError("never ready")


async def metric(gateway: Gateway, name: str) -> float:
    """Return one sample of the metrics."""
    text = (await gateway.admin("/metrics")).body.decode()
    return float(next(line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(name)))


class Flood:
    """Clients that submit, over connections of their own, until they are told to end; broken ones are made anew."""

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
        while not self.ends:
            async with Wire(self._gateway.http_port) as wire:
                while await self._submit(wire):
                    pass

    async def _submit(self, wire: Wire) -> bool:
        await asyncio.sleep(0.002)
        self._next += 1
        number = self._next
        body = b'{"recipient":"+4915112345678","text":"Nr. %d."}' % number
        answer = await wire.ask(request("POST", "/v1/sms", body=body, key=self._key))
        if answer.status == 202:
            self.accepted[number] = answer.json()["id"]
        return answer.status != 0 and not self.ends


def times(capture: HttpCapture) -> Mapping[int, int]:
    """Return how often each message came."""
    return Counter(int(str(taken.members()["text"])[4:-1]) for taken in capture.taken)


async def test_a_killed_worker_loses_nothing(web: HttpCapture, tmp_path: Path) -> None:
    """Each is killed once under load: all that was accepted is sent once, or was at work just then and is in doubt.

    Another takes over what it had, a new one takes its place, and what it has counted stays counted.
    """
    async with Gateway(tmp_path, one_provider(web), command=COMMAND) as gateway:
        key = await gateway.add_client("praxis")
        flood = Flood(gateway, key)
        running = asyncio.create_task(flood.run())
        for number in (1, 2):
            await web.wait_for(len(web.taken) + 60)
            await gateway.admin("/metrics")
            os.kill(workers_of(gateway)[number], signal.SIGKILL)
            await gateway.logged("worker_ended", number)
            await until_all_work(gateway)
        flood.ends = True
        await running
        counted = await metric(gateway, 'umschlag_messages_accepted_total{channel="sms"}')
        states = {
            n: (await gateway.settled(m, key, at=["sent", "in_doubt"]))["status"] for n, m in flood.accepted.items()
        }
    came = times(web)
    assert {n: came.get(n) for n, state in states.items() if state == "sent" and came.get(n) != 1} == {}
    assert {n: count for n, count in came.items() if count > 1} == {}
    # What was at work is lost with a worker, and what came since it was asked last; nothing else is.
    assert counted >= len(flood.accepted) / 2
    assert [(line["worker"], line["signal"]) for line in gateway.events("worker_ended")] == [
        (1, "SIGKILL"),
        (2, "SIGKILL"),
    ]


async def test_workers_follow_one_configuration_and_stop_in_order(web: HttpCapture, tmp_path: Path) -> None:
    """A change is followed by all of them; a stop waits for what each has in hand, and leaves no process behind."""
    gate = asyncio.Event()
    async with HttpCapture(lambda taken: After(gate, seven_accepts(taken))) as new:
        async with Gateway(tmp_path, one_provider(web), command=COMMAND) as gateway:
            key = await gateway.add_client("praxis")
            gateway.reconfigure(one_provider(new))
            await gateway.logged("reloaded", 1 + WORKERS)
            ids = []
            for number in range(12):
                body = b'{"recipient":"+4915112345678","text":"Nr. %d."}' % number
                ids.append((await gateway.ask(request("POST", "/v1/sms", body=body, key=key))).json()["id"])
            await new.wait_for(len(ids))
            processes = workers_of(gateway)
            stopping = asyncio.create_task(gateway.terminate())
            await gateway.logged("draining", WORKERS)
            gate.set()
            assert await stopping == 0
            assert [number for number, process in processes.items() if is_running(process)] == []
        assert (web.taken, set(times(new).values())) == ([], {1})
        async with Gateway(tmp_path, one_provider(web)) as gateway:
            assert {(await gateway.status(each, key))["status"] for each in ids} == {"sent"}


async def test_workers_end_with_the_one_that_looks_after_them(web: HttpCapture, tmp_path: Path) -> None:
    """Nobody is left to hand over behind the operator's back when that process is killed."""
    web.answer = reply(503)
    async with Gateway(tmp_path, one_provider(web), command=COMMAND) as gateway:
        processes = workers_of(gateway)
        assert sorted(processes) == [1, 2]
        await gateway.kill()
        for process in processes.values():
            await gone(process)


async def gone(process: int) -> None:
    """Wait until a process has ended."""
    for _ in range(600):
        if not is_running(process):
            return
        await asyncio.sleep(STEP_SECONDS)
    raise AssertionError("a worker is left")
