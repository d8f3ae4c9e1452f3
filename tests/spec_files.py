"""Small spec files for tests, and the adapters made of them."""

import json
from collections.abc import Mapping
from pathlib import Path

from gateway.core.message import Message, Sms
from gateway.core.outcome import Outcome
from gateway.http_client import AiohttpClient
from gateway.provider import AdapterType, Environment, HttpAdapter, HttpRequest, HttpResponse
from providers.http_spec import load

SMS = Sms("+4915112345678", "Grüße & 100% =?+", "Acme")
REFERENCE = "0123456789abcdef0123456789abcdef"

HEAD = """\
# In-house SMS.
spec = 1
provider = { name = "acme", summary = "In-house SMS.", channel = "sms" }
"""
REQUEST = """\
[request]
path = "/send"
encoding = "json"
auth = { type = "none" }
body = { to = "{recipient}", text = "{text}" }
"""
TAIL = """\
[response]
provider_ref = "/id"
[[outcome]]
status = 200
is = "accepted"
"""


def read(text: str, folder: Path) -> AdapterType:
    """Return the type that a right spec file declares."""
    file = folder / "acme.toml"
    file.write_text(text, encoding="utf-8")
    types, problems = load(file)
    assert problems == []
    return types[0]


def adapter(kind: AdapterType, settings: Mapping[str, object] | None = None) -> HttpAdapter:
    """Return an adapter of a type; nothing is opened."""
    table = {"type": kind.name, "base_url": "https://api.example/v1/", **(settings or {})}
    built = kind.build(kind.settings.model_validate(table), Environment("gateway.example", AiohttpClient))
    assert isinstance(built, HttpAdapter)
    return built


def request(
    text: str, folder: Path, message: Message = SMS, settings: Mapping[str, object] | None = None
) -> HttpRequest:
    """Return the request that a spec writes for one message."""
    return adapter(read(text, folder), settings).exchange.request(message, REFERENCE)


def outcome(text: str, folder: Path, status: int, body: object, headers: Mapping[str, str] | None = None) -> Outcome:
    """Return what a spec makes of an answer; what is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return adapter(read(text, folder)).exchange.outcome(HttpResponse(status, headers or {}, raw), REFERENCE)
