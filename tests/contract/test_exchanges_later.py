"""What comes after a hand-over, against recordings: calls, answers about messages and the account, erasures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.callback import Callback, Refused, Verified
from gateway.core.duration import parse_duration
from gateway.core.outcome import Reason
from gateway.core.report import Report
from gateway.core.state import State
from gateway.provider import (
    Asked,
    Balance,
    Balances,
    Erases,
    Erasure,
    Gone,
    NotPossible,
    NotYet,
    Polls,
    Reports,
)
from tests.exchange_files import FOLDER, HTTP_TYPES, TYPES, as_recorded, exchange_in, opened, recorded
from tests.fakes.vendor import Captured, Vendor, answer, hang_up, refusing_port

NOW = 1_750_000_000
URL = "https://gateway.example/callbacks/main"

KINDS = ("call", "asked", "balance", "erase")
FILES = [(path, exchange_in(path)) for path in sorted(FOLDER.glob("*/later/*.toml"))]
CALLS, ASKED, BALANCES, ERASED = (
    [
        pytest.param(path.parents[1].name, found, id=f"{path.parents[1].name}/{path.stem}")
        for path, found in FILES
        if key in found
    ]
    for key in KINDS
)


def call_of(exchange: Mapping[str, Any]) -> Callback:
    """Return the recorded call, which came at NOW unless it says otherwise."""
    said = exchange["call"]
    headers = {name.lower(): value for name, value in said.get("headers", {}).items()}
    body = said.get("body", "").encode()
    return Callback(
        said.get("method", "POST"), said.get("url", URL), headers, body, said.get("now", NOW), said.get("secret")
    )


def reports_of(exchange: Mapping[str, Any]) -> Sequence[Report]:
    """Return the reports that are expected."""
    found = []
    for each in exchange.get("report", []):
        said = dict(each)
        reason = said.pop("reason", None)
        found.append(Report(State(said.pop("is")), reason=None if reason is None else Reason(reason), **said))
    return found


async def played(kind: str, exchange: Mapping[str, Any], callback: Callback) -> Sequence[Report] | Refused:
    """Return what an adapter makes of a call: as the engine asks, whose it is and then what it says."""
    async with opened(kind, "http://127.0.0.1:1", exchange["settings"]) as provider:
        adapter = provider.adapter
        assert isinstance(adapter, Reports)
        assert adapter.takes_reports()
        verified = adapter.verify(callback)
        if isinstance(verified, Refused):
            return verified
        assert verified.is_hint is (provider.type.verified_by == "ask")
        return adapter.reports(callback)


@pytest.mark.parametrize("kind", HTTP_TYPES)
def test_what_is_declared_is_recorded(kind: str) -> None:
    """A type whose vendor calls back, is asked, tells of the account, or erases, has a recording of each."""
    can = TYPES[kind].capabilities
    of_kind = [found for path, found in FILES if path.parents[1].name == kind]
    recorded_ = {key for found in of_kind for key in KINDS if key in found}
    declared = {"call": can.reports, "asked": can.polls, "balance": can.balance, "erase": can.erasure}
    assert recorded_ == {key for key, is_declared in declared.items() if is_declared}
    ends = {each["is"] for found in of_kind if "call" in found for each in found.get("report", [])}
    assert not can.reports or "delivered" in ends
    assert not can.erasure or "gone" in {found["erasure"]["is"] for found in of_kind if "erase" in found}


@pytest.mark.parametrize("kind, exchange", CALLS)
async def test_a_call(kind: str, exchange: dict[str, Any]) -> None:
    """A recorded call is taken or refused as recorded, and its reports are the recorded ones."""
    refused = exchange.get("refused")
    expected = reports_of(exchange) if refused is None else Refused(refused)
    found = await played(kind, exchange, call_of(exchange))
    assert expected == (found if isinstance(found, Refused) else list(found))


@pytest.mark.parametrize("kind, exchange", CALLS)
async def test_a_call_that_lacks_what_proves_it_is_forged(kind: str, exchange: dict[str, Any]) -> None:
    """Without its headers and its secret no call is believed."""
    bare = replace(call_of(exchange), headers={}, secret=None)
    async with opened(kind, "http://127.0.0.1:1", exchange["settings"]) as provider:
        assert isinstance(provider.adapter, Reports)
        verified = provider.adapter.verify(bare)
    is_hint = isinstance(verified, Verified) and verified.is_hint
    assert verified is Refused.FORGED or is_hint
    assert is_hint is (TYPES[kind].verified_by == "ask")


GARBAGE = (b"", b"{", b"\xff\xfe", b"[[[[", b"null", b"5", b'"x"', b"[]", b"{}", b"a=b&c", b'{"data":{"data":[]}}')


@pytest.mark.parametrize("kind", [name for name in HTTP_TYPES if TYPES[name].capabilities.reports])
@pytest.mark.parametrize("body", GARBAGE)
async def test_garbage_tells_nothing(kind: str, body: bytes) -> None:
    """Whatever a verified call holds, it is about a message, another thing, or nothing: never an error."""
    exchange = next(found for path, found in FILES if path.parents[1].name == kind and "call" in found)
    async with opened(kind, "http://127.0.0.1:1", exchange["settings"]) as provider:
        assert isinstance(provider.adapter, Reports)
        found = provider.adapter.reports(replace(call_of(exchange), url=URL, body=body))
    assert found is Refused.MALFORMED or list(found) == []


async def asked(kind: str, exchange: Mapping[str, Any], ask: str) -> tuple[Any, list[Captured]]:
    """Ask a vendor that answers as recorded; return what the adapter makes of it, and what the vendor was sent."""
    said = exchange["answer"]
    step = answer(said["status"], said["body"], tuple(said.get("headers", {}).items()))
    async with Vendor(otherwise=step) as vendor, opened(kind, vendor.url, exchange["settings"]) as provider:
        if ask == "balance":
            assert isinstance(provider.adapter, Balances)
            return await provider.adapter.balance(), vendor.requests
        question = Asked(exchange["asked"].get("provider_ref"), exchange["asked"]["reference"])
        assert isinstance(provider.adapter, Polls)
        assert provider.adapter.can_ask(question)
        return await provider.adapter.poll(question), vendor.requests


@pytest.mark.parametrize("kind, exchange", ASKED)
async def test_a_question(kind: str, exchange: dict[str, Any]) -> None:
    """The vendor gets the recorded question to the last header, and its answer means the recorded reports."""
    found, requests = await asked(kind, exchange, "message")
    request, varying = recorded(exchange)
    assert [as_recorded(each, varying) for each in requests] == [request]
    expected = Reason(exchange["reason"]) if "reason" in exchange else reports_of(exchange)
    assert expected == (found if isinstance(found, Reason) else list(found))


@pytest.mark.parametrize("kind, exchange", BALANCES)
async def test_a_balance(kind: str, exchange: dict[str, Any]) -> None:
    """The vendor gets the recorded question, and its answer is an amount or a reason."""
    found, requests = await asked(kind, exchange, "balance")
    request, varying = recorded(exchange)
    assert [as_recorded(each, varying) for each in requests] == [request]
    said = exchange["balance"]
    expected = Reason(said["reason"]) if "reason" in said else Balance(Decimal(said["amount"]), said.get("unit"))
    assert expected == found


def erasure_of(said: Mapping[str, Any]) -> Erasure:
    """Return what is expected of the answer to an erasure."""
    if said["is"] == "gone":
        return Gone()
    reason = Reason(said["reason"])
    if said["is"] == "impossible":
        return NotPossible(reason)
    return NotYet(reason, parse_duration(said["retry_after"]) if "retry_after" in said else None)


async def erased(kind: str, exchange: Mapping[str, Any], url: str) -> Erasure:
    """Have the recorded message erased by a vendor who is at `url`; where it erases at another host, there alone."""
    settings, base_url = exchange["settings"], url
    if "erase_base_url" in TYPES[kind].settings.model_fields:
        settings, base_url = {**settings, "erase_base_url": url}, "http://127.0.0.1:1"
    async with opened(kind, base_url, settings) as provider:
        assert isinstance(provider.adapter, Erases)
        return await provider.adapter.erase(exchange["erase"]["provider_ref"])


@pytest.mark.parametrize("kind, exchange", ERASED)
async def test_an_erasure(kind: str, exchange: dict[str, Any]) -> None:
    """The vendor gets the recorded call to the last header, and its answer is judged as recorded."""
    said = exchange["answer"]
    step = answer(said["status"], said["body"], tuple(said.get("headers", {}).items()))
    async with Vendor(otherwise=step) as vendor:
        found = await erased(kind, exchange, vendor.url)
    request, varying = recorded(exchange)
    assert [as_recorded(each, varying) for each in vendor.requests] == [request]
    assert erasure_of(exchange["erasure"]) == found


@pytest.mark.parametrize("kind", [name for name in HTTP_TYPES if TYPES[name].capabilities.erasure])
async def test_an_erasure_that_is_not_answered_is_tried_later(kind: str) -> None:
    """A vendor that is away, or breaks off, has erased nothing as far as is known."""
    exchange = next(found for path, found in FILES if path.parents[1].name == kind and "erase" in found)
    async with refusing_port() as port:
        away = await erased(kind, exchange, f"http://127.0.0.1:{port}")
    async with Vendor(otherwise=hang_up) as vendor:
        lost = await erased(kind, exchange, vendor.url)
    assert (NotYet(Reason.UNAVAILABLE), NotYet(Reason.CONNECTION_LOST)) == (away, lost)
