"""`Prefer: wait`: an answer may wait for a message's outcome, without a thread and without asking again and again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from gateway.core.state import FINAL, State
from gateway.spool.store import MessageStatus, MessageStore

_KNOWN = FINAL | {State.SENT}


@dataclass(slots=True)
class _Crowd:
    count: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Waits for at most `longest` seconds, for at most `most` requests at the same time.

    `wait_for` waits for the end of a message's hand-over, for at most so many seconds.
    """

    wait_for: Callable[[str, float], Awaitable[None]]
    store: MessageStore
    longest: int
    most: int
    crowd: _Crowd = field(default_factory=_Crowd)

    def grants(self, seconds: int | None) -> int:
        """Return how many seconds of those that are wanted can be waited."""
        return 0 if seconds is None or self.crowd.count >= self.most else min(seconds, self.longest)

    async def outcome(self, message_id: str, client_id: int, seconds: int) -> MessageStatus | None:
        """Return a message's status as soon as its outcome is known, None where it is not known in time.

        Raises StoreUnavailableError.
        """
        self.crowd.count += 1
        try:
            await self.wait_for(message_id, seconds)
        finally:
            self.crowd.count -= 1
        status = await self.store.status(message_id, client_id)
        return status if status is not None and status.state in _KNOWN else None
