"""The description of the client API: valid, complete, and true to the types and routes that it is made from."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource

from gateway.core.outcome import Reason
from gateway.core.sms import Encoding
from gateway.core.state import State
from gateway.delivery.event_post import body_of, body_of_test
from gateway.http_server.problem import METHOD_NOT_ALLOWED
from gateway.intake.disclosing import Disclosing
from gateway.intake.fields import FieldLimits
from gateway.intake.http.openapi import OPERATIONS, Bounds, document
from gateway.intake.http.openapi.operations import OF_MESSAGE
from gateway.intake.http.openapi.words import OF_ENCODING, OF_REASON, OF_STATE
from gateway.intake.http.problems import FORGED_REPORT, MALFORMED_REPORT, PROBLEMS
from gateway.spool.events import MessageChange, NoticeChange, WaitingEvent
from tests.contract.http_api import MAIL, SMS, Api, serving_api
from tests.contract.http_wire import call
from tests.fakes.notice import telling

BOUNDS = Bounds(FieldLimits("DE", 998, 256_000), 30)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """Return the client API."""
    async with serving_api(tmp_path) as api:
        yield api


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return every operation with its method and path."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def faults(described: dict[str, Any], schema: dict[str, Any], value: object) -> list[str]:
    """Return what is wrong with JSON by a schema of the document."""
    whole = Resource.from_contents({"$schema": "https://json-schema.org/draft/2020-12/schema", **described})
    registry: Registry[Any] = Registry().with_resource("urn:api", whole)
    absolute = json.loads(re.sub(r'"#/', '"urn:api#/', json.dumps(schema)))
    return [error.message for error in OAS31Validator(absolute, registry=registry).iter_errors(value)]


def test_the_document_is_openapi_3_1() -> None:
    """By the validator of the specification."""
    assert [str(error) for error in OpenAPIV31SpecValidator(document(BOUNDS)).iter_errors()] == []


async def test_every_route_has_its_operation(tmp_path: Path) -> None:
    """And every operation its route; the pages' styles are no calls."""
    async with serving_api(tmp_path) as api:
        table = [*api.calls.routes(), *Disclosing(api.desk.store.store).routes()]
    routes = {(route.method, route.path) for route in table if not route.path.endswith(".css")}
    assert {(operation.method, operation.path) for operation in OPERATIONS} == routes


def test_every_problem_is_told() -> None:
    """But those of providers' calls, and of methods that no operation has."""
    told = {each for operation in OPERATIONS for each in operation.problems} | set(OF_MESSAGE)
    assert set(PROBLEMS.values()) - told == {METHOD_NOT_ALLOWED, FORGED_REPORT, MALFORMED_REPORT}
    assert told - set(PROBLEMS.values()) == set()


def test_every_word_is_explained() -> None:
    """Each state, reason and encoding has a meaning."""
    assert (set(OF_STATE), set(OF_REASON), set(OF_ENCODING)) == (set(State), set(Reason), set(Encoding))


def test_every_example_is_in_order() -> None:
    """What the document shows keeps to the schemas beside it."""
    described = document(BOUNDS)
    contents = [
        content
        for _, _, operation in operations(described)
        for holder in (operation.get("requestBody", {}), *operation["responses"].values())
        for content in holder.get("content", {}).values()
    ]
    wrong = [
        fault
        for content in contents
        for example in content.get("examples", {}).values()
        for fault in faults(described, content["schema"], example["value"])
    ]
    assert wrong == []


CHANGE = MessageChange("0" * 32, "failed", "invalid_recipient", "seven", attempts=1)


@pytest.mark.parametrize(
    "name, body",
    [
        ("MessageEvent", body_of(WaitingEvent(1, "e", CHANGE, at=1, tries=0))),
        ("MessageEvent", body_of(WaitingEvent(1, "e", replace(CHANGE, reason=None, provider=None), at=1, tries=0))),
        ("PrivacyEvent", body_of(WaitingEvent(1, "e", NoticeChange("v"), at=1, tries=0))),
        ("TestEvent", body_of_test(1)),
    ],
)
def test_events_keep_to_their_schemas(name: str, body: bytes) -> None:
    """What clients' programs are told is described with what they call, in the document's webhooks."""
    described = document(BOUNDS)
    schema = {"$ref": f"#/components/schemas/{name}"}
    assert faults(described, schema, json.loads(body)) == []
    assert schema in [
        told["post"]["requestBody"]["content"]["application/json"]["schema"] for told in described["webhooks"].values()
    ]


