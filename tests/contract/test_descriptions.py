"""Requests against the descriptions that vendors publish of their own APIs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own
from openapi_schema_validator import OAS30Validator, validate

from tests.exchange_files import FOLDER, TYPES, exchange_in, message_of, run

DESCRIPTIONS = Path(__file__).parents[3] / "shared" / "openapi"


def described(name: str) -> dict[str, Any]:
    """Return a vendor's own description."""
    file = DESCRIPTIONS / name
    if not file.is_file():
        pytest.skip(f"the vendor's description is not there: ../shared/openapi/{name}")
    text = file.read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    return content


def exchanges(kind: str) -> list[Path]:
    """Return the recorded exchanges of a type."""
    return sorted((FOLDER / kind).glob("*.toml"))


def address(kind: str, target: str) -> str:
    """Return where a request goes when the operator does not say otherwise."""
    return str(TYPES[kind].settings.model_fields["base_url"].default) + target


@pytest.mark.parametrize("path", exchanges("seven"), ids=lambda path: path.stem)
async def test_seven(path: Path) -> None:
    """A request to seven fits the vendor's schema with no member besides, and goes to the described address.

    The description knows forms only, the documentation JSON too, in which false cannot be read as a text.
    """
    found = described("seven.json")
    content = found["paths"]["/sms"]["post"]["requestBody"]["content"]
    schema = content["application/x-www-form-urlencoded"]["schema"] | {"additionalProperties": False}
    exchange = exchange_in(path)
    _, requests = await run("seven", exchange, message_of(exchange))
    validate(json.loads(requests[0].body), schema, cls=OAS30Validator)
    assert address("seven", requests[0].target) == found["servers"][0]["url"] + "/sms"


def closed(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 (a schema, at any depth)
    """Return a schema with its references filled in, whose objects have no members besides those described."""

    def fill(node: object) -> object:
        if isinstance(node, list):
            return [fill(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return fill(definitions[node["$ref"].rpartition("/")[2]])
        filled = {name: fill(each) for name, each in node.items()}
        return {**filled, "additionalProperties": False} if "properties" in node else filled

    return fill(schema)


@pytest.mark.parametrize("path", exchanges("sipgate"), ids=lambda path: path.stem)
async def test_sipgate(path: Path) -> None:
    """A request to sipgate fits the definition, and goes to the described address."""
    found = described("sipgate.yaml")
    schema = closed(found["definitions"]["SendWebSmsRequest"], found["definitions"])
    exchange = exchange_in(path)
    _, requests = await run("sipgate", exchange, message_of(exchange))
    validate(json.loads(requests[0].body), schema, cls=OAS30Validator)
    assert "/sessions/sms" in found["paths"]
    assert address("sipgate", requests[0].target) == f"https://{found['host']}{found['basePath']}/sessions/sms"


@pytest.mark.parametrize("path", exchanges("messagebird"), ids=lambda path: path.stem)
async def test_messagebird(path: Path) -> None:
    """A request to MessageBird fits the schema, and goes to the described address (which says `/messages` twice)."""
    found = described("messagebird-sms.yml")
    schema = closed(found["paths"]["/messages"]["post"]["requestBody"]["content"]["application/json"]["schema"], {})
    exchange = exchange_in(path)
    _, requests = await run("messagebird", exchange, message_of(exchange))
    validate(json.loads(requests[0].body), schema, cls=OAS30Validator)
    assert address("messagebird", requests[0].target) == found["servers"][0]["url"]


@pytest.mark.parametrize("path", exchanges("vonage"), ids=lambda path: path.stem)
async def test_vonage(path: Path) -> None:
    """A form for Vonage fits the schema once its numbers are numbers, and goes to the described address."""
    found = described("vonage-sms.yml")
    content = found["paths"]["/{format}"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    schema = closed(content["schema"], found["components"]["schemas"])
    exchange = exchange_in(path)
    _, requests = await run("vonage", exchange, message_of(exchange))
    form: dict[str, Any] = dict(parse_qsl(requests[0].body.decode()))
    numbers = {name: int(form[name]) for name in ("ttl",) if name in form}
    validate(form | numbers, schema, cls=OAS30Validator)
    assert address("vonage", requests[0].target) == found["servers"][0]["url"] + "/json"


@pytest.mark.parametrize("path", exchanges("sms-gate"), ids=lambda path: path.stem)
async def test_sms_gate(path: Path) -> None:
    """A request to SMSGate fits the definition; its address is the operator's, and ends as described."""
    found = described("android-sms-gateway.json")
    schema = closed(found["definitions"]["smsgateway.Message"], found["definitions"])
    exchange = exchange_in(path)
    _, requests = await run("sms-gate", exchange, message_of(exchange))
    validate(json.loads(requests[0].body), schema, cls=OAS30Validator)
    assert f"/3rdparty/v1{requests[0].target}" in found["paths"]
