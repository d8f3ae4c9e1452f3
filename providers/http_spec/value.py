"""What single keys of a spec file may hold, with the sentence for what they may not."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator

from gateway.provider import SIGNED
from providers.http_spec.place import Place, Pointer, parse_place, parse_pointer
from providers.http_spec.template import Template, parse_node, parse_template

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_PATH: Final = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%{}-]*)+", re.ASCII)  # RFC 3986 §3.3, and placeholders
_HEADER: Final = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
_PARAMETER: Final = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
_STATUS: Final = re.compile(r"[1-5]xx", re.ASCII)

CONFLICT: Final = 409  # RFC 9110 §15.5.10

# Written by the client, or made of the other keys.
_OWN_HEADERS: Final = {
    "host",
    "content-length",
    "content-type",
    "accept-encoding",
    "user-agent",
    "connection",
    "cookie",
}


@dataclass(frozen=True, slots=True)
class CodeSet:
    """The codes that a rule is about, in lower case; a star in one stands for anything."""

    exact: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    written: tuple[str, ...]

    def has_any(self, codes: Collection[str]) -> bool:
        """Whether one of the codes, in lower case, is among them."""
        if not self.exact.isdisjoint(codes):
            return True
        return bool(self.patterns) and any(pattern.fullmatch(code) for pattern in self.patterns for code in codes)


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("a name of small letters, digits and - is expected")
    return value


def _link(value: str) -> str:
    if not value.startswith("https://"):
        raise ValueError("a link that begins with https:// is expected")
    return value


def _path(value: object) -> Template:
    if not isinstance(value, str) or not _PATH.fullmatch(value):
        raise ValueError("a path that begins with / is expected, percent-encoded")
    return parse_template(value)


def _text(value: object) -> Template:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("a text of one line is expected")
    return parse_template(value)


def _table(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("a table is expected")  # noqa: TRY004 (pydantic wants this one)
    return {str(key): parse_node(item) for key, item in value.items()}


def _places(value: object) -> tuple[Place, ...]:
    return tuple(parse_place(item) for item in (value if isinstance(value, list) else [value]))


def one_or_more(value: object) -> object:
    """Take one for a list of one."""
    return value if isinstance(value, list) else [value]


def _signed(value: object) -> tuple[str, ...]:
    template = parse_template(value if isinstance(value, str) else "")
    if not template.names or not template.names <= SIGNED.keys():
        raise ValueError(f"a text with some of {', '.join(f'{{{name}}}' for name in SIGNED)} is expected")
    return template.parts


def _header(value: str) -> str:
    if not _HEADER.fullmatch(value) or value.lower() in _OWN_HEADERS:
        raise ValueError("a header that the client does not write by itself is expected")
    return value


def _parameter(value: str) -> str:
    if not _PARAMETER.fullmatch(value):
        raise ValueError("a name of letters, digits, -, . and _ is expected")
    return value


def _successes(value: frozenset[int]) -> frozenset[int]:
    if not value <= {*range(200, 300), CONFLICT}:
        raise ValueError("nothing but 2xx can be accepted, and 409 where the vendor has this reference already")
    return value


def _expression(value: object) -> re.Pattern[str]:
    try:
        return re.compile(value if isinstance(value, str) else "[")
    except re.error:
        raise ValueError("a regular expression is expected") from None


def _statuses(value: object) -> frozenset[int]:
    found: set[int] = set()
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and _STATUS.fullmatch(item):
            found.update(range(int(item[0]) * 100, int(item[0]) * 100 + 100))
        elif isinstance(item, int) and 100 <= item < 600:  # noqa: PLR2004 (RFC 9110 §15)
            found.add(item)
        else:
            raise ValueError('a status such as 404 or "5xx" is expected, or a list of them')
    return frozenset(found)


def _codes(value: object) -> CodeSet:
    items = value if isinstance(value, list) else [value]
    if not items or not all(isinstance(item, str | int) for item in items):
        raise ValueError('a code such as 202, "0x0215" or "0x*09" is expected, or a list of them')
    texts = [str(item).lower() if isinstance(item, bool) else str(item) for item in items]
    return CodeSet(
        frozenset(text.lower() for text in texts if "*" not in text),
        tuple(re.compile(".*".join(map(re.escape, text.lower().split("*")))) for text in texts if "*" in text),
        tuple(texts),
    )


Name = Annotated[str, AfterValidator(_name)]
HeaderName = Annotated[str, AfterValidator(_header)]
ParameterName = Annotated[str, AfterValidator(_parameter)]
Link = Annotated[str, AfterValidator(_link)]
PathTemplate = Annotated[Template, BeforeValidator(_path)]
TextTemplate = Annotated[Template, BeforeValidator(_text)]
OnePlace = Annotated[Place, BeforeValidator(parse_place)]
OnePointer = Annotated[Pointer, BeforeValidator(parse_pointer)]
SignedText = Annotated[tuple[str, ...], BeforeValidator(_signed)]
Places = Annotated[tuple[Place, ...], BeforeValidator(_places)]
Statuses = Annotated[frozenset[int], BeforeValidator(_statuses)]
Expression = Annotated[re.Pattern[str], BeforeValidator(_expression)]
Word = str | int | bool
Successes = Annotated[Statuses, AfterValidator(_successes)]
Codes = Annotated[CodeSet, BeforeValidator(_codes)]
Body = Annotated[Mapping[str, Any], BeforeValidator(_table)]
