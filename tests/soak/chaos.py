"""What goes wrong in the long run: processes are killed, providers fail, the configuration is edited."""

import asyncio
import os
import random
import re
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

from tests.fakes.configuration import Tables, merged
from tests.fakes.gateway import Gateway
from tests.fakes.provider_tables import seven, smtp
from tests.soak.sinks import MOODS, MailSink, SmsSink

WRONG: Tables = {"routes": {"sms": ["nobody"]}}


class Chaos:
    """Does one thing after the other, by chance; `done` counts them."""

    def __init__(self, gateway: Gateway, sinks: Mapping[str, SmsSink], mail: MailSink, chance: random.Random) -> None:
        self.done: Counter[str] = Counter()
        self._gateway = gateway
        self._sinks = sinks
        self._mail = mail
        self._chance = chance
        self._tables = tables(sinks, mail, "one", "two")

    async def run(self, until: asyncio.Event) -> None:
        """Go on until it is enough; whatever was broken is whole again afterwards."""
        doings: Mapping[Callable[[], Awaitable[None]], int] = {
            self._kill_worker: 4,
            self._kill_all: 1,
            self._stop: 1,
            self._spoil_provider: 5,
            self._close_provider: 3,
            self._edit: 4,
            self._edit_wrongly: 2,
            self._hang_up: 1,
        }
        while not until.is_set():
            await self._chance.choices(list(doings), list(doings.values()))[0]()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._chance.uniform(0.5, 3)):
                    await until.wait()

    async def _kill_worker(self) -> None:
        self.done["workers killed"] += 1
        if workers := workers_of(self._gateway.pid):
            os.kill(self._chance.choice(workers), signal.SIGKILL)

    async def _kill_all(self) -> None:
        self.done["power cuts"] += 1
        workers = workers_of(self._gateway.pid)
        await self._gateway.kill()
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        await self._gateway.start()

    async def _stop(self) -> None:
        self.done["orderly stops"] += 1
        await self._gateway.terminate()
        await self._gateway.start()

    async def _spoil_provider(self) -> None:
        self.done["providers spoilt"] += 1
        sink = self._any_provider()
        sink.mood = self._chance.choice(MOODS)
        await asyncio.sleep(self._chance.uniform(0.2, 3))
        sink.mood = "takes"

    async def _close_provider(self) -> None:
        self.done["providers down"] += 1
        sink = self._any_provider()
        await sink.close()
        await asyncio.sleep(self._chance.uniform(0.2, 3))
        await sink.listen()

    def _any_provider(self) -> SmsSink | MailSink:
        providers: list[SmsSink | MailSink] = [*self._sinks.values(), self._mail]
        return self._chance.choice(providers)

    async def _edit(self) -> None:
        self.done["configurations edited"] += 1
        order = self._chance.sample(["one", "two"], 2)
        edited = tables(self._sinks, self._mail, *order, rate=self._chance.choice([None, "500/s"]))
        self._tables = edited
        self._gateway.reconfigure(edited)

    async def _edit_wrongly(self) -> None:
        self.done["wrong configurations"] += 1
        self._gateway.reconfigure(merged(self._tables, WRONG))
        await asyncio.sleep(self._chance.uniform(0.3, 1))
        # A start with it would be refused, so it is right again before anything else happens.
        self._gateway.reconfigure(self._tables)

    async def _hang_up(self) -> None:
        self.done["hangups"] += 1
        os.kill(self._gateway.pid, signal.SIGHUP)


def tables(sinks: Mapping[str, SmsSink], mail: MailSink, *order: str, rate: str | None = None) -> Tables:
    """Return the configuration of the gateway: two SMS vendors in an order, and a mail server."""
    more = {} if rate is None else {"rate": rate}
    providers = {name: seven(sink, **more) for name, sink in sinks.items()} | {"mail": smtp(mail.port)}
    return {
        "providers": providers,
        "routes": {"sms": list(order), "email": ["mail"]},
        "delivery": {"lease": "2s", "drain": "3s"},
        "log": {"level": "warning"},
    }


def workers_of(parent: int) -> list[int]:
    """Return the process ids of a gateway's workers."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            line = (folder / "cmdline").read_bytes()
            above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if above == parent and re.search(rb"\0--worker\0", line):
                found.append(int(folder.name))
    return found
