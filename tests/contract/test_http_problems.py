"""The client API's problems: each of the documented list, and that no answer repeats what came in."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.rate import Rate
from gateway.http_server import TlsError
from gateway.intake.http.problems import PROBLEMS
from gateway.settings import HttpSection, LimitsSection
from tests.contract.http_api import JSON, MAIL, MAX_BODY, SMS, Api, basic, problem, serving_api
from tests.contract.http_wire import call, dial, head

MARK = "S3NT-field-4711"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """Return the client API."""
    async with serving_api(tmp_path) as api:
        yield api


async def stored(api: Api) -> int:
    """Return how many messages are in the spool."""
    return sum(depth.count for depth in await api.desk.store.store.queue_depths())


@pytest.mark.parametrize(
    "body, expected",
    [
        (b"", (400, "malformed-json")),
        (b"{", (400, "malformed-json")),
        (b'{"text":"' + MARK.encode() + b'\xff"}', (400, "malformed-json")),
        (b"\xef\xbb\xbf{}", (400, "malformed-json")),
        (b'{"text":NaN}', (400, "malformed-json")),
        (b"[" * 9000, (400, "malformed-json")),
        (json.dumps(SMS).encode() + MARK.encode(), (400, "malformed-json")),
        (b"[]", (422, "not-an-object")),
        (b'"' + MARK.encode() + b'"', (422, "not-an-object")),
        (json.dumps(SMS).encode()[:-1] + b',"text":"' + MARK.encode() + b'"}', (422, "duplicate-member")),
        (json.dumps(SMS).encode()[:-1] + b',"x":{"' + MARK.encode() + b'":1,"S3NT-field-4711":2}}',
         (422, "duplicate-member")),
        (b" " * (MAX_BODY + 1), (413, "too-large")),
    ],
)  # fmt: skip
async def test_a_body_that_is_no_message_is_told(api: Api, body: bytes, expected: tuple[int, str]) -> None:
    """400 for what is no JSON, 422 for JSON that does not say what is meant; nothing is kept."""
    reply = await api.post("/v1/sms", body)
    assert (*expected, []) == problem(reply)
    assert MARK.encode() not in reply.raw
    assert await stored(api) == 0


@pytest.mark.parametrize(
    "path, members, errors",
    [
        ("/v1/sms", {}, [("recipient", "is required"), ("text", "is required")]),
        ("/v1/sms", SMS | {"recipient": MARK}, [("recipient", "is not a valid phone number")]),
        ("/v1/sms", SMS | {"recipient": None}, [("recipient", "must be a text")]),
        ("/v1/sms", SMS | {"recipient": [MARK]}, [("recipient", "must be a text")]),
        ("/v1/sms", SMS | {"text": ""}, [("text", "must not be empty")]),
        ("/v1/sms", SMS | {"text": MARK + "\0"}, [("text", "must not contain NUL")]),
        ("/v1/sms", SMS | {"text": MARK + "\ud800"}, [("text", "must not contain unpaired surrogates")]),
        ("/v1/sms", SMS | {"text": MARK * 100}, [("text", "needs more segments than are allowed")]),
        ("/v1/sms", SMS | {"sender_id": MARK}, [
            ("sender_id", "must be a phone number, or up to 11 characters with at least one letter")]),
        ("/v1/sms", SMS | {"sender_id": "S3\nNT"}, [("sender_id", "must be one line")]),
        ("/v1/email", {}, [(name, "is required") for name in ("sender", "recipient", "subject", "text")]),
        ("/v1/email", MAIL | {"subject": MARK + "\r\nBcc: x"}, [("subject", "must be one line")]),
        ("/v1/email", MAIL | {"subject": MARK * 10}, [("subject", "is too long")]),
        ("/v1/email", MAIL | {"text": MARK * 100}, [("text", "is too long")]),
        ("/v1/email", MAIL | {"sender": MARK}, [("sender", "is not an e-mail address")]),
        ("/v1/email", MAIL | {"recipient": f"{MARK}@example.org <x@example.org>"}, [
            ("recipient", "must be exactly one e-mail address")]),
    ],
)  # fmt: skip
async def test_fields_that_are_wrong_are_all_told(
    api: Api, path: str, members: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    """By name and rule, never by value."""
    reply = await api.post(path, members)
    assert problem(reply) == (422, "invalid-message", errors)
    assert b"S3NT" not in reply.raw
    assert await stored(api) == 0


@pytest.mark.parametrize(
    "given, path, members, errors",
    [
        ({"channels": frozenset()}, "/v1/sms", SMS, [("channel", "is not allowed for this client")]),
        ({}, "/v1/sms", SMS | {"sender_id": "S3NT"}, [("sender_id", "is not allowed for this client")]),
        ({"senders": ("*@other.example",)}, "/v1/email", MAIL, [("sender", "is not allowed for this client")]),
        (
            {"countries": frozenset({"AT"})},
            "/v1/sms",
            SMS,
            [("recipient", "is in a country that is not allowed for this client")],
        ),
    ],
)
async def test_what_a_client_may_not_send_is_forbidden(
    api: Api, given: dict[str, Any], path: str, members: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    """403 names the field; a listed sender is not repeated either."""
    _, api.key = await api.desk.client("bound", **given)
    reply = await api.post(path, members)
    assert problem(reply) == (403, "not-allowed", errors)
    assert not any(word in reply.raw for word in (b"S3NT", b"other.example", b"AT", b"bound"))


async def test_whatever_is_wrong_with_the_key_the_answer_is_the_same(api: Api) -> None:
    """Both schemes are offered, and nothing tells which part was wrong."""
    _, other = await api.desk.client("other")
    shown = [
        [],
        [("Authorization", "")],
        [("Authorization", f"Bearer {MARK}")],
        [("Authorization", f"Bearer {api.key}x")],
        [("Authorization", f"Digest {api.key}")],
        [("Authorization", "Basic \xff")],
        [basic("praxis", other)],
        [basic("nobody", api.key)],
        [basic(MARK, MARK)],
    ]
    calls = [("POST", "/v1/sms"), ("GET", "/v1/messages"), ("DELETE", "/v1/messages/x"), ("GET", "/v1/usage")]
    replies = [
        await call(api.port, method, path, [*headers, JSON], json.dumps(SMS).encode())
        for headers in shown
        for method, path in calls
    ]
    same = {(reply.status, tuple(pair for pair in reply.pairs if pair[0] != "date"), reply.body) for reply in replies}
    assert len(same) == 1
    assert problem(replies[0]) == (401, "unauthorized", [])
    assert [value for name, value in replies[0].pairs if name == "www-authenticate"] == [
        'Bearer realm="umschlag"',
        'Basic realm="umschlag", charset="UTF-8"',
    ]
    assert await stored(api) == 0


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Content-Type", "")],
        [("Content-Type", "text/plain")],
        [("Content-Type", f"application/{MARK}")],
        [("Content-Type", "application/json; charset=iso-8859-1")],
        [("Content-Type", f"application/json; x={MARK}")],
        [("Content-Type", "multipart/form-data; boundary=x")],
        [("Content-Type", "application/x-www-form-urlencoded")],
    ],
)
async def test_another_media_type_is_refused(api: Api, headers: list[tuple[str, str]]) -> None:
    """JSON in UTF-8 alone; what Accept says does not matter."""
    reply = await call(
        api.port, "POST", "/v1/sms", [api.bearer, ("Accept", "text/html"), *headers], json.dumps(SMS).encode()
    )
    assert problem(reply) == (415, "unsupported-media-type", [])
    assert MARK.encode() not in reply.raw


async def test_a_message_without_a_route_is_refused(api: Api) -> None:
    """No provider may have it."""
    api.desk.routes["anybody"] = ()
    assert problem(await api.post("/v1/sms", SMS)) == (422, "no-route", [])


async def test_limits_are_told_with_the_time_to_wait(tmp_path: Path) -> None:
    """429 for the moment and for the day."""
    async with serving_api(tmp_path, limits=LimitsSection(rate=Rate(2, 10), daily=3)) as api:
        statuses = [(await api.post("/v1/sms", SMS)).status for _ in range(2)]
        hasty = await api.post("/v1/sms", SMS)
        api.desk.now += 10
        statuses.append((await api.post("/v1/sms", SMS)).status)
        late = await api.post("/v1/sms", SMS)
    assert statuses == [202] * 3
    assert [(*problem(reply), reply.headers["retry-after"]) for reply in (hasty, late)] == [
        (429, "rate-limited", [], "5"),
        (429, "daily-quota", [], "57590"),
    ]


async def test_a_gateway_that_cannot_keep_a_message_says_when_to_come_back(api: Api) -> None:
    """503 with Retry-After for each reason, and nothing half accepted."""
    seen = []
    assert (await api.post("/v1/sms", SMS)).status == 202
    for attribute in ("is_full", "is_away"):
        setattr(api.desk.store, attribute, True)
        seen.append(await api.post("/v1/sms", SMS))
        setattr(api.desk.store, attribute, False)
    api.desk.overdue.append("content")
    seen.append(await api.post("/v1/sms", SMS))
    api.desk.door.close()
    seen.append(await api.post("/v1/sms", SMS))
    assert [(*problem(reply)[:2], reply.headers["retry-after"]) for reply in seen] == [
        (503, "storage-full", "60"),
        (503, "storage-unavailable", "5"),
        (503, "retention-overdue", "60"),
        (503, "draining", "5"),
    ]
    assert (await stored(api), len(api.desk.delivery.passed)) == (1, 1)


async def test_a_spool_that_is_away_is_told_by_every_call(api: Api) -> None:
    """Whoever is known hears 503, and so does whoever cannot be looked up."""
    message = (await api.accepted())["id"]
    api.desk.store.is_away = True
    paths = [("GET", f"/v1/messages/{message}"), ("DELETE", f"/v1/messages/{message}"), ("GET", "/v1/messages")]
    replies = [await api.get(path, method) for method, path in [*paths, ("GET", "/v1/usage")]]
    assert [problem(reply) for reply in replies] == [(503, "storage-unavailable", [])] * 4
    assert problem(await api.get("/v1/usage", key="unknown")) == (503, "busy", [])


async def test_every_problem_has_a_page(api: Api) -> None:
    """Its type leads to a short text that needs no key."""
    for slug, each in PROBLEMS.items():
        reply = await call(api.port, "GET", f"/problems/{slug}")
        expected = f"{each.title}\n\nHTTP status {each.status}\n\n{each.detail}\n"
        assert (reply.status, reply.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert expected == reply.body.decode()
    assert problem(await call(api.port, "GET", f"/problems/{MARK}")) == (404, "not-found", [])


def test_the_list_of_problems_is_the_documented_one() -> None:
    """What stands here is not renamed."""
    assert {slug: each.status for slug, each in PROBLEMS.items()} == {
        "malformed-http": 400, "malformed-body": 400, "malformed-json": 400, "unauthorized": 401,
        "forged-report": 401, "malformed-report": 400, "not-allowed": 403,
        "not-found": 404, "method-not-allowed": 405, "request-timeout": 408, "too-large": 413,
        "unsupported-encoding": 415, "unsupported-media-type": 415, "expectation-failed": 417, "not-an-object": 422,
        "duplicate-member": 422, "invalid-message": 422, "invalid-parameter": 422, "no-route": 422,
        "not-disclosable": 422, "opted-out": 422,
        "invalid-batch": 422, "invalid-header": 422, "idempotency-key-reused": 422, "in-progress": 409,
        "message-erased": 410, "rate-limited": 429, "daily-quota": 429, "monthly-quota": 429, "too-many-requests": 429,
        "internal-error": 500, "busy": 503, "draining": 503,
        "retention-overdue": 503, "storage-full": 503, "storage-unavailable": 503,
    }  # fmt: skip


_NAMES = st.sampled_from(["sender", "recipient", "subject", "text", "sender_id", "other"])
_MARKED = st.builds(
    lambda before, after: before + MARK + after, st.text(max_size=5), st.text(st.characters(codec=None), max_size=5)
)
_VALUES = st.recursive(_MARKED, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_MARKED, inner, max_size=2))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=100)
@given(st.dictionaries(_NAMES, _VALUES | st.none() | st.just(SMS["recipient"]), max_size=6), st.booleans())
async def test_no_answer_repeats_a_value(api: Api, members: dict[str, Any], is_mail: bool) -> None:
    """Whatever stands in whichever field: no answer and no log line has it, and none is 500."""
    reply = await api.post("/v1/email" if is_mail else "/v1/sms", members)
    assert reply.status in {202, 403, 422}
    assert MARK.encode() not in reply.raw
    assert MARK not in api.desk.lines.getvalue()


async def test_many_bodies_on_one_connection_keep_in_step(api: Api) -> None:
    """Good and bad ones in turn, without waiting for the answers."""
    bodies = [json.dumps(SMS).encode(), b"{", b"[]", json.dumps(SMS | {"text": ""}).encode()] * 5
    async with dial(api.port) as wire:
        for body in bodies:
            await wire.say(head("POST", "/v1/sms", [api.bearer, JSON, ("Content-Length", str(len(body)))]) + body)
        statuses = [(await wire.hear()).status for _ in bodies]
    assert statuses == [202, 400, 422, 422] * 5


@pytest.mark.parametrize("half", ["tls_cert", "tls_key"])
async def test_half_a_pair_of_certificate_and_key_is_refused(tmp_path: Path, half: str) -> None:
    """It must not end in plain HTTP."""
    section = HttpSection.model_validate({"listen": "127.0.0.1:0", half: tmp_path / "x.pem"})
    with pytest.raises(TlsError, match=r"^http.tls_cert and http.tls_key belong together$"):
        async with serving_api(tmp_path, section=section):
            pass
