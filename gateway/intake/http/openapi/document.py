"""The OpenAPI 3.1 document of the client API, made from the table of operations and the types behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gateway import __version__
from gateway.http_server.problem import PROBLEM_JSON, ProblemType
from gateway.intake.fields import FieldLimits
from gateway.intake.http.openapi.disclosure import disclosure_schemas
from gateway.intake.http.openapi.events import event_schemas, webhooks
from gateway.intake.http.openapi.examples import problem as problem_example
from gateway.intake.http.openapi.fields import message_schemas
from gateway.intake.http.openapi.operation import JSON, Node, Operation, Success
from gateway.intake.http.openapi.operations import OPERATIONS, problems_of_statuses
from gateway.intake.http.openapi.parameters import HEADER_NAMES, HEADERS, parameters
from gateway.intake.http.openapi.schemas import REF, answer_schemas

_DESCRIPTION: Final = """\
Hand over e-mails and text messages; the gateway passes on the documented fields, and nothing else.

Show a key with each call: `Authorization: Bearer <key>`, or Basic with the client's name and the key. Bodies are JSON
in UTF-8. Delivery controls travel as headers, because the body is what reaches the provider.

Errors are problems as in RFC 9457, with a stable `type`; they never repeat a value that was sent. Send again what was
answered with `409`, `429` or `503`, after the time in `Retry-After`, and what was not answered at all, with the same
`Idempotency-Key`.
"""

_TAGS: Final = (
    {"name": "Send", "description": "Hand messages over, and take them back."},
    {"name": "Ask", "description": "What became of messages, and what the caller may do."},
    {"name": "About", "description": "The gateway itself; no key is needed."},
)

_SECURITY: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The client's key."},
    "basic": {"type": "http", "scheme": "basic", "description": "The client's name, and its key as the password."},
}

_LINKS: Final = {
    name: {"operationId": operation, "parameters": {"id": "$response.body#/id"}, "description": meaning}
    for name, operation, meaning in (
        ("GetMessage", "get_message", "What becomes of it."),
        ("DeleteMessage", "delete_message", "Take it back."),
    )
}

_HEALTH: Final = {
    "type": "object",
    "properties": {"status": {"type": "string", "enum": ["ok"]}},
    "required": ["status"],
}

_UNAUTHORIZED: Final = 401
_RETRIED: Final = frozenset({409, 429, 503})


@dataclass(frozen=True, slots=True)
class Bounds:
    """The configured limits that the description tells; `longest_wait` is in seconds."""

    fields: FieldLimits
    longest_wait: int


@lru_cache(maxsize=4)
def document(bounds: Bounds) -> Node:
    """Return the document as JSON; it is made once for the same bounds and must not be changed."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Umschlag client API",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": list(_TAGS),
        "security": [{name: []} for name in _SECURITY],
        "paths": _paths(OPERATIONS),
        "webhooks": webhooks(),
        "components": {
            "schemas": {
                **message_schemas(bounds.fields),
                **answer_schemas(),
                **disclosure_schemas(),
                **event_schemas(),
                "Health": _HEALTH,
            },
            "parameters": parameters(bounds.longest_wait),
            "headers": dict(HEADERS),
            "links": _LINKS,
            "securitySchemes": _SECURITY,
        },
    }


def _paths(operations: Sequence[Operation]) -> Node:
    paths: Node = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return paths


def _operation(operation: Operation) -> Node:
    node: Node = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.meaning,
        "tags": [operation.tag],
    }
    if not operation.needs_key:
        node["security"] = []
    if operation.parameters:
        node["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in operation.parameters]
    if operation.body is not None:
        node["requestBody"] = {
            "required": True,
            "content": {
                JSON: {
                    "schema": {"$ref": REF.format(name=operation.body.schema)},
                    "examples": _examples(operation.body.examples),
                }
            },
        }
    successes = {str(success.status): _success(success) for success in operation.successes}
    refusals = {str(status): _refusal(problems) for status, problems in problems_of_statuses(operation).items()}
    node["responses"] = {**successes, **refusals}
    return node


def _success(success: Success) -> Node:
    node: Node = {"description": success.meaning}
    if success.schema is not None:
        examples = {"examples": _examples(success.examples)} if success.examples else {}
        node["content"] = {success.media_type: {"schema": success.schema, **examples}}
    if success.headers:
        node["headers"] = _headers(success.headers)
    if success.links:
        node["links"] = {name: {"$ref": f"#/components/links/{name}"} for name in success.links}
    return node


def _refusal(problems: Sequence[ProblemType]) -> Node:
    status = problems[0].status
    node: Node = {
        "description": "\n".join(f"* `{each.slug}`: {each.title}. {each.detail}" for each in problems),
        "content": {
            PROBLEM_JSON: {
                "schema": {"$ref": REF.format(name="Problem")},
                "examples": {each.slug: {"value": problem_example(each)} for each in problems},
            }
        },
    }
    if status == _UNAUTHORIZED:
        node["headers"] = _headers(["WWWAuthenticate"])
    if status in _RETRIED:
        node["headers"] = _headers(["RetryAfter"])
    return node


def _headers(names: Sequence[str]) -> Node:
    return {HEADER_NAMES[name]: {"$ref": f"#/components/headers/{name}"} for name in names}


def _examples(values: object) -> Node:
    items = values.items() if isinstance(values, dict) else ()
    return {name.replace(" ", "_"): {"summary": name, "value": value} for name, value in items}
