"""Providers that end a hand-over in every way there is; what they say back repeats what they were told."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from tests.fakes import capture_http as web
from tests.fakes import capture_smtp as mail
from tests.fakes.capture_http import HttpCapture, Taken, reply, seven_accepts
from tests.fakes.capture_smtp import SmtpCapture


@dataclass(frozen=True, slots=True)
class Vendor:
    """One provider under test: what tells its messages apart, and the states that a message may have then."""

    name: str
    capture: HttpCapture | SmtpCapture
    selector: str
    states: frozenset[str]


def _echo(status: int, **headers: str) -> object:
    def answer(taken: Taken) -> web.Answer:
        return reply(status, taken.raw, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


def _echo_header(taken: Taken) -> web.Answer:
    said = taken.body.decode("ascii", "replace").replace("\n", " ")
    accepted = seven_accepts(taken)
    return web.Raw(accepted.data.replace(b"\r\n", f"\r\nSet-Cookie: a={said}\r\nX-Said: {said}\r\n".encode(), 1))


def _garbage(taken: Taken) -> web.Answer:
    return web.Raw(b"\x00\xff\r\n" + taken.body, closes=True)


def _big(taken: Taken) -> web.Answer:
    return reply(200, taken.body + b" " * 10_000_000)


# Name: the answer, and where the message may stand afterwards.
OVER_HTTP: Final[Mapping[str, tuple[object, set[str]]]] = {
    "accepts": (seven_accepts, {"sent"}),
    "accepts-loudly": (_echo_header, {"sent"}),
    "says-400": (_echo(400), {"failed"}),
    "says-401": (_echo(401), {"deferred"}),
    "says-429": (_echo(429, Retry_After="1"), {"deferred"}),
    "says-500": (_echo(500), {"in_doubt"}),
    "says-503": (_echo(503), {"deferred"}),
    "redirects": (_echo(307, Location="http://127.0.0.1:9/elsewhere"), {"in_doubt", "failed", "deferred"}),
    "is-unclear": (_echo(200), {"in_doubt"}),
    "talks-garbage": (_garbage, {"in_doubt"}),
    "talks-for-long": (_big, {"in_doubt"}),
    # The small request left in one piece with its head, so nobody knows.
    "cuts-before-body": (web.Cut(before_body=True), {"in_doubt", "deferred"}),
    "cuts-after-body": (web.Cut(), {"in_doubt"}),
    "hangs": (web.Hang(), {"in_doubt"}),
}
OVER_SMTP: Final[Mapping[str, tuple[mail.Script, set[str]]]] = {
    "accepts": ({}, {"sent"}),
    "greets-421": ({"greeting": b"421 4.3.2 later\r\n"}, {"deferred"}),
    "greets-554": ({"greeting": b"554 5.7.1 not you\r\n"}, {"deferred", "failed"}),
    "greets-garbage": ({"greeting": b"\x00\xff\r\n\r\n"}, {"deferred"}),
    "refuses-ehlo": ({"EHLO": lambda line: b"550 5.5.1 " + line}, {"deferred", "failed", "sent"}),
    "defers-sender": ({"MAIL": lambda line: b"451 4.1.8 " + line}, {"deferred"}),
    "refuses-sender": ({"MAIL": lambda line: b"550 5.1.8 " + line}, {"deferred", "failed"}),
    "defers-recipient": ({"RCPT": lambda line: b"450 4.2.1 " + line}, {"deferred"}),
    "refuses-recipient": ({"RCPT": lambda line: b"550-5.1.1 no\r\n550 5.1.1 " + line}, {"failed"}),
    "defers-data": ({"DATA": b"451 4.3.0 later\r\n"}, {"deferred"}),
    "refuses-data": ({"DATA": b"554 5.6.0 no\r\n"}, {"failed", "deferred"}),
    "defers-body": ({"BODY": b"452 4.3.1 full\r\n"}, {"deferred"}),
    "refuses-body": ({"BODY": b"554 5.7.1 spam\r\n"}, {"failed", "deferred"}),
    "cuts-at-data": ({"DATA": mail.Reset()}, {"deferred", "in_doubt"}),
    "cuts-after-body": ({"BODY": mail.Reset()}, {"in_doubt"}),
    "hangs-after-body": ({"BODY": mail.Hang()}, {"in_doubt"}),
    "talks-garbage": ({"BODY": b"\xff\xfe\r\n"}, {"in_doubt"}),
}


@asynccontextmanager
async def vendors() -> AsyncIterator[list[Vendor]]:
    """Start all of them; an SMS is for one by the beginning of its number, a mail by the domain of its sender."""
    found = []
    async with AsyncExitStack() as stack:
        for number, (name, (answer, states)) in enumerate(OVER_HTTP.items()):
            web_capture = await stack.enter_async_context(HttpCapture(answer))  # type: ignore[arg-type]
            beginning = f"+4915{1 + number // 10}{number % 10}"
            found.append(Vendor(f"web-{name}", web_capture, beginning, frozenset(states)))
        for name, (script, states) in OVER_SMTP.items():
            mail_capture = await stack.enter_async_context(SmtpCapture(script))
            found.append(Vendor(f"mail-{name}", mail_capture, f"{name}.example.org", frozenset(states)))
        yield found


def tables(found: list[Vendor]) -> dict[str, object]:
    """Return the configuration that has these providers and a rule for each."""
    return {
        "providers": {vendor.name: _provider(vendor) for vendor in found},
        "routes": {
            "sms": ["web-accepts"],
            "email": ["mail-accepts"],
            "rules": [_rule(vendor) for vendor in found],
        },
        "delivery": {"on_doubt_email": "hold", "on_doubt_sms": "hold", "drain": "1s"},
    }


def _provider(vendor: Vendor) -> dict[str, object]:
    shared = {"allow_private_network": True, "timeout": "2s", "max_concurrency": 2}
    port = vendor.capture.port
    if isinstance(vendor.capture, HttpCapture):
        return {"type": "seven", "base_url": f"http://127.0.0.1:{port}", "api_key": "made-up", **shared}
    return {"type": "smtp", "host": "127.0.0.1", "port": port, "tls": "none", **shared}


def _rule(vendor: Vendor) -> dict[str, object]:
    if isinstance(vendor.capture, HttpCapture):
        return {"channel": "sms", "prefix": [vendor.selector], "use": [vendor.name]}
    return {"channel": "email", "sender_domain": [vendor.selector], "use": [vendor.name]}
