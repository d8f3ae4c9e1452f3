"""Where a vendor's answer says something: a JSON Pointer, or a regular expression with one group."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import msgspec

MAX_FOUND: Final = 128  # characters; ids and codes of vendors have at most some fifty

_NOT_JSON: Final = object()


class Answer:
    """The body of an answer; it is read as JSON once, and only if something asks."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    @cached_property
    def document(self) -> Any:  # noqa: ANN401 (whatever JSON can say)
        """The JSON that it is, or what no JSON is."""
        try:
            return msgspec.json.decode(self._body)
        except (ValueError, RecursionError):
            return _NOT_JSON

    @cached_property
    def text(self) -> str:
        """The text that it is; bytes that are no UTF-8 become U+FFFD."""
        return self._body.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Pointer:
    """A JSON Pointer (RFC 6901), as its reference tokens."""

    tokens: tuple[str, ...]

    def find(self, answer: Answer) -> str | None:
        """Return the scalar that stands there, as text; None for null, for what is no scalar, and for nothing."""
        value = answer.document
        for token in self.tokens:
            value = _step(value, token)
        return _scalar(value)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression whose one group is what is looked for."""

    regex: re.Pattern[str]

    def find(self, answer: Answer) -> str | None:
        """Return what the group holds where the expression is first found."""
        found = self.regex.search(answer.text)
        return None if found is None else _scalar(found[1])


Place = Pointer | Pattern


def parse_place(value: object) -> Place:
    """Read `"/messages/0/id"` or `{ regex = "…(…)…" }`. Raises ValueError."""
    if isinstance(value, str) and (not value or value.startswith("/")):
        return Pointer(tuple(token.replace("~1", "/").replace("~0", "~") for token in value.split("/")[1:]))
    if isinstance(value, Mapping) and set(value) == {"regex"} and isinstance(value["regex"], str):
        return Pattern(_parse_regex(value["regex"]))
    raise ValueError('a JSON Pointer such as "/id", or { regex = "…" } is expected')


def _parse_regex(text: str) -> re.Pattern[str]:
    try:
        regex = re.compile(text)
    except re.error:
        raise ValueError("is no regular expression") from None
    if regex.groups != 1:
        raise ValueError("a regular expression with one group is expected")
    return regex


def _step(value: object, token: str) -> object:
    if isinstance(value, dict):
        return value.get(token)
    if isinstance(value, list) and re.fullmatch(r"0|[1-9]\d{0,8}", token, re.ASCII) and int(token) < len(value):
        return value[int(token)]
    return None


def _scalar(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | str):
        text = str(value).strip()
        return text if 0 < len(text) <= MAX_FOUND else None
    return None
