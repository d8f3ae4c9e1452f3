"""Requests against the descriptions that vendors publish of their own APIs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def closed(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema of an object that has no member besides those described."""
    return {**schema, "additionalProperties": False}
