"""Sizes as settings write them: `256KB`, `1MB`."""

import re
from typing import Final

_UNITS: Final = {"B": 1, "KB": 1_000, "KIB": 1 << 10, "MB": 1_000_000, "MIB": 1 << 20, "GB": 10**9, "GIB": 1 << 30}
_FORM: Final = re.compile(r"(\d{1,12})\s*([KMG]?I?B)", re.ASCII | re.IGNORECASE)


def parse_size(text: str) -> int:
    """Read `256KB`, `1MB`, `1MiB` as a number of bytes. Raises ValueError without the value."""
    found = _FORM.fullmatch(text.strip())
    if found is None or found[2].upper() not in _UNITS:
        message = "a size such as 64KB or 1MB is expected"
        raise ValueError(message)
    return int(found[1]) * _UNITS[found[2].upper()]
