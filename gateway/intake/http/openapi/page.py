"""The page that renders the OpenAPI document: HTML of the gateway's own, which needs no script and no other host."""

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from gateway.http_server.pages import policy, templates
from gateway.intake.http.openapi.operation import JSON, Node

FOLDER: Final = Path(__file__).parent
HEADERS: Final = (*policy(style_src="'self'"), ("Referrer-Policy", "no-referrer"))

_PLACES: Final = {"path": "in the path", "query": "in the query", "header": "header"}
_PROBLEMS: Final = 400  # statuses from here on are problems

_TEMPLATES: Final = templates(FOLDER)


def render(document: Node) -> bytes:
    """Return the page of a document."""
    page = _Page(document)
    template = _TEMPLATES.get_template("docs.html")
    return template.render(
        info=document["info"],
        lead=_blocks(document["info"]["description"]),
        groups=page.groups(),
        schemas=page.schemas(),
    ).encode()


class _Page:
    """A document as the template takes it."""

    def __init__(self, document: Node) -> None:
        self._document = document

    def groups(self) -> list[Node]:
        """Return the operations by their tags."""
        operations = [
            self._operation(path, method, operation)
            for path, methods in self._document["paths"].items()
            for method, operation in methods.items()
        ]
        return [
            {**tag, "operations": [each for each in operations if tag["name"] in each["tags"]]}
            for tag in self._document["tags"]
        ]

    def schemas(self) -> list[Node]:
        """Return the components that describe JSON."""
        return [
            {
                "name": name,
                "blocks": _blocks(schema.get("description", "")),
                "rows": list(self._rows(schema)),
            }
            for name, schema in self._document["components"]["schemas"].items()
        ]

    def _operation(self, path: str, method: str, operation: Node) -> Node:
        responses = [self._response(status, each) for status, each in operation["responses"].items()]
        body = operation.get("requestBody", {}).get("content", {}).get(JSON)
        return {
            "id": operation["operationId"],
            "method": method.upper(),
            "path": path,
            "summary": operation["summary"],
            "blocks": _blocks(operation["description"]),
            "tags": operation["tags"],
            "needs_key": operation.get("security") != [],
            "parameters": [self._parameter(each) for each in operation.get("parameters", ())],
            "body": body and self._type(body["schema"]),
            "rows": list(self._rows(self._target(body["schema"]))) if body else [],
            "call": self._call(path, method, operation, body),
            "successes": [each for each in responses if each["status"] < _PROBLEMS],
            "problems": [each for each in responses if each["status"] >= _PROBLEMS],
        }

    def _parameter(self, node: Node) -> Node:
        parameter = self._target(node)
        return {
            "name": parameter["name"],
            "type": self._type(parameter["schema"]),
            "required": parameter["required"],
            "blocks": _blocks(parameter["description"]),
            "notes": ", ".join(filter(None, (_PLACES[parameter["in"]], _limits(parameter["schema"])))),
        }

    def _response(self, status: str, response: Node) -> Node:
        # No call answers one status in two media types.
        content: Node = next(iter(response.get("content", {}).values()), {})
        examples = content.get("examples", {}).values()
        return {
            "status": int(status),
            "blocks": _blocks(response["description"]),
            "type": self._type(content["schema"]) if content else "",
            "headers": [
                {"name": name, "blocks": _blocks(self._target(header)["description"])}
                for name, header in response.get("headers", {}).items()
            ],
            "examples": [
                {"title": each.get("summary", ""), "text": _written(each["value"])}
                for each in examples
                if int(status) < _PROBLEMS
            ],
        }

    def _rows(self, schema: Node) -> Iterator[Node]:
        required = schema.get("required", ())
        for name, each in schema.get("properties", {}).items():
            described = each.get("description", "")
            yield {
                "name": name,
                "type": self._type(each),
                "required": name in required,
                "blocks": _blocks(described),
                "notes": _limits(each),
            }

    def _type(self, schema: Node) -> Markup:
        """Write a type in a few words, with links to components."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return Markup('<a href="#schema-{0}">{0}</a>').format(name)
        options = schema.get("oneOf") or schema.get("anyOf")
        if options:
            return Markup(" or ").join(map(self._type, options))
        if schema.get("type") == "array":
            return Markup("list of {}").format(self._type(schema["items"]))
        types = schema.get("type", "any")
        written = types if isinstance(types, str) else " or ".join(types)
        return (
            Markup("{}, {}").format(written, schema["format"]) if "format" in schema else Markup("{}").format(written)
        )

    def _target(self, node: Node) -> Node:
        """Return what a reference leads to, or the node itself."""
        if "$ref" not in node:
            return node
        found: Any = self._document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        target: Node = found
        return target

    def _call(self, path: str, method: str, operation: Node, body: Node | None) -> str:
        """Write the call as a command."""
        for parameter in map(self._target, operation.get("parameters", ())):
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", str(parameter["example"]))
        words = [f'curl -sS {"-X DELETE " if method == "delete" else ""}"$URL{path}"']
        if operation.get("security") != []:
            words.append('-H "Authorization: Bearer $KEY"')
        if body is not None:
            example = next(iter(body["examples"].values()))["value"]
            words += [
                f"-H 'Content-Type: {JSON}'",
                f"-d {shlex.quote(_written(example))}",
            ]
        return " \\\n  ".join(words)


def _limits(schema: Mapping[str, Any]) -> str:
    """Say how long or large a value may be."""
    told = [
        _range(schema.get("minLength"), schema.get("maxLength"), " characters"),
        _range(schema.get("minItems"), schema.get("maxItems"), " items"),
        _range(schema.get("minimum"), schema.get("maximum"), ""),
    ]
    return ", ".join(filter(None, told))


def _range(least: int | None, most: int | None, unit: str) -> str:
    if most is None:
        return "not empty" if least and unit else ""
    return f"{least} to {most}{unit}" if least else f"at most {most}{unit}"


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _blocks(text: str) -> list[Node]:
    """Return paragraphs and lists of a text, words between backticks set apart."""
    blocks: list[Node] = []
    for part in filter(None, (part.strip() for part in text.split("\n\n"))):
        if part.startswith("* "):
            blocks.append({"items": [_coded(line.removeprefix("* ")) for line in part.split("\n")]})
        else:
            blocks.append({"text": _coded(part.replace("\n", " "))})
    return blocks


def _coded(text: str) -> Markup:
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if odd % 2 else part for odd, part in enumerate(parts)
    )
