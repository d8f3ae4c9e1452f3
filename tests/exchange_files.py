"""Recorded exchanges with vendors, as data: how they are read, and played against an adapter over a real socket."""

import json
import tempfile
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import trustme

from gateway.core.duration import parse_duration
from gateway.core.message import Email, Message, Sms
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.delivery.registry import Provider, adapter_types, build_providers
from gateway.http_client import EGRESS, AiohttpClient
from gateway.provider import DryRuns, Environment, Handover, HttpProviderSettings
from tests.fakes.vendor import Captured, Vendor, answer

FOLDER: Final = Path(__file__).parent / "exchanges"
HANDOVER: Final = Handover("0123456789abcdef0123456789abcdef", 1_750_000_000)

TYPES, PROBLEMS = adapter_types()
HTTP_TYPES: Final = sorted(name for name, kind in TYPES.items() if issubclass(kind.settings, HttpProviderSettings))

# What a client writes by itself, and what is another one each time.
OF_THE_CONNECTION: Final = {"host", "content-length"}
# What is another one each second: an exchange says that it is there, and what it holds is proved elsewhere.
VARYING: Final = "…"


def exchange_in(path: Path) -> dict[str, Any]:
    """Return a recorded exchange."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def accepted_exchange(kind: str) -> dict[str, Any]:
    """Return the plainest exchange of a type."""
    return exchange_in(FOLDER / kind / "accepted.toml")


def message_of(exchange: Mapping[str, Any]) -> Message:
    """Return the message that goes in."""
    fields = exchange["message"]
    return Email(**fields) if "subject" in fields else Sms(**fields)


def outcome_of(exchange: Mapping[str, Any]) -> Outcome:
    """Return the outcome that is expected."""
    said = dict(exchange["outcome"])
    kind = said.pop("is")
    if "retry_after" in said:
        said["retry_after"] = parse_duration(said["retry_after"])
    if "reason" in said:
        said["reason"] = Reason(said["reason"])
    if "blame" in said:
        said["blame"] = Blame(said["blame"])
    types = {"accepted": Accepted, "rejected": Rejected, "deferred": Deferred, "in_doubt": InDoubt}
    outcome: Outcome = types[kind](**said)
    return outcome


@cache
def few_authorities() -> "tempfile._TemporaryFileWrapper[bytes]":
    """Return a file with one certificate: reading the system's takes most of the time of a short test."""
    file = tempfile.NamedTemporaryFile(suffix=".pem")  # noqa: SIM115 (it lives as long as the tests)
    file.write(trustme.CA().cert_pem.bytes())
    file.flush()
    return file


@asynccontextmanager
async def opened(
    kind: str, base_url: str, settings: Mapping[str, Any], callback_url: str | None = None
) -> AsyncIterator[Provider]:
    """Yield a provider of a type, opened, that speaks to `base_url`."""
    table = {"type": kind, "base_url": base_url, "allow_private_network": True, "ca_file": few_authorities().name}
    environment = Environment("gateway.example", AiohttpClient, callback_url)
    built, problems = build_providers({"trial": {**table, **settings}}, TYPES, environment, base=FOLDER)
    assert problems == []
    await built["trial"].adapter.open()
    try:
        yield built["trial"]
    finally:
        await built["trial"].adapter.close()


async def run(kind: str, exchange: Mapping[str, Any], message: Message) -> tuple[Outcome, list[Captured]]:
    """Hand a message over to a vendor that answers as recorded; return the outcome and what the vendor was sent."""
    said = exchange["answer"]
    step = answer(said["status"], said["body"], tuple(said.get("headers", {}).items()))
    callback_url = exchange.get("callback_url")
    async with (
        Vendor(otherwise=step) as vendor,
        opened(kind, vendor.url, exchange["settings"], callback_url) as provider,
    ):
        if exchange.get("dry_run"):
            assert isinstance(provider.adapter, DryRuns)
            return await provider.adapter.dry_run(message, HANDOVER), vendor.requests
        return await provider.adapter.send(message, HANDOVER), vendor.requests


def as_recorded(captured: Captured, varying: frozenset[str]) -> dict[str, Any]:
    """Return a request in the form in which exchanges have it: a body in JSON, a form, or none."""
    kept = [(name, value) for name, value in captured.headers if name not in OF_THE_CONNECTION]
    headers = dict(kept)
    assert len(headers) == len(kept)
    shown = {name: VARYING if name in varying else value for name, value in headers.items()}
    written = {"method": captured.method, "target": captured.target, "headers": shown}
    if captured.body and is_form(captured):
        written["form"] = dict(parse_qsl(captured.body.decode(), keep_blank_values=True, strict_parsing=True))
    elif captured.body:
        written["json"] = json.loads(captured.body)
    return written


def recorded(exchange: Mapping[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the recorded request with what every request has besides, and the headers that vary."""
    request = exchange["request"]
    every = {name.lower(): value for name, value in EGRESS.items()}
    varying = frozenset(name for name, value in request["headers"].items() if value == VARYING)
    return {**request, "headers": every | request["headers"]}, varying


def is_form(captured: Captured) -> bool:
    """Whether the body of a request is a form."""
    return captured.header("content-type") == "application/x-www-form-urlencoded"


def texts_in(captured: Captured) -> list[str]:
    """Return every text that a request holds outside its head: in JSON, form or query, and what is UTF-16 in hex."""
    if not captured.body:
        found = [value for _, value in parse_qsl(urlsplit(captured.target).query, keep_blank_values=True)]
    elif is_form(captured):
        found = [value for _, value in parse_qsl(captured.body.decode(), keep_blank_values=True)]
    else:
        found = list(_texts(json.loads(captured.body)))
    return found + [bytes.fromhex(each).decode("utf-16-be") for each in found if _is_hex(each)]


def _is_hex(text: str) -> bool:
    return len(text) % 4 == 0 and set(text) <= set("0123456789abcdef")


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping | list):
        for each in node.values() if isinstance(node, Mapping) else node:
            yield from _texts(each)
