"""Keys of the configuration, as paths in code and as people write them."""

import re
from collections.abc import Iterator

Key = tuple[str | int, ...]


def written(key: Key) -> str:
    """Return a key as people write it: `routes.rules[0].use`; positions in lists count from 0."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def with_parents(key: Key) -> Iterator[Key]:
    """Yield a key and then each table it stands in, innermost first."""
    for length in range(len(key), 0, -1):
        yield key[:length]


def parse_key(text: str) -> Key:
    """Read what `written` wrote; names with dots or brackets in them come apart, which only costs them their line."""
    return tuple(int(part) if part.isdecimal() else part for part in re.findall(r"[^.\[\]]+", text))
