"""Rates as settings write them: `10/s`, `600/m`."""

import re
from dataclasses import dataclass
from typing import Final

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FORM: Final = re.compile(r"(\d{1,9})/(s|m|h|d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many things in so many seconds."""

    count: int
    seconds: int

    @property
    def per_second(self) -> float:
        """The same as a number a second."""
        return self.count / self.seconds

    def __str__(self) -> str:
        """Write it as settings do."""
        unit = next(unit for unit, seconds in _SECONDS.items() if seconds == self.seconds)
        return f"{self.count}/{unit}"


def parse_rate(text: str) -> Rate:
    """Read `10/s`, `600/m`, `1000/h`, `5000/d`. Raises ValueError without the value."""
    found = _FORM.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        message = "a rate such as 10/s, 600/m or 5000/d is expected"
        raise ValueError(message)
    return Rate(int(found[1]), _SECONDS[found[2]])
