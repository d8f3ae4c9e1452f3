"""One thing that is wrong with the configuration: its key and the rule, never the value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A wrong key, written as in the file (`providers.seven-main.api_key`), with its line where it is known."""

    key: str
    text: str
    line: int | None = None

    def __str__(self) -> str:
        """Return `key (line 3): text`."""
        place = f" (line {self.line})" if self.line else ""
        return f"{self.key}{place}: {self.text}"
