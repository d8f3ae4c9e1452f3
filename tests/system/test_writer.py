"""The process that writes the spool: how it ends with its gateway, and its gateway with it; nothing is lost by that."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.fakes.capture_http import HttpCapture
from tests.fakes.configuration import Tables
from tests.fakes.gateway import PROGRAM, STEP_SECONDS, Gateway
from tests.fakes.http_wire import Wire, request
from tests.fakes.provider_tables import seven
from tests.oracle.sinks import family

CLIENTS = 4
ENOUGH = 40


@pytest.fixture
def tables(web: HttpCapture) -> Tables:
    """One provider of SMS that accepts; processes are taken for dead after a second."""
    return {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}, "delivery": {"lease": "1s", "drain": "20s"}}


def writers_of(gateway: Gateway) -> list[int]:
    """Return the process ids of what writes the spool for a gateway and its workers."""
    return [pid for pid in family(gateway.pid) if b"writer_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


async def is_gone(pid: int) -> bool:
    """Wait for a process to end, some seconds at most; one that nobody has asked for its status has ended, too."""
    for _ in range(100):
        if not is_running(pid):
            return True
        await asyncio.sleep(STEP_SECONDS)
    return False


def is_running(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Load:
    """Clients that submit one message after the other until they hear no more, and note what was accepted."""

    def __init__(self, gateway: Gateway, key: str) -> None:
        self.accepted: dict[int, str] = {}
        self._gateway = gateway
        self._key = key
        self._next = 0
        self._progress = asyncio.Condition()
        self._running = [asyncio.create_task(self._submit()) for _ in range(CLIENTS)]

    async def reach(self, count: int) -> None:
        """Return when so many are accepted."""
        async with self._progress:
            await self._progress.wait_for(lambda: len(self.accepted) >= count)

    async def end(self) -> None:
        """Return when nobody is answered any more."""
        await asyncio.gather(*self._running)

    async def _submit(self) -> None:
        async with Wire(self._gateway.http_port) as wire:
            while True:
                self._next += 1
                number = self._next
                body = b'{"recipient":"+4915112345678","text":"Nr. %d."}' % number
                reply = await wire.ask(request("POST", "/v1/sms", body=body, key=self._key))
                if reply.status != 202:
                    assert reply.status in {0, 503}, reply
                    return
                async with self._progress:
                    self.accepted[number] = reply.json()["id"]
                    self._progress.notify_all()


async def assert_nothing_was_lost(gateway: Gateway, key: str, load: Load, web: HttpCapture) -> None:
    """Each accepted SMS is sent or in doubt; a sent one came once, and no other one came more than once."""
    settled = {
        number: await gateway.settled(each, key, at=["sent", "in_doubt"]) for number, each in load.accepted.items()
    }
    times = Counter(int(str(taken.members()["text"])[4:-1]) for taken in web.taken)
    sent = {number for number, status in settled.items() if status["status"] == "sent"}
    assert {number: times[number] for number in sent if times[number] != 1} == {}
    assert {number: count for number, count in times.items() if count > 1} == {}


async def test_a_gateway_ends_with_its_writer(web: HttpCapture, tables: Tables, tmp_path: Path) -> None:
    """At once, with status 1 and an event; the next start settles everything as after any crash."""
    async with Gateway(tmp_path, tables) as gateway:
        key = await gateway.add_client("praxis")
        load = Load(gateway, key)
        await load.reach(ENOUGH)
        [writer] = writers_of(gateway)
        os.kill(writer, signal.SIGKILL)
        await load.end()
        assert (await gateway.wait(), [event["signal"] for event in gateway.events("writer_ended")]) == (1, ["SIGKILL"])
        await gateway.start()
        await assert_nothing_was_lost(gateway, key, load, web)


async def test_a_writer_ends_with_its_gateway(web: HttpCapture, tables: Tables, tmp_path: Path) -> None:
    """When the gateway is killed nobody holds its spool any longer."""
    async with Gateway(tmp_path, tables) as gateway:
        key = await gateway.add_client("praxis")
        load = Load(gateway, key)
        await load.reach(ENOUGH)
        [writer] = writers_of(gateway)
        await gateway.kill()
        assert await is_gone(writer)
        await load.end()
        await gateway.start()
        await assert_nothing_was_lost(gateway, key, load, web)


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_to_all_ends_them_in_order(
    which: signal.Signals, web: HttpCapture, tables: Tables, tmp_path: Path
) -> None:
    """As a terminal or a service manager sends it: what is at work is written, the log empty, nothing in doubt."""
    async with Gateway(tmp_path, tables, prefix=("setsid",)) as gateway:
        key = await gateway.add_client("praxis")
        load = Load(gateway, key)
        await load.reach(ENOUGH)
        [writer] = writers_of(gateway)
        os.killpg(gateway.pid, which)
        assert (await gateway.wait(), await is_gone(writer), gateway.events("writer_ended")) == (0, True, [])
        await load.end()
        assert [file.name for file in (gateway.home / "data").iterdir()] == ["spool.db"]
        await gateway.start()
        statuses = [await gateway.settled(each, key, at=["sent", "in_doubt"]) for each in load.accepted.values()]
        assert {status["status"] for status in statuses} == {"sent"}


async def test_each_worker_has_its_own(web: HttpCapture, tables: Tables, tmp_path: Path) -> None:
    """One that is killed takes its worker with it, which is started again with another one."""
    async with Gateway(tmp_path, tables, command=(str(PROGRAM), "serve", "--workers", "2")) as gateway:
        first, second = writers_of(gateway)
        os.kill(first, signal.SIGKILL)
        await gateway.logged("writer_ended")
        await gateway.logged("worker_ended")
        for _ in range(600):
            if (await gateway.admin("/readyz")).status == 200:
                break
            await asyncio.sleep(STEP_SECONDS)
        after = writers_of(gateway)
        assert (len(after), first in after, second in after) == (2, False, True)
        key = await gateway.add_client("praxis")
        sent = await gateway.submit("sms", key, {"recipient": "+4915112345678", "text": "Hallo."})
        await gateway.settled(sent.json()["id"], key, at=["sent"])


async def test_there_is_none_where_a_thread_writes(web: HttpCapture, tables: Tables, tmp_path: Path) -> None:
    """`[spool] writer = "thread"`: one process, which does the same."""
    async with Gateway(tmp_path, {**tables, "spool": {"writer": "thread"}}) as gateway:
        key = await gateway.add_client("praxis")
        sent = await gateway.submit("sms", key, {"recipient": "+4915112345678", "text": "Hallo."})
        await gateway.settled(sent.json()["id"], key, at=["sent"])
        assert family(gateway.pid) == [gateway.pid]


async def test_it_is_told_no_secret(web: HttpCapture, tables: Tables, tmp_path: Path) -> None:
    """Neither in its environment nor on its command line; and it has nothing open but the spool and its line."""
    secret = "sk-once-upon-a-time"
    async with Gateway(tmp_path, tables, environment={"UNRELATED_TOKEN": secret}) as gateway:
        [writer] = writers_of(gateway)
        process = Path(f"/proc/{writer}")
        told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        open_files = {str(each.readlink()).partition(":")[0] for each in (process / "fd").iterdir()}
        assert (secret.encode() in told, b"UMSCHLAG" in told) == (False, False)
        spool = gateway.home / "data" / "spool.db"
        allowed = {"/dev/null", "socket", *(f"{spool}{end}" for end in ("", "-wal", "-shm"))}
        assert open_files <= allowed
