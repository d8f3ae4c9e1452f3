"""Every adapter over HTTP against its recorded exchanges, over the real client and a real socket."""

import json
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator, validate

from gateway.core.duration import parse_duration
from gateway.core.message import Channel, Email, Message, Sms
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.core.sms import segments
from gateway.delivery.registry import Provider, adapter_types, build_providers
from gateway.http_client import EGRESS, AiohttpClient
from gateway.provider import DryRuns, Environment, Handover, HttpProviderSettings
from tests.fakes.vendor import (
    Captured,
    Step,
    Vendor,
    answer,
    drip,
    hang_up,
    raw,
    refusing_port,
    reset_after_body,
    reset_before_body,
    silence,
)

FOLDER = Path(__file__).parents[1] / "exchanges"
DESCRIPTIONS = Path(__file__).parents[3] / "shared" / "openapi"
HANDOVER = Handover("0123456789abcdef0123456789abcdef", 1_750_000_000)

TYPES, PROBLEMS = adapter_types()
HTTP_TYPES = sorted(name for name, kind in TYPES.items() if issubclass(kind.settings, HttpProviderSettings))
SMS_TYPES = [name for name in HTTP_TYPES if Channel.SMS in TYPES[name].channels]
FILES = sorted(FOLDER.glob("*/*.toml"))

# What a client writes by itself, and what is another one each time.
OF_THE_CONNECTION = {"host", "content-length"}


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


@asynccontextmanager
async def opened(kind: str, base_url: str, settings: Mapping[str, Any]) -> AsyncIterator[Provider]:
    """Yield a provider of a type, opened, that speaks to `base_url`."""
    table = {"type": kind, "base_url": base_url, "allow_private_network": True, **settings}
    environment = Environment("gateway.example", AiohttpClient)
    built, problems = build_providers({"trial": table}, TYPES, environment, base=FOLDER)
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
    async with Vendor(otherwise=step) as vendor, opened(kind, vendor.url, exchange["settings"]) as provider:
        if exchange.get("dry_run"):
            assert isinstance(provider.adapter, DryRuns)
            return await provider.adapter.dry_run(message, HANDOVER), vendor.requests
        return await provider.adapter.send(message, HANDOVER), vendor.requests


def as_recorded(captured: Captured) -> dict[str, Any]:
    """Return a request in the form in which exchanges have it."""
    headers = {name: value for name, value in captured.headers if name not in OF_THE_CONNECTION}
    assert len(headers) == len(captured.headers) - len(OF_THE_CONNECTION)
    return {
        "method": captured.method,
        "target": captured.target,
        "headers": headers,
        "json": json.loads(captured.body),
    }


