"""Where a vendor says something: a JSON Pointer, a regular expression with one group, or a parameter of the URL."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

import msgspec

MAX_FOUND: Final = 128  # characters; ids and codes of vendors have at most some fifty

_NOT_JSON: Final = object()

_INDEX: Final = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)

_EXPECTED: Final = 'a JSON Pointer such as "/id", or { regex = "…" } is expected'


class Answer:
    """The body of an answer or of a call, with the parameters of the call's URL; read as JSON once, if at all."""

    def __init__(self, body: bytes, query: Mapping[str, str] = MappingProxyType({})) -> None:
        self._body = body
        self.query = query

    @classmethod
    def of(cls, document: object, query: Mapping[str, str] = MappingProxyType({})) -> "Answer":
        """Return one whose document has been read already."""
        answer = cls(b"", query)
        vars(answer)["document"] = document
        return answer

    @cached_property
    def document(self) -> Any:  # noqa: ANN401 (whatever JSON can say)
        """The JSON that it is, or what no JSON is."""
        try:
            return msgspec.json.decode(self._body)
        except (ValueError, RecursionError):
            return _NOT_JSON

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON."""
        return self.document is not _NOT_JSON

    @cached_property
    def text(self) -> str:
        """The text that it is; bytes that are no UTF-8 become U+FFFD."""
        return self._body.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Pointer:
    """A JSON Pointer (RFC 6901), as its reference tokens."""

    tokens: tuple[str, ...]
    # Each token, as a place in a list too where it can be one; kept, for it is asked for with every answer.
    steps: tuple[tuple[str, int | None], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look what its tokens can be."""
        steps = ((token, int(token) if _INDEX.fullmatch(token) else None) for token in self.tokens)
        object.__setattr__(self, "steps", tuple(steps))

    def find(self, answer: Answer) -> str | None:
        """Return the scalar that stands there, as text; None for null, for what is no scalar, and for nothing."""
        return _scalar(self.value(answer))

    def value(self, answer: Answer) -> object:
        """Return whatever stands there; None for nothing."""
        value = answer.document
        for token, index in self.steps:
            if isinstance(value, dict):
                value = value.get(token)
            elif isinstance(value, list) and index is not None and index < len(value):
                value = value[index]
            else:
                return None
        return value


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression whose one group is what is looked for."""

    regex: re.Pattern[str]

    def find(self, answer: Answer) -> str | None:
        """Return what the group holds where the expression is first found."""
        found = self.regex.search(answer.text)
        return None if found is None else _scalar(found[1])


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the URL that was called."""

    name: str

    def find(self, answer: Answer) -> str | None:
        """Return its value."""
        return _scalar(answer.query.get(self.name))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a regular expression's one group holds of the text at another place."""

    place: Pointer | Parameter
    regex: re.Pattern[str]

    def find(self, answer: Answer) -> str | None:
        """Return what the group holds where the expression is first found."""
        text = self.place.find(answer)
        found = None if text is None else self.regex.search(text)
        return None if found is None else _scalar(found[1])


Place = Pointer | Pattern | Parameter | Excerpt


def found_in(places: Iterable[Place], answer: Answer) -> Sequence[str]:
    """Return what stands at some of several places, in lower case."""
    return [text.lower() for place in places if (text := place.find(answer)) is not None]


def parse_place(value: object) -> Place:
    """Read `"/messages/0/id"`, `{ regex = "…(…)…" }`, or a text at one place and in it a regex. Raises ValueError."""
    if isinstance(value, str):
        return parse_pointer(value)
    given = value if isinstance(value, Mapping) and all(isinstance(part, str) for part in value.values()) else {}
    match dict(given):
        case {"regex": regex, **rest} if not rest:
            return Pattern(_parse_regex(regex))
        case {"at": pointer, "regex": regex, **rest} if not rest:
            return Excerpt(parse_pointer(pointer), _parse_regex(regex))
        case {"query": name, **rest} if not rest:
            return Parameter(name)
        case {"query": name, "regex": regex, **rest} if not rest:
            return Excerpt(Parameter(name), _parse_regex(regex))
    raise ValueError(_EXPECTED)


def parse_pointer(value: object) -> Pointer:
    """Read a JSON Pointer (RFC 6901). Raises ValueError."""
    if not isinstance(value, str) or (value and not value.startswith("/")):
        raise ValueError(_EXPECTED)
    return Pointer(tuple(token.replace("~1", "/").replace("~0", "~") for token in value.split("/")[1:]))


def _parse_regex(text: str) -> re.Pattern[str]:
    try:
        regex = re.compile(text)
    except re.error:
        raise ValueError("is no regular expression") from None
    if regex.groups != 1:
        raise ValueError("a regular expression with one group is expected")
    return regex


def _scalar(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | str):
        text = str(value).strip()
        return text if 0 < len(text) <= MAX_FOUND else None
    return None
