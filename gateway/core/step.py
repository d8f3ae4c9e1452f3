"""One step of a route: a provider, or several equal ones with their weights."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

Step = str | Mapping[str, int]

_HEAVIEST: Final = 1000


def read_step(value: object) -> Step:
    """Return a step as it is written: a name, or names with weights. Raises ValueError without the value."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or not value or not all(isinstance(name, str) for name in value):
        raise ValueError(
            "the name of a provider, or equal ones with their weights such as { a = 3, b = 1 }, is expected"
        )
    if not all(type(weight) is int and 1 <= weight <= _HEAVIEST for weight in value.values()):
        raise ValueError(f"a weight is a whole number from 1 to {_HEAVIEST}")
    return value


def weights_of(step: Step) -> Mapping[str, int]:
    """Return the providers of a step with their weights."""
    return {step: 1} if isinstance(step, str) else step


def names_in(steps: Iterable[Step]) -> Iterator[tuple[int, str]]:
    """Yield the providers of a route, in order, each with the position of its step."""
    for position, step in enumerate(steps):
        for name in weights_of(step):
            yield position, name
