"""A vendor's calls to a real listener: delivery over the real spool to a scripted vendor, and the paths for reports."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.core.message import Sms
from gateway.core.state import State
from gateway.delivery.registry import Provider, adapter_types, build_providers
from gateway.http_client import AiohttpClient
from gateway.http_server import HttpLimits, Listener, Routes
from gateway.intake.reporting import Reporting
from gateway.logs import Log
from gateway.logs.field import Listener as ListenerName
from gateway.provider import Environment
from gateway.settings import HttpSection
from gateway.spool.store import MessageStatus, Store
from tests.contract.http_wire import Reply, call
from tests.fakes.dispatch import Dispatch, dispatching, until
from tests.fakes.vendor import Step, Vendor, answer

PUBLIC = "https://gateway.example/mail"
SIGNING_KEY = "signing-key-for-trials"
CALLBACK_SECRET = "0123456789abcdef-_XYZ"
TABLES: Mapping[str, Mapping[str, Any]] = {
    "seven": {"type": "seven", "api_key": "key-for-trials", "signing_key": SIGNING_KEY},
    "silent": {"type": "seven", "api_key": "key-for-trials"},
    "lox24": {"type": "lox24", "client_id": "1", "api_key": "key-for-trials"},
    "house": {"type": "house", "token": "t", "callback_secret": CALLBACK_SECRET},
}
# The example of providers/README.md: a vendor that calls with GET and signs nothing.
HOUSE = (Path(__file__).parents[2] / "providers" / "README.md").read_text(encoding="utf-8")

SEVEN_ID = "77149843739"
ACCEPTED = answer(200, {"success": "100", "messages": [{"id": SEVEN_ID, "success": True, "error": None, "parts": 1}]})


@dataclass
class Office:
    """The vendor, delivery to it, and the port that it calls."""

    vendor: Vendor
    dispatch: Dispatch
    port: int
    reporting: Reporting

    async def sent(self, provider: str = "seven", state: State = State.SENT) -> str:
        """Hand one message over and return its id when it is in a state."""
        number = await self.dispatch.accept(Sms("+4915112345678", provider))
        await self.dispatch.becomes(number, state)
        return number

    def count(self, provider: str, effect: str) -> float:
        """Return how many reports did something."""
        found = self.dispatch.metrics.registry.get_sample_value(
            "umschlag_reports_total", {"provider": provider, "effect": effect}
        )
        return found or 0.0

    async def counted(self, provider: str, effect: str, times: int = 1) -> None:
        """Wait until so many reports did something."""

        async def is_so() -> bool:
            return self.count(provider, effect) >= times

        await until(is_so)

    async def seven(self, status: str, *, nonce: str = "n1", name: str = "seven", **different: Any) -> Reply:  # noqa: ANN401 (what a forger changes)
        """Call as seven calls: signed, with a time and a nonce."""
        data = {"msg_id": SEVEN_ID, "status": status} | different.pop("data", {})
        body = different.pop("body", json.dumps({"webhook_event": "dlr", "data": data}).encode())
        timestamp = str(self.dispatch.clock())
        url = f"{different.pop('public', PUBLIC)}/callbacks/{name}"
        text = f"{timestamp}\n{nonce}\nPOST\n{url}\n{hashlib.md5(body, usedforsecurity=False).hexdigest()}"
        signature = hmac.new(different.pop("key", SIGNING_KEY).encode(), text.encode(), "sha256").hexdigest()
        headers = {"X-Signature": signature, "X-Timestamp": timestamp, "X-Nonce": nonce, **different.pop("headers", {})}
        return await self.call("POST", different.pop("target", f"/callbacks/{name}"), tuple(headers.items()), body)

    async def call(
        self, method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes | None = None
    ) -> Reply:
        """Call a path."""
        return await call(self.port, method, path, headers, body)

    async def status(self, message_id: str) -> MessageStatus:
        """Return what the spool knows of a message."""
        return await self.dispatch.status(message_id)


def providers(url: str, folder: Path, names: Sequence[str]) -> list[Provider]:
    """Build providers that speak to one vendor."""
    specs = folder / "providers.d"
    specs.mkdir()
    (specs / "house.toml").write_text(HOUSE.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    types, problems = adapter_types(specs)
    tables = {name: {**TABLES[name], "base_url": url, "allow_private_network": True} for name in names}
    environment = Environment("gateway.example", AiohttpClient, f"{PUBLIC}/callbacks")
    built, wrong = build_providers(tables, types, environment, base=folder)
    assert [*problems, *wrong] == []
    return list(built.values())


@asynccontextmanager
async def office(
    folder: Path,
    *names: str,
    step: Step = ACCEPTED,
    between: Callable[[Store], Store] = lambda store: store,
    public_url: str | None = PUBLIC,
) -> AsyncIterator[Office]:
    """Deliver to the named providers, which are one vendor, and take its calls."""
    async with Vendor(otherwise=step) as vendor:
        configured = providers(vendor.url, folder, names or ("seven",))
        async with dispatching(folder, *configured, between=between) as dispatch:
            log = Log(dispatch.lines, level="debug")
            reporting = Reporting(
                dispatch.store,
                dispatch.references,
                dispatch.delivery,
                log=log,
                metrics=dispatch.metrics,
                clock=dispatch.clock,
            )
            section = HttpSection(public_url=public_url)
            limits = HttpLimits(10, timedelta(seconds=20))
            listener = Listener(ListenerName.HTTP, Routes(reporting.routes(section)).answer, log, limits)
            port = await listener.start("127.0.0.1:0")
            reporting.start()
            try:
                yield Office(vendor, dispatch, port, reporting)
            finally:
                await listener.stop(timedelta(seconds=1))
                await reporting.stop_asking()
                await reporting.stop()
