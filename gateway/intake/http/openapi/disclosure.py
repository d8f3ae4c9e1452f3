"""The schema of the disclosure, as `gateway.privacy.members` tells it."""

from typing import Final

import msgspec

from gateway.core.message import DOCUMENTED_FIELDS, Channel
from gateway.intake.http.openapi.operation import Node
from gateway.privacy.disclosure import RIGHTS, Controller

_TEXT: Final = {"type": "string"}
_MAYBE: Final = {"type": ["string", "null"]}
_COUNTRY: Final = {"type": "string", "pattern": "^[A-Z]{2}$"}
_FIELDS: Final = sorted({name for names in DOCUMENTED_FIELDS.values() for name in names})


def disclosure_schemas() -> dict[str, Node]:
    """Return the schemas that `GET /v1/privacy` is made of."""
    _, made = msgspec.json.schema_components([Controller], ref_template="#/components/schemas/{name}")
    controller = dict.fromkeys(made["Controller"]["properties"], _MAYBE)
    return {
        "Disclosure": _object(
            "What is done with data under the configuration in force.",
            version=_TEXT,
            since={"type": ["string", "null"], "format": "date-time"},
            controller=_object("Who answers for the data, as far as the operator says so.", **controller),
            processors={"type": "array", "items": {"$ref": "#/components/schemas/DisclosedProcessor"}},
            retention={"type": "array", "items": {"$ref": "#/components/schemas/KeptClass"}},
            rights={"type": "array", "items": {"$ref": "#/components/schemas/Right"}},
        ),
        "DisclosedProcessor": _object(
            "A company that receives fields of messages; null is what is not known.",
            name=_TEXT,
            company=_MAYBE,
            country={**_COUNTRY, "type": ["string", "null"]},
            processes_in={"type": "array", "items": _COUNTRY},
            channels={"type": "array", "items": {"type": "string", "enum": [each.value for each in Channel]}},
            fields={"type": "array", "items": {"type": "string", "enum": _FIELDS}},
            transfer_basis=_MAYBE,
            privacy_url=_MAYBE,
            erases={"type": "boolean", "description": "Whether it is told to erase what is erased here."},
        ),
        "KeptClass": _object(
            "A class of data, how long it is kept, and why.",
            **{"class": _TEXT, "keeps": _TEXT, "purpose": _TEXT, "legal_basis": _TEXT},
        ),
        "Right": _object(
            "A right of the persons behind the data.",
            right={"type": "string", "enum": [name for name, _ in RIGHTS]},
            basis=_TEXT,
            text=_TEXT,
        ),
    }


def _object(meaning: str, **properties: Node) -> Node:
    return {"type": "object", "description": meaning, "properties": properties, "required": list(properties)}
