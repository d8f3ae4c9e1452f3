"""What the description of the client API says of one call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.http_server.problem import ProblemType

JSON: Final = "application/json"

# JSON as in the OpenAPI document.
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Success:
    """One answer that is no problem: `schema` describes its body, None where it has none.

    `headers` and `links` name components.
    """

    status: int
    meaning: str
    schema: Node | None
    media_type: str = JSON
    examples: Mapping[str, Any] = field(default_factory=dict)
    headers: Sequence[str] = ()
    links: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A request body of JSON: `schema` is the name of a component."""

    schema: str
    examples: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One call; `parameters` name components, `problems` are all that it can answer with."""

    method: str
    path: str
    name: str
    summary: str
    meaning: str
    tag: str
    successes: Sequence[Success]
    problems: Sequence[ProblemType]
    parameters: Sequence[str] = ()
    body: Body | None = None
    needs_key: bool = True
