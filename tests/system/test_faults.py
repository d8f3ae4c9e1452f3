"""The fault matrix: what providers do wrong, by kind of adapter, and what becomes of the message; the rows are data."""

import asyncio
import re
import shutil
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.fakes import vendor
from tests.fakes.capture_http import HttpCapture
from tests.fakes.capture_smtp import Drip, Hang, Reset, Script, SmtpCapture
from tests.fakes.gateway import Gateway
from tests.fakes.provider_tables import seven, smtp
from tests.fakes.vendor import Vendor, refusing_port

FOLDER: Final = Path(__file__).parent / "faults"
MATRIX: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = tomllib.loads((FOLDER / "matrix.toml").read_text())
FLOOD: Final = 10 * 1024 * 1024
IMPATIENT: Final = {"timeout": "1s"}
Table = dict[str, object]

HTTP: Final[Mapping[str, vendor.Step]] = {
    "busy": vendor.answer(429),
    "unavailable": vendor.answer(503),
    "account": vendor.answer(401),
    "refused": vendor.answer(400),
    "error": vendor.answer(500),
    "reset-before-body": vendor.reset_before_body,
    "reset-after-body": vendor.reset_after_body(),
    "time-out": vendor.silence,
    "garbage": vendor.raw(b"\x00\xff" * 40 + b"\r\n\r\n"),
    "nonsense": vendor.answer(200, b"<html>ok</html>"),
    "drip": vendor.drip(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1000),
    "flood": vendor.answer(200, b"[" * FLOOD),
}
SMTP: Final[Mapping[str, Script]] = {
    "busy": {"greeting": b"421 4.3.2 too busy\r\n"},
    "unavailable": {"RCPT": b"451 4.3.0 later\r\n"},
    "account": {"MAIL": b"530 5.7.0 log in first\r\n"},
    "refused": {"RCPT": b"550 5.1.1 no such user\r\n"},
    "reset-before-body": {"DATA": Reset()},
    "reset-after-body": {"BODY": Reset()},
    "time-out": {"BODY": Hang()},
    "garbage": {"BODY": b"\x00\xff\xfe what\r\n"},
    "drip": {"BODY": Drip(b"250-" + b"a" * 1000)},
    "flood": {"BODY": b"2" * FLOOD},
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of adapter: its channel, its table for a port, and servers that have a fault."""

    channel: str
    table: Callable[[int], Table]
    server: Callable[[str], AbstractAsyncContextManager[int]]


@asynccontextmanager
async def http_server(fault: str) -> AsyncIterator[int]:
    """Run a vendor with a fault; yields its port."""
    async with Vendor(HTTP[fault]) as server:
        yield server.port


@asynccontextmanager
async def smtp_server(fault: str) -> AsyncIterator[int]:
    """Run a mail server with a fault; yields its port."""
    async with SmtpCapture(SMTP[fault]) as server:
        yield server.port


def mailapi(port: int) -> Table:
    """Return the table of the e-mail API whose spec file lies beside the matrix."""
    url = f"http://127.0.0.1:{port}"
    return {"type": "mailapi", "base_url": url, "key": "made-up", "allow_private_network": True}


KINDS: Final = {
    "sms": Kind("sms", lambda port: seven(f"http://127.0.0.1:{port}"), http_server),
    "mailapi": Kind("email", mailapi, http_server),
    "smtp": Kind("email", smtp, smtp_server),
}
CASES: Final = [(fault, kind) for fault, kinds in MATRIX.items() for kind in kinds]


def message(channel: str, number: int) -> dict[str, str]:
    """Return a message that a rule sends to the provider of one case."""
    if channel == "sms":
        return {"recipient": f"+49151123450{number:02}", "text": f"Nr. {number}."}
    sender = f"a@case-{number}.example"
    return {"sender": sender, "recipient": "b@example.com", "subject": "Termin", "text": f"Nr. {number}."}


def rule(channel: str, number: int, use: list[str]) -> Table:
    """Return the rule that its message goes by."""
    where = (
        {"prefix": [f"+49151123450{number:02}"]} if channel == "sms" else {"sender_domain": [f"case-{number}.example"]}
    )
    return {"channel": channel, **where, "use": use}


async def met(gateway: Gateway, key: str, number: int) -> dict[str, Any]:
    """Submit the message of one case and return how it rests."""
    channel = KINDS[CASES[number][1]].channel
    submitted = (await gateway.submit(channel, key, message(channel, number))).json()["id"]
    return await gateway.settled(submitted, key, at=["sent", "failed", "in_doubt"])


async def test_what_becomes_of_a_message_that_meets_a_fault(tmp_path: Path) -> None:
    """Each case ends as its row says, and no message comes to a second provider that a first one may have."""
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(HttpCapture())
        mail = await stack.enter_async_context(SmtpCapture())
        providers: dict[str, Table] = {"second-sms": seven(web), "second-email": smtp(mail.port)}
        rules = []
        for number, (fault, kind) in enumerate(CASES):
            server = refusing_port() if fault == "refuse" else KINDS[kind].server(fault)
            port = await stack.enter_async_context(server)
            providers[f"case-{number}"] = KINDS[kind].table(port) | IMPATIENT
            rules.append(rule(KINDS[kind].channel, number, [f"case-{number}", f"second-{KINDS[kind].channel}"]))
        tables = {"providers": providers, "routes": {"rules": rules}, "delivery": {"on_doubt_email": "hold"}}
        shutil.copytree(FOLDER, tmp_path / "providers.d", ignore=shutil.ignore_patterns("matrix.toml"))
        async with Gateway(tmp_path, tables) as gateway:
            key = await gateway.add_client("praxis")
            found = await asyncio.gather(*(met(gateway, key, number) for number in range(len(CASES))))
    taken = [str(each.members()["text"]) for each in web.taken] + [each.data.decode() for each in mail.mails]
    second = {int(number) for text in taken for number in re.findall(r"Nr\. (\d+)\.", text)}
    told = {
        case: {name: status.get(name) for name in MATRIX[case[0]][case[1]] if name != "second"}
        | {"second": n in second}
        for n, (case, status) in enumerate(zip(CASES, found, strict=True))
    }
    assert told == {(fault, kind): dict(MATRIX[fault][kind]) for fault, kind in CASES}


def test_every_kind_meets_every_fault() -> None:
    """A fault that a kind leaves out is one that it cannot have."""
    missing = {(fault, kind) for fault in MATRIX for kind in KINDS} - set(CASES)
    assert missing == {("error", "smtp"), ("nonsense", "smtp")}