def test_every_component_is_used() -> None:
    """Nothing is described that no operation leads to."""
    described = document(BOUNDS)
    used = set(re.findall(r'"#/components/([a-z]+/\w+)"', json.dumps(described), re.IGNORECASE))
    there = {f"{kind}/{name}" for kind, each in described["components"].items() for name in each}
    assert {name for name in there if not name.startswith("securitySchemes")} == used


@pytest.mark.parametrize("name, members", [("Sms", SMS), ("Email", MAIL)])
@pytest.mark.parametrize("change", ["none", "missing", "number", "control"])
async def test_the_decoder_and_the_schema_agree(api: Api, name: str, members: dict[str, Any], change: str) -> None:
    """What the schema refuses is refused, field by field, and the rest is taken."""
    described = json.loads((await api.get("/openapi.json")).body)
    schema = {"$ref": f"#/components/schemas/{name}"}
    changes: dict[str, Callable[[str], object]] = {"number": lambda _: 7, "control": lambda text: f"{text}\0"}
    for field in members if change != "none" else ["none"]:
        changed = dict(members)
        if change == "missing":
            del changed[field]
        elif change != "none":
            changed[field] = changes[change](changed[field])
        taken = (await api.post(f"/v1/{name.lower()}", changed)).status == 202
        refused_by_format = change == "control" and field in {"sender", "recipient"}
        assert taken is (change == "none")
        assert (faults(described, schema, changed) == []) is (taken or refused_by_format)


async def test_answers_keep_to_their_schemas(api: Api) -> None:
    """Of each call that answers with JSON."""
    described = json.loads((await api.get("/openapi.json")).body)
    sent = await api.post("/v1/sms", SMS)
    replies = {
        ("/v1/sms", "post"): sent,
        ("/v1/batch", "post"): await api.post("/v1/batch", {"messages": [{"channel": "sms", **SMS}, {}]}),
        ("/v1/messages/{id}", "get"): await api.get(f"/v1/messages/{sent.members()['id']}"),
        ("/v1/messages", "get"): await api.get("/v1/messages?limit=1"),
        ("/v1/usage", "get"): await api.get("/v1/usage"),
        ("/v1/me", "get"): await api.get("/v1/me"),
        ("/healthz", "get"): await api.get("/healthz"),
    }
    for (path, method), reply in replies.items():
        response = described["paths"][path][method]["responses"][str(reply.status)]
        content = response["content"][reply.headers["content-type"]]
        assert faults(described, content["schema"], reply.members()) == []
        assert {name.lower() for name in response.get("headers", ())} - {"preference-applied"} <= set(reply.headers)


async def test_the_disclosure_keeps_to_its_schema(tmp_path: Path) -> None:
    """As it is told of a configuration with providers."""
    async with telling(tmp_path) as board:
        reply = await call(board.port, "GET", "/v1/privacy")
    assert faults(document(BOUNDS), {"$ref": "#/components/schemas/Disclosure"}, reply.members()) == []


def test_the_document_tells_the_limits_that_are_configured() -> None:
    """Another configuration makes another document."""
    other = replace(BOUNDS, fields=FieldLimits("AT", 50, 1000, smart_encoding=True), longest_wait=3)
    described = json.dumps(document(other), ensure_ascii=False)
    assert all(words in described for words in ('"maxLength": 50', "1000 bytes", "in AT.", "at most 3.", "made plain"))


async def test_the_description_needs_no_key_and_loads_nothing_else(api: Api) -> None:
    """Document, page and style are open; the page names files of the gateway only, and its policy allows no more."""
    replies = [await call(api.port, "GET", path) for path in ("/openapi.json", "/docs", "/docs.css")]
    types = ["application/json", "text/html; charset=utf-8", "text/css; charset=utf-8"]
    assert [(reply.status, reply.headers["content-type"]) for reply in replies] == [(200, each) for each in types]
    page = replies[1].body.decode()
    assert set(re.findall(r'(?:src|href)="([^"#]*)', page)) == {"", "/docs.css", "/openapi.json"}
    assert "<script" not in page
    assert replies[1].headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


async def test_every_link_of_the_page_has_its_target(api: Api) -> None:
    """Contents and types lead to a place on the page."""
    page = (await call(api.port, "GET", "/docs")).body.decode()
    targets = re.findall(r'id="([^"]+)"', page)
    assert set(re.findall(r'href="#([^"]+)"', page)) - set(targets) == set()
    assert len(targets) == len(set(targets))
