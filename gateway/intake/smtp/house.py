"""What is the same for all connections of an SMTP listener, and what is known of the client of one."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.core.ids import now_seconds
from gateway.intake.auth import Authenticator
from gateway.intake.smtp.room import Room
from gateway.intake.smtp.submission import Submissions
from gateway.logs import Log


@dataclass(frozen=True, slots=True)
class House:
    """`name` is what the outside sees, `needs_tls` holds before a key may be shown, `max_size` is in octets.

    `max_hold` is in seconds, and `penalty` the seconds that a wrong key costs.
    """

    name: str
    authenticator: Authenticator
    submissions: Submissions
    room: Room
    log: Log
    max_size: int
    max_recipients: int
    max_hold: int
    needs_tls: bool
    penalty: float = 1.0
    clock: Callable[[], int] = now_seconds
