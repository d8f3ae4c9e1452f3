"""The Python client, waiting and asyncio's: the same calls, the same patience, the same errors."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trustme

from gateway.client import (
    Accepted,
    Client,
    ClientError,
    Controls,
    FieldProblem,
    NoAnswerError,
    Patience,
    ProblemError,
    Refused,
    UsageLine,
    WrongHeaderError,
    WrongUrlError,
)
from gateway.client import call as calls
from gateway.client.aio import AsyncClient
from gateway.client.call import Call
from tests.contract.http_api import MAIL, SMS, serving_api
from tests.fakes.scripted_api import ID, Answer, api, status

T = TypeVar("T")

KEY = "S3NT-key"
QUICK = Patience(total=20, first=0.01)
DRAINING = {"type": "/problems/draining", "title": "Draining", "status": 503, "detail": "…"}
MESSAGE = calls.sms({"recipient": "S3NT-number", "text": "S3NT-text"})


async def waiting(url: str, call: Call[T], patience: Patience = QUICK, **named: Any) -> T:  # noqa: ANN401 (the client's own arguments)
    """Make a call with the client that waits."""
    return await asyncio.to_thread(Client(url, KEY, patience, **named).do, call)


async def concurrent(url: str, call: Call[T], patience: Patience = QUICK, **named: Any) -> T:  # noqa: ANN401 (the client's own arguments)
    """Make a call with the client of asyncio."""
    async with AsyncClient(url, KEY, patience=patience, **named) as client:
        return await client.do(call)


Do = Callable[..., Any]
both = pytest.mark.parametrize("do", [waiting, concurrent])


@both
@pytest.mark.parametrize(
    "refusal",
    [None, (503, DRAINING), (429, {}, {"Retry-After": "0"}), (409, {}), (408, {}), (502, b"<html>"), (504, b"")],
)
async def test_what_may_be_sent_again_is_sent_again(do: Do, refusal: Answer) -> None:
    """After a refusal for now, and after no answer at all, with the same key and body."""
    with api(refusal, refusal, (202, status("queued"))) as server:
        assert (await do(server.url, MESSAGE)).status == "queued"
    assert len({headers["Idempotency-Key"] for headers in server.headers}) == 1
    assert server.asked == [("POST", "/v1/sms", {"recipient": "S3NT-number", "text": "S3NT-text"})] * 3


@both
@pytest.mark.parametrize("code", [302, 400, 401, 403, 404, 410, 413, 415, 422, 500])
async def test_what_is_refused_for_good_is_not_sent_again(do: Do, code: int) -> None:
    """The problem is raised with its kind, title and fields."""
    errors = [{"field": "recipient", "reason": "is not a valid phone number"}]
    members = {"type": "/problems/invalid-message", "title": "Invalid message", "errors": errors}
    with api((code, members)) as server, pytest.raises(ProblemError) as raised:
        await do(server.url, MESSAGE)
    problem = raised.value
    assert str(problem) == f"Invalid message ({code}): recipient is not a valid phone number"
    assert (problem.status, problem.slug) == (code, "invalid-message")
    assert problem.errors == (FieldProblem("recipient", "is not a valid phone number"),)
    assert len(server.asked) == 1


@both
async def test_a_wait_that_is_too_long_is_told(do: Do) -> None:
    """Where the gateway wants more time than there is patience, the refusal comes at once, with that time."""
    refusal = (429, {"title": "Daily quota used up"}, {"Retry-After": "57600"})
    with api(refusal) as server, pytest.raises(ProblemError) as raised:
        await do(server.url, MESSAGE)
    assert (raised.value.retry_after, len(server.asked)) == (57600, 1)


@both
async def test_patience_ends(do: Do) -> None:
    """What goes on being refused is raised in the end."""
    with api(*[(503, DRAINING)] * 20) as server, pytest.raises(ProblemError) as raised:
        await do(server.url, MESSAGE, Patience(total=0.2, first=0.1, longest=0.1))
    assert (raised.value.slug, 1 < len(server.asked) < 20) == ("draining", True)


@both
async def test_nothing_that_listens_is_told(do: Do) -> None:
    """By the kind of error, at once where one wants it so."""
    with api() as server:
        url = server.url
    with pytest.raises(NoAnswerError) as raised:
        await do(url, MESSAGE, Patience(for_refused=False))
    assert str(raised.value) == "the gateway does not answer (ConnectionRefusedError)"


@both
@pytest.mark.parametrize("answer", [{}, b"", b"\xff", b"[]", b"[" * 9000, {"id": ID}, {"results": 1}])
@pytest.mark.parametrize("call", [MESSAGE, calls.batch([]), calls.messages(), calls.usage()])
async def test_an_answer_of_another_program_is_told(do: Do, answer: dict[str, Any] | bytes, call: Call[Any]) -> None:
    """It is no result, and nothing of it is in the error."""
    with api((200, answer)) as server, pytest.raises(NoAnswerError) as raised:
        await do(server.url, call)
    assert str(raised.value) == "the gateway does not answer (UnknownAnswer)"


@both
async def test_nothing_that_was_sent_is_in_an_error(do: Do) -> None:
    """Nor what another program repeats of it in a long text or several lines."""
    errors = [{"field": "S3NT\n", "reason": "S3NT" * 100}, "S3NT"]
    members = {"type": "S3NT", "title": "S3NT\n", "detail": "S3NT", "errors": errors}
    with api((422, members), (422, members)) as server:
        for call in (MESSAGE, calls.status("S3NT")):
            with pytest.raises(ClientError) as raised:
                await do(server.url, call)
            assert "S3NT" not in repr(raised.value) + str(raised.value)


@both
@pytest.mark.parametrize("url", ["S3NT", "ftp://S3NT", "http://", "http://[S3NT", "http://x:S3NT"])
async def test_no_url_is_told(do: Do, url: str) -> None:
    """It is not repeated."""
    with pytest.raises(WrongUrlError) as raised:
        await do(url, MESSAGE)
    assert "S3NT" not in str(raised.value)


@both
async def test_another_s_certificate_is_not_trusted(do: Do, tmp_path: Path) -> None:
    """The key goes to nobody whose certificate is not trusted, and is not tried again; the caller may trust a CA."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with api((202, status("queued"))) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = server.url.replace("http:", "https:")
        with pytest.raises(NoAnswerError) as raised:
            await do(url, MESSAGE)
        assert (await do(url, MESSAGE, tls=trusting)).id == ID
    assert (raised.value.kind, len(server.asked)) == ("SSLCertVerificationError", 1)


