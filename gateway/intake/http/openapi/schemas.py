"""The schemas of what the client API answers, made from the types that encode it."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gateway.core.message import Channel
from gateway.intake.http.batch import AcceptedItem, BatchResource, RefusedItem
from gateway.intake.http.dry_run import ProspectResource
from gateway.intake.http.me import MeResource
from gateway.intake.http.openapi.operation import Node
from gateway.intake.http.openapi.words import OF_ENCODING, OF_REASON, OF_STATE
from gateway.intake.http.resource import StatusPage, StatusResource, UsageResource

REF: Final = "#/components/schemas/{name}"

_STRUCTS: Final = (
    StatusResource,
    StatusPage,
    UsageResource,
    MeResource,
    ProspectResource,
    AcceptedItem,
    RefusedItem,
    Channel,
)

ID: Final = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
COUNTRY: Final = {"type": "string", "pattern": "^[A-Z]{2}$"}
_MOMENT: Final = {"type": "string", "format": "date-time"}
_CHANNEL: Final = {"$ref": REF.format(name="Channel")}

# What the names of texts and of lists of texts tell beyond their types.
_OF_TEXTS: Final[Mapping[str, Node]] = {
    "id": ID,
    "next_cursor": ID,
    "channel": _CHANNEL,
    "channels": _CHANNEL,
    "status": {"$ref": REF.format(name="State")},
    "reason": {"$ref": REF.format(name="Reason")},
    "encoding": {"$ref": REF.format(name="Encoding")},
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
    "given_at": _MOMENT,
    "withdrawn_at": _MOMENT,
    "month": {"type": "string", "pattern": r"^\d{4}-\d{2}$"},
    "period": {"type": "string", "pattern": r"^\d{4}-\d{2}(-\d{2})?$"},
    "country": COUNTRY,
    "countries": COUNTRY,
    "processes_in": COUNTRY,
    "privacy_url": {"type": "string", "format": "uri"},
}

_PROBLEM: Final = {
    "type": "object",
    "description": "A problem as in RFC 9457. It never repeats a value that was sent.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Stable; leads to a page about it."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What to do about it."},
        "errors": {"type": "array", "items": {"$ref": REF.format(name="FieldError")}},
    },
    "required": ["type", "title", "status", "detail"],
}
_FIELD_ERROR: Final = {
    "type": "object",
    "description": "A field, header or parameter, and the rule that it broke.",
    "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
    "required": ["field", "reason"],
}


def answer_schemas() -> dict[str, Node]:
    """Return a schema for each type that an answer is made of."""
    _, made = msgspec.json.schema_components(_STRUCTS, ref_template=REF)
    schemas = {_public(name): _refined(schema) for name, schema in made.items()}
    return {
        **schemas,
        "BatchResult": _batch(),
        "State": _words("Where a message is in its life.", OF_STATE),
        "Reason": _words("Why a message stands where it stands.", OF_REASON),
        "Encoding": _words("The alphabet of a text message.", OF_ENCODING),
        "Problem": _PROBLEM,
        "FieldError": _FIELD_ERROR,
    }


def _public(name: str) -> str:
    return name.removesuffix("Resource")


def _refined(schema: Mapping[str, Any]) -> Node:
    refined = {**schema, "description": _paragraph(schema.get("description", ""))}
    refined.pop("title", None)
    if "properties" in schema:
        refined["properties"] = {name: _property(name, each) for name, each in schema["properties"].items()}
    return refined


def _property(name: str, schema: Node) -> Node:
    """Return a property as it is sent: what is None by default is left out, so that null is no possible value."""
    options = schema.get("anyOf")
    if options is None:
        return _refined_value(name, schema)
    [known] = [_refined_value(name, each) for each in options if each != {"type": "null"}]
    return known if "default" in schema else {"anyOf": [known, {"type": "null"}]}


def _refined_value(name: str, schema: Node) -> Node:
    if name == "problem":
        return {"$ref": REF.format(name="Problem")}
    if "$ref" in schema:
        return {"$ref": REF.format(name=_public(schema["$ref"].rpartition("/")[2]))}
    if schema.get("type") == "array":
        return {"type": "array", "items": _refined_value(name, schema["items"])}
    if schema.get("type") == "integer":
        return {"type": "integer", "minimum": 0}
    return dict(_OF_TEXTS.get(name, schema))


def _batch() -> Node:
    """Return the schema of a batch's answer: msgspec makes none for two types that nothing tells apart."""
    [results] = msgspec.structs.fields(BatchResource)
    items = [{"$ref": REF.format(name=each.__name__)} for each in (AcceptedItem, RefusedItem)]
    return {
        "type": "object",
        "description": _paragraph(BatchResource.__doc__ or ""),
        "properties": {results.name: {"type": "array", "items": {"oneOf": items}}},
        "required": [results.name],
    }


def _words(meaning: str, words: Mapping[Any, str]) -> Node:
    listed = "\n".join(f"* `{word.value}`: {text}" for word, text in words.items())
    return {"type": "string", "enum": [word.value for word in words], "description": f"{meaning}\n\n{listed}"}


def _paragraph(text: str) -> str:
    """Return a docstring as paragraphs of one line each."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))