def with_egress(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recorded request with what every request has besides."""
    every = {name.lower(): value for name, value in EGRESS.items()}
    return {**request, "headers": every | request["headers"]}


def test_every_http_type_has_exchanges() -> None:
    """Each type over HTTP has five exchanges or more, and each folder belongs to a type."""
    counts = {name: len(list((FOLDER / name).glob("*.toml"))) for name in HTTP_TYPES}
    assert [problem for problem in PROBLEMS if ".toml" in problem.key] == []
    assert [name for name, count in counts.items() if count < 5] == []
    assert sorted(path.name for path in FOLDER.iterdir()) == HTTP_TYPES


@pytest.mark.parametrize("kind", HTTP_TYPES)
def test_every_way_to_end_is_recorded(kind: str) -> None:
    """The exchanges of a type have all four outcomes."""
    ends = {exchange_in(path)["outcome"]["is"] for path in (FOLDER / kind).glob("*.toml")}
    assert ends == {"accepted", "rejected", "deferred", "in_doubt"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_exchange(path: Path) -> None:
    """The vendor gets the recorded request, once and to the last header, and its answer means the recorded outcome."""
    exchange = exchange_in(path)
    outcome, requests = await run(path.parent.name, exchange, message_of(exchange))
    assert [as_recorded(request) for request in requests] == [with_egress(exchange["request"])]
    assert outcome == outcome_of(exchange)


CUT = b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"
FAULTS: Mapping[str, tuple[Step, Reason]] = {
    "reset before the body": (reset_before_body, Reason.CONNECTION_LOST),
    "reset after the body": (reset_after_body(), Reason.CONNECTION_LOST),
    "reset within the answer": (reset_after_body(CUT), Reason.CONNECTION_LOST),
    "hang-up without an answer": (hang_up, Reason.CONNECTION_LOST),
    "answer cut short": (raw(CUT), Reason.CONNECTION_LOST),
    "no answer": (silence, Reason.TIMEOUT),
    "slow drip": (drip(CUT), Reason.TIMEOUT),
    "10 MB": (answer(200, b" " * 10_000_000), Reason.UNCLEAR_ANSWER),
    "garbage": (raw(b"\x16\x03\x01 nothing of HTTP\r\n\r\n"), Reason.UNCLEAR_ANSWER),
}


@pytest.mark.parametrize("kind", HTTP_TYPES)
@pytest.mark.parametrize("fault", FAULTS)
async def test_what_breaks_after_the_request_left_is_in_doubt(kind: str, fault: str) -> None:
    """Whatever happens once a byte left, the message may have been taken, and it is not sent again by itself."""
    step, reason = FAULTS[fault]
    exchange = accepted_exchange(kind)
    patience = {"timeout": "500ms" if reason is Reason.TIMEOUT else "20s"}
    # The first exchange makes the connection, so that no time-out can come before it is there.
    script = [answer(exchange["answer"]["status"], exchange["answer"]["body"]), step]
    async with (
        Vendor(script=script) as vendor,
        opened(kind, vendor.url, exchange["settings"] | patience) as provider,
    ):
        ends = [await provider.adapter.send(message_of(exchange), HANDOVER) for _ in range(2)]
    assert ends == [outcome_of(exchange), InDoubt(reason)]
    assert (vendor.connections, vendor.script) == (1, [])


@pytest.mark.parametrize("kind", HTTP_TYPES)
async def test_a_refused_connection_is_certainly_not_taken(kind: str) -> None:
    """Where nobody listens, the message goes to the next provider."""
    exchange = accepted_exchange(kind)
    async with refusing_port() as port, opened(kind, f"http://127.0.0.1:{port}", exchange["settings"]) as provider:
        outcome = await provider.adapter.send(message_of(exchange), HANDOVER)
    assert outcome == Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)


TEXTS: Mapping[str, str] = {
    "GSM-7 extension": "^{}\\[~]|€",
    "GSM-7 in six segments": "Grüße {an} ÄÖÜ; 100 €\n" * 34,
    "emoji": "Guten Tag 👩🏽‍⚕️ 💊 — ok?",
    "six segments of UCS-2": "日本語 💊 ✓ ok " * 31,
    "quotes and signs": """"'<&>%20+\\u0041\t\r\n{text}[[x]]""",
}


@pytest.mark.parametrize("kind", SMS_TYPES)
@pytest.mark.parametrize("name", TEXTS)
async def test_a_text_arrives_unharmed(kind: str, name: str) -> None:
    """What a person wrote is what the vendor gets, sign for sign."""
    exchange = accepted_exchange(kind)
    text = TEXTS[name]
    outcome, requests = await run(kind, exchange, Sms(exchange["message"]["recipient"], text))
    assert text in json.loads(requests[0].body).values()
    assert isinstance(outcome, Accepted)


def test_the_long_texts_have_six_segments() -> None:
    """The texts above are as long as their names say."""
    assert [segments(text).count for name, text in TEXTS.items() if "six" in name] == [6, 6]


@pytest.mark.parametrize("kind", HTTP_TYPES)
async def test_the_number_goes_nowhere_but_into_the_body(kind: str) -> None:
    """Neither path nor headers hold anything of the message."""
    exchange = accepted_exchange(kind)
    _, requests = await run(kind, exchange, message_of(exchange))
    head = requests[0].target + "".join(value for _, value in requests[0].headers)
    said: Callable[[str], bool] = head.__contains__
    assert [value for value in exchange["message"].values() if said(value.removeprefix("+"))] == []


def described_by_seven() -> dict[str, Any]:
    """Return the vendor's own description."""
    file = DESCRIPTIONS / "seven.json"
    if not file.is_file():
        pytest.skip("the vendor's description is not there: ../shared/openapi/seven.json")
    described: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return described


@pytest.mark.parametrize("path", sorted((FOLDER / "seven").glob("*.toml")), ids=lambda path: path.stem)
async def test_seven_as_its_own_description_has_it(path: Path) -> None:
    """A request to seven fits the vendor's schema with no member besides, and goes to the described address.

    The description knows forms only, the documentation JSON too, in which false cannot be read as a text.
    """
    described = described_by_seven()
    content = described["paths"]["/sms"]["post"]["requestBody"]["content"]
    schema = content["application/x-www-form-urlencoded"]["schema"] | {"additionalProperties": False}
    exchange = exchange_in(path)
    _, requests = await run("seven", exchange, message_of(exchange))
    validate(json.loads(requests[0].body), schema, cls=OAS30Validator)
    base_url = TYPES["seven"].settings.model_fields["base_url"].default
    assert base_url + requests[0].target == described["servers"][0]["url"] + "/sms"
