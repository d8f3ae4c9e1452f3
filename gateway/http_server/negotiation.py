"""What a request would like: a language, and nothing at all where it has the answer already (RFC 9110)."""

from collections.abc import Mapping, Sequence
from typing import Final

# More languages than this no person has set.
_MOST: Final = 32


def preferred(headers: Mapping[str, str], languages: Sequence[str]) -> str:
    """Return the language that Accept-Language weighs most (RFC 9110 §12.5.4), the first where it says nothing.

    `languages` are primary subtags, such as `de`: `de-AT` asks for that too.
    """
    weights = dict.fromkeys(languages, 0.0)
    for item in headers.get("Accept-Language", "").split(",")[:_MOST]:
        name, weight = _weighed(item)
        for language in languages if name == "*" else [name]:
            if language in weights:
                weights[language] = max(weights[language], weight)
    return max(languages, key=lambda language: weights[language])


def has_tag(headers: Mapping[str, str], tag: str) -> bool:
    """Whether If-None-Match has an entity tag, or any (RFC 9110 §13.1.2)."""
    held = [each.strip().removeprefix("W/") for each in headers.get("If-None-Match", "").split(",")]
    return tag in held or held == ["*"]


def _weighed(item: str) -> tuple[str, float]:
    name, _, parameter = item.partition(";")
    try:
        weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
    except ValueError:
        weight = 0.0
    return name.strip().partition("-")[0].lower(), weight
