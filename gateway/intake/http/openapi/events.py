"""What clients' programs are told at their own URLs, as the `webhooks` of the OpenAPI document."""

from typing import Final

from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.intake.http.openapi.operation import JSON, Node
from gateway.intake.http.openapi.schemas import REF

# Those that nobody is told of come and go, or are answered at once.
TOLD: Final = (State.IN_DOUBT, State.SENT, State.DELIVERED, State.UNDELIVERED, State.FAILED, State.EXPIRED)

_TIME: Final = {"type": "string", "format": "date-time"}
_TEXT: Final = {"type": "string"}

_HEADERS: Final = {
    "webhook-id": "The event's own id, the same at each try.",
    "webhook-timestamp": "Seconds since 1970 UTC: when this try was made.",
    "webhook-signature": "One signature or two, with a space between them: `v1,` and the base64 of HMAC-SHA256 over "
    "id, timestamp and body, joined by dots, under the webhook's secret.",
}
_ANSWERS: Final = {
    "2XX": {"description": "Taken."},
    "410": {"description": "No more events are wanted: nothing is sent until the operator makes it go on."},
    "default": {"description": "Not taken: tried again, later and later, for a day."},
}


def webhooks() -> Node:
    """Return what is told, a name for each kind of event."""
    return {
        "message": _told("message_changed", "A message came to another status.", "MessageEvent"),
        "privacy.changed": _told("privacy_changed", "A new version of the privacy notice is in force.", "PrivacyEvent"),
        "test": _told("test", "The operator tries the webhook.", "TestEvent"),
    }


def event_schemas() -> dict[str, Node]:
    """Return the schemas of the events' bodies."""
    message = _object(
        id=_TEXT,
        status={"type": "string", "enum": [state.value for state in TOLD]},
        attempts={"type": "integer", "minimum": 0},
        updated_at=_TIME,
        reason={"type": "string", "enum": [reason.value for reason in Reason]},
        provider=_TEXT,
    )
    message["required"] = ["id", "status", "attempts", "updated_at"]
    notice = _object(version=_TEXT, since=_TIME, path={"type": "string", "enum": ["/v1/privacy"]})
    return {
        "MessageEvent": _event([f"message.{state}" for state in TOLD], message),
        "PrivacyEvent": _event(["privacy.changed"], notice),
        "TestEvent": _event(["test"], _object()),
    }


def _told(name: str, summary: str, schema: str) -> Node:
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "security": [],
            "parameters": [
                {"name": header, "in": "header", "required": True, "description": meaning, "schema": _TEXT}
                for header, meaning in _HEADERS.items()
            ],
            "requestBody": {"required": True, "content": {JSON: {"schema": {"$ref": REF.format(name=schema)}}}},
            "responses": _ANSWERS,
        }
    }


def _event(types: list[str], data: Node) -> Node:
    return _object(type={"type": "string", "enum": types}, timestamp=_TIME, data=data)


def _object(**properties: Node) -> Node:
    node: Node = {"type": "object", "properties": properties, "additionalProperties": False}
    return node | ({"required": list(properties)} if properties else {})
