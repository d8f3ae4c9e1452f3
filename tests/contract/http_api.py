"""The client API on a real port over the real spool."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.intake.http import Calls, HttpIntake, Parts, client_calls
from gateway.logs import Log
from gateway.metrics import Metrics
from gateway.settings import EmailSection, HttpSection, LimitsSection, Settings, SmsSection
from gateway.spool.clients import Client
from tests.contract.http_wire import Reply, call
from tests.fakes.desk import Desk, desk_in

SMS = {"recipient": "+491761234567", "text": "Montag neun Uhr"}
MAIL = {"sender": "praxis@example.org", "recipient": "anna@example.net", "subject": "Termin", "text": "Montag"}
JSON = ("Content-Type", "application/json")
MAX_BODY = 10_000


@dataclass
class Api:
    """A port, a client with its key, and the desk behind."""

    port: int
    desk: Desk
    metrics: Metrics
    client: Client
    key: str
    calls: Calls

    @property
    def bearer(self) -> tuple[str, str]:
        """The client's key as a header."""
        return "Authorization", f"Bearer {self.key}"

    async def post(self, path: str, members: object, *headers: tuple[str, str]) -> Reply:
        """Post JSON, or bytes as they are, with the client's key."""
        body = members if isinstance(members, bytes) else json.dumps(members).encode()
        return await call(self.port, "POST", path, [self.bearer, *(headers or (JSON,))], body)

    async def get(self, path: str, method: str = "GET", key: str | None = None) -> Reply:
        """Ask with the client's key, or another."""
        return await call(self.port, method, path, [("Authorization", f"Bearer {key or self.key}")])

    async def accepted(self, members: object = None, path: str = "/v1/sms") -> dict[str, Any]:
        """Post a message that must be accepted; returns its status."""
        reply = await self.post(path, members or SMS)
        assert reply.status == 202
        return reply.members()


def basic(name: str, key: str) -> tuple[str, str]:
    """Return a name and key as a header."""
    return "Authorization", "Basic " + base64.b64encode(f"{name}:{key}".encode()).decode()


def problem(reply: Reply) -> tuple[int, str, list[tuple[str, str]]]:
    """Return status, slug and wrong fields of a problem, whose form is checked."""
    members = reply.members()
    assert reply.headers["content-type"] == "application/problem+json"
    assert set(members) - {"errors"} == {"type", "title", "status", "detail"}
    assert members["status"] == reply.status
    errors = [(error["field"], error["reason"]) for error in members.get("errors", [])]
    return reply.status, members["type"].removeprefix("/problems/"), errors


@asynccontextmanager
async def serving_api(
    folder: Path,
    *,
    limits: LimitsSection | None = None,
    section: HttpSection | None = None,
    smart_encoding: bool = False,
    beside: Api | None = None,
) -> AsyncIterator[Api]:
    """Serve the client API over everything in a folder, for the same client as the one `beside` it."""
    section = section or HttpSection(listen="127.0.0.1:0", max_body=MAX_BODY)
    async with desk_in(folder, limits=limits) as desk:
        metrics = Metrics()
        settings = Settings(
            http=section,
            limits=limits or LimitsSection(),
            email=EmailSection(max_subject=50, max_text=1000),
            sms=SmsSection(smart_encoding=smart_encoding),
        )
        parts = Parts(
            desk.authenticator,
            desk.door,
            desk.limits,
            desk.store,
            desk.keyring,
            metrics,
            wait_for=desk.delivery.wait_for,
            providers=lambda: desk.providers,
            erasing=lambda: desk.erasing,
        )
        calls = client_calls(settings, parts, clock=lambda: desk.now)
        intake = HttpIntake(section, calls, Log(desk.lines, level="debug"))
        client, key = await desk.client() if beside is None else (beside.client, beside.key)
        port = await intake.start()
        try:
            yield Api(port, desk, metrics, client, key, calls)
        finally:
            await intake.stop(timedelta(seconds=1))
