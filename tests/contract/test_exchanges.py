"""Every adapter over HTTP against its recorded exchanges, over the real client and a real socket."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.core.message import Channel, Sms
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.core.sms import segments
from tests.exchange_files import (
    FOLDER,
    HANDOVER,
    HTTP_TYPES,
    PROBLEMS,
    TYPES,
    accepted_exchange,
    as_recorded,
    exchange_in,
    message_of,
    opened,
    outcome_of,
    recorded,
    run,
    texts_in,
)
from tests.fakes.vendor import (
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

SMS_TYPES = [name for name in HTTP_TYPES if Channel.SMS in TYPES[name].channels]
FILES = sorted(FOLDER.glob("*/*.toml"))


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
    request, varying = recorded(exchange)
    assert [as_recorded(each, varying) for each in requests] == [request]
    assert outcome == outcome_of(exchange)


CUT = b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"
FAULTS: Mapping[str, tuple[Step, Reason]] = {
    "reset before the body": (reset_before_body, Reason.CONNECTION_LOST),
    "reset after the body": (reset_after_body(), Reason.CONNECTION_LOST),
    "reset within the answer": (reset_after_body(CUT), Reason.CONNECTION_LOST),
    "hang-up without an answer": (hang_up, Reason.CONNECTION_LOST),
    "answer cut short": (raw(CUT), Reason.CONNECTION_LOST),
    "10 MB": (answer(200, b" " * 10_000_000), Reason.UNCLEAR_ANSWER),
    "garbage": (raw(b"\x16\x03\x01 nothing of HTTP\r\n\r\n"), Reason.UNCLEAR_ANSWER),
}
# A vendor that does not answer, and one that goes on answering.
SLOW: Mapping[str, Step] = {"no answer": silence, "slow drip": drip(CUT, pause=0.05)}


async def broken(kind: str, step: Step) -> tuple[list[Outcome], int]:
    """Hand over twice, the second time to a vendor that fails; return the outcomes and the number of connections."""
    exchange = accepted_exchange(kind)
    script = [answer(exchange["answer"]["status"], exchange["answer"]["body"]), step]
    async with (
        Vendor(script=script) as vendor,
        opened(kind, vendor.url, exchange["settings"], exchange.get("callback_url")) as provider,
    ):
        ends = [await provider.adapter.send(message_of(exchange), HANDOVER) for _ in range(2)]
        assert vendor.script == []
        return ends, vendor.connections


@pytest.mark.parametrize("kind", HTTP_TYPES)
async def test_what_breaks_after_the_request_left_is_in_doubt(kind: str) -> None:
    """Whatever happens once a byte left, the message may have been taken, and it is not sent again by itself."""
    accepted = outcome_of(accepted_exchange(kind))
    found = {fault: await broken(kind, step) for fault, (step, _) in FAULTS.items()}
    assert found == {fault: ([accepted, InDoubt(reason)], 1) for fault, (_, reason) in FAULTS.items()}


@pytest.mark.parametrize("fault", SLOW)
async def test_what_takes_too_long_is_in_doubt(fault: str) -> None:
    """A vendor that does not answer in time may have taken the message; all types wait at the same time."""
    async with AsyncExitStack() as stack:
        vendor = await stack.enter_async_context(Vendor(otherwise=SLOW[fault]))
        sends = []
        for kind in HTTP_TYPES:
            exchange = accepted_exchange(kind)
            settings = exchange["settings"] | {"timeout": "2s"}
            provider = await stack.enter_async_context(opened(kind, vendor.url, settings))
            sends.append(provider.adapter.send(message_of(exchange), HANDOVER))
        assert set(await asyncio.gather(*sends)) == {InDoubt(Reason.TIMEOUT)}
        assert len(vendor.requests) == len(HTTP_TYPES)


@pytest.mark.parametrize("kind", HTTP_TYPES)
async def test_a_refused_connection_is_certainly_not_taken(kind: str) -> None:
    """Where nobody listens, the message goes to the next provider."""
    exchange = accepted_exchange(kind)
    async with refusing_port() as port, opened(kind, f"http://127.0.0.1:{port}", exchange["settings"]) as provider:
        outcome = await provider.adapter.send(message_of(exchange), HANDOVER)
    assert outcome == Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)


TEXTS: Mapping[str, str] = {
    "GSM-7 extension": "^{}\\[~]|€",
    "GSM-7 in ten segments": "Grüße {an} ÄÖÜ; 100 €\n" * 60,
    "emoji": "Guten Tag 👩🏽‍⚕️ 💊 — ok?",
    "ten segments of UCS-2": "日本語 💊 ✓ ok " * 54,
    "quotes and signs": """"'<&>%20+\\u0041\t\r\n{text}[[x]]""",
}
# What the vendor would not send as it is does not leave; each spec says where that is known from.
CHANGED = {"linkmobility": {"emoji", "ten segments of UCS-2"}}


@pytest.mark.parametrize("kind", SMS_TYPES)
@pytest.mark.parametrize("name", TEXTS)
async def test_a_text_arrives_unharmed(kind: str, name: str) -> None:
    """What a person wrote is what the vendor gets, sign for sign, or another one gets it."""
    exchange = accepted_exchange(kind)
    outcome, requests = await run(kind, exchange, Sms(exchange["message"]["recipient"], TEXTS[name]))
    if name in CHANGED.get(kind, ()):
        assert (outcome, requests) == (Rejected(Blame.SENDER, Reason.CONTENT_REJECTED), [])
    else:
        assert TEXTS[name] in texts_in(requests[0])
        assert isinstance(outcome, Accepted)


def test_the_long_texts_have_ten_segments() -> None:
    """The texts above are as long as their names say."""
    assert [segments(text).count for name, text in TEXTS.items() if "ten" in name.split()] == [10, 10]


@pytest.mark.parametrize("kind", HTTP_TYPES)
async def test_the_number_goes_nowhere_but_into_the_body(kind: str) -> None:
    """Neither path nor headers hold anything of the message; the query does where the vendor has no body."""
    exchange = accepted_exchange(kind)
    _, requests = await run(kind, exchange, message_of(exchange))
    target = urlsplit(requests[0].target)
    head = target.path + "".join(value for _, value in requests[0].headers) + (target.query if requests[0].body else "")
    said: Callable[[str], bool] = head.__contains__
    assert [value for value in exchange["message"].values() if said(value.removeprefix("+"))] == []
