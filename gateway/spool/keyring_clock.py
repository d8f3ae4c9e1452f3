"""Whether the clock can be believed, by what the keyring remembers: keys die by it, all of them by a wrong one."""

from dataclasses import dataclass
from typing import Final

# Less than that is a time service at work.
TOLERANCE: Final = 5 * 60  # seconds
# After that long no key would be left of those that were there: what waits, if anything, would be lost.
LONG: Final = 2 * 86_400
# Nobody can tell such a pause from a clock that is wrong, and rows that are kept for months would go, too.
TOO_LONG: Final = 30 * 86_400

_UNITS: Final = ((86_400, "days"), (3600, "hours"), (60, "minutes"))

HOW: Final = "set it, or if it is right: umschlag keys clock --accept"


@dataclass(frozen=True, slots=True)
class ClockReading:
    """This machine's time, the latest time that a gateway noted (0: none did), and another machine's, if one tells."""

    now: int
    last_used: int
    witness: int | None = None

    @property
    def was_long_unused(self) -> bool:
        """Whether it matters if any content still waits."""
        return LONG < self._ahead <= TOO_LONG

    def fault(self) -> str | None:
        """Say what is wrong; where content waits, if it `was_long_unused`."""
        if self.witness is not None and abs(self.now - self.witness) > TOLERANCE:
            apart = _written(abs(self.now - self.witness))
            return f"this machine's clock and that of its server are {apart} apart: set the one that is wrong"
        if -self._ahead > TOLERANCE:
            return f"the clock is {_written(-self._ahead)} behind the time when it was last used: {HOW}"
        if self._ahead > LONG:
            return f"the clock is {_written(self._ahead)} ahead of the time when it was last used: {HOW}"
        return None

    @property
    def _ahead(self) -> int:
        return self.now - self.last_used if self.last_used else 0


def _written(seconds: int) -> str:
    unit, name = next(((unit, name) for unit, name in _UNITS if seconds >= 2 * unit), _UNITS[-1])
    return f"{seconds // unit} {name}"