@both
async def test_nothing_tells_of_the_program(do: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    """No header names it, and no proxy of the environment is used."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with api((202, status("queued"))) as server:
        await do(server.url, MESSAGE)
    told = {"Host", "Content-Length", "Content-Type", "Idempotency-Key", "Authorization"}
    assert set(server.headers[0]) - told - {"Connection"} <= {"Accept-Encoding"}
    assert server.headers[0].get("Accept-Encoding", "identity") == "identity"


def test_controls_travel_as_headers() -> None:
    """Times as RFC 3339; a key that is given stays."""
    at = datetime(2026, 11, 25, 9, tzinfo=UTC)
    call = calls.email(MAIL, Controls("k", at, "2026-11-25T10:00:00Z", 5))
    assert dict(call.headers) == {
        "Content-Type": "application/json",
        "Idempotency-Key": "k",
        "Send-At": "2026-11-25T09:00:00+00:00",
        "Expires-At": "2026-11-25T10:00:00Z",
        "Prefer": "wait=5",
    }


def test_controls_that_are_none_are_refused() -> None:
    """What is no header, and a time without a zone."""
    with pytest.raises(WrongHeaderError) as raised:
        calls.sms(SMS, Controls("S3NT\r\n"))
    assert str(raised.value) == "Idempotency-Key: printable ASCII is expected"
    with pytest.raises(ValueError, match="zone"):
        calls.sms(SMS, Controls(send_at=datetime(2026, 11, 25, 9)))  # noqa: DTZ001 (this is what is tested)
    with pytest.raises(WrongHeaderError):
        Client("http://127.0.0.1:1", "S3NT\n").status(ID)


async def test_a_client_that_is_no_context_is_a_mistake() -> None:
    """It would have no connections."""
    with pytest.raises(RuntimeError, match="context"):
        await AsyncClient("http://127.0.0.1:1", KEY).status(ID)


def everything(client: Client) -> list[Any]:
    """Make every call of the client that waits."""
    sent = client.sms(SMS["recipient"], SMS["text"], controls=Controls(key="once"))
    same = client.sms(SMS["recipient"], SMS["text"], controls=Controls(key="once"))
    mail = client.email(MAIL["sender"], MAIL["recipient"], MAIL["subject"], MAIL["text"])
    batch = client.batch([{"channel": "sms", **SMS}, {"channel": "sms"}])
    page = client.messages(channel="sms")
    return [
        (sent.status, sent == same, mail.channel, len(page.messages), page.next_cursor),
        (type(batch[0]), type(batch[1]), client.look("sms", SMS)["segments"]),
        (client.outcome(sent, 0).id == sent.id, client.take_back(sent.id).status, client.usage()),
    ]


async def everything_at_once(client: AsyncClient) -> list[Any]:
    """Make every call of the client of asyncio."""
    sent = await client.sms(SMS["recipient"], SMS["text"], controls=Controls(key="again"))
    same = await client.sms(SMS["recipient"], SMS["text"], controls=Controls(key="again"))
    mail = await client.email(MAIL["sender"], MAIL["recipient"], MAIL["subject"], MAIL["text"])
    batch = await client.batch([{"channel": "sms", **SMS}, {"channel": "sms"}])
    page = await client.messages(channel="sms")
    return [
        (sent.status, sent == same, mail.channel, len(page.messages), page.next_cursor),
        (type(batch[0]), type(batch[1]), (await client.look("sms", SMS))["segments"]),
        ((await client.outcome(sent, 0)).id == sent.id, (await client.take_back(sent.id)).status, await client.usage()),
    ]


@pytest.mark.parametrize("is_concurrent", [False, True])
async def test_every_call_works(tmp_path: Path, is_concurrent: bool) -> None:
    """Against the real API, with the results that it has."""
    async with serving_api(tmp_path) as served:
        url = f"http://127.0.0.1:{served.port}"
        if is_concurrent:
            async with AsyncClient(url, served.key) as client:
                results = await everything_at_once(client)
        else:
            results = await asyncio.to_thread(everything, Client(url, served.key))
    assert results == [
        ("queued", True, "email", 2, None),
        (Accepted, Refused, 1),
        (True, "cancelled", []),
    ]


async def test_a_month_is_counted_by_channel_and_provider() -> None:
    """Members that are not documented are left aside; a line that lacks one is none."""
    line = {"channel": "sms", "provider": "seven", "messages": 2, "segments": 3}
    with api((200, {"usage": [line | {"new": 1}]}), (200, {"usage": [{}]})) as server:
        assert await waiting(server.url, calls.usage("2026-11")) == [UsageLine("sms", "seven", 2, 3)]
        with pytest.raises(NoAnswerError):
            await waiting(server.url, calls.usage())
    assert [path for _, path, _ in server.asked] == ["/v1/usage?month=2026-11", "/v1/usage?"]


@both
async def test_a_sender_id_is_sent_where_it_is_given(do: Do) -> None:
    """And nothing in its place where it is not."""
    with api((202, status("queued")), (202, status("queued")), (202, status("queued"))) as server:
        await asyncio.to_thread(Client(server.url, KEY).sms, "x", "y", sender_id="Praxis")
        async with AsyncClient(server.url, KEY) as client:
            await client.sms("x", "y", sender_id="Praxis")
        await do(server.url, calls.sms({"recipient": "x", "text": "y"}))
    bodies = [body for _, _, body in server.asked]
    assert bodies == [{"recipient": "x", "text": "y", "sender_id": "Praxis"}] * 2 + [{"recipient": "x", "text": "y"}]


@pytest.mark.parametrize("is_concurrent", [False, True])
async def test_an_outcome_is_asked_for_until_it_is_known(is_concurrent: bool) -> None:
    """Or until the time is over."""
    words = ["queued", "sending", "sent"]
    with api(*((200, status(word)) for word in ["queued", *words])) as server:
        if is_concurrent:
            async with AsyncClient(server.url, KEY) as client:
                message = await client.outcome(await client.status(ID), 60)
        else:
            waiter = Client(server.url, KEY)
            message = await asyncio.to_thread(waiter.outcome, waiter.status(ID), 60)
    assert (message.status, message.is_taken, message.is_lost, len(server.asked)) == ("sent", True, False, 4)
