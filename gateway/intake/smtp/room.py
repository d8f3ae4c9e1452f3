"""What all SMTP connections have together: their number, and the memory for mail that is coming in."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.intake.smtp.wire import Wire


@dataclass(slots=True)
class Room:
    """Bounds and what of them is taken: connections, and octets of mail that is not complete or not accepted yet."""

    max_connections: int
    max_buffer: int
    wires: set["Wire"] = field(default_factory=set)
    buffered: int = 0

    def enter(self, wire: "Wire") -> bool:
        """Count a connection in; false where it is one too many."""
        is_welcome = len(self.wires) < self.max_connections
        self.wires.add(wire)
        return is_welcome

    def leave(self, wire: "Wire") -> None:
        """Count a connection out."""
        self.wires.discard(wire)

    def take(self, octets: int) -> bool:
        """Take memory for so many octets; false, and nothing taken, where there is none."""
        if self.buffered + octets > self.max_buffer:
            return False
        self.buffered += octets
        return True

    def hold(self, octets: int) -> None:
        """Take memory that is used in any case."""
        self.buffered += octets

    def give_back(self, octets: int) -> None:
        """Give memory back."""
        self.buffered -= octets
