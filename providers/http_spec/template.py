"""Text with placeholders in it: `{name}` stands for a value, everything else for itself."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Template:
    """Constant texts and placeholders' names in turn, a text first: `Bearer {token}` is `("Bearer ", "token", "")`."""

    parts: tuple[str, ...]
    # The name of its placeholder where it is nothing but one; kept, for it is asked for with every message.
    lone: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look what it is."""
        text, name, rest = self.parts if len(self.parts) == 3 else ("", None, "")  # noqa: PLR2004 (text, name, text)
        object.__setattr__(self, "lone", None if text or rest else name)

    @property
    def names(self) -> frozenset[str]:
        """The placeholders in it."""
        return frozenset(self.parts[1::2])

    def fill(self, values: Mapping[str, Any], write: Callable[[str], str] = str) -> str | None:
        """Return the text with `write(value)` in each place, or None where a value is None."""
        if len(self.parts) == 1:
            return self.parts[0]
        if any(values[name] is None for name in self.parts[1::2]):
            return None
        turns = enumerate(self.parts)
        return "".join(write(as_text(values[part])) if number % 2 else part for number, part in turns)


# What stands in a table: a template, a constant, or tables and lists of them.
Node = Any


def parse_template(text: str) -> Template:
    """Read a text with placeholders. Raises ValueError where a brace belongs to none."""
    parts = _PLACEHOLDER.split(text)
    if any("{" in part or "}" in part for part in parts[::2]):
        raise ValueError("a brace is no part of a placeholder such as {text}")
    return Template(tuple(parts))


def parse_node(value: object) -> Node:
    """Return a table, list or constant of a TOML file with its texts as templates. Raises ValueError."""
    if isinstance(value, str):
        return parse_template(value)
    if isinstance(value, Mapping):
        return {str(key): parse_node(item) for key, item in value.items()}
    if isinstance(value, list):
        return [parse_node(item) for item in value]
    if isinstance(value, bool | int | float):
        return value
    raise ValueError("a text, number, true, false, table or list is expected")


def templates_in(node: Node) -> Iterator[Template]:
    """Yield every template of a node."""
    if isinstance(node, Template):
        yield node
    elif isinstance(node, Mapping):
        for item in node.values():
            yield from templates_in(item)
    elif isinstance(node, list):
        for item in node:
            yield from templates_in(item)


def fill_node(node: Node, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 (whatever JSON can say)
    """Return a node with its values; a lone placeholder keeps the type of its value.

    What has no value is left out, and so is a table or list that nothing is left of; None where that is all of it.
    """
    if isinstance(node, Template):
        return values[node.lone] if node.lone else node.fill(values)
    if isinstance(node, Mapping):
        filled = {key: fill_node(item, values) for key, item in node.items()}
        return {key: value for key, value in filled.items() if value is not None} or None
    if isinstance(node, list):
        return [value for item in node if (value := fill_node(item, values)) is not None] or None
    return node


def as_text(value: object) -> str:
    """Write a value as a form does: booleans as `true` and `false`."""
    return str(value).lower() if isinstance(value, bool) else str(value)
