"""How many messages delivery may hold in memory, opened: the rest waits sealed in the spool."""

from collections import Counter
from typing import Final

from gateway.delivery.work import Work

# Messages in one read from the spool: opening so many keeps the loop busy for a millisecond or two.
BATCH: Final = 128

# However few messages there are: a mail's text may be long.
MAX_CHARACTERS: Final = 32 * 1024 * 1024


class Room:
    """Counts messages: those that intake passed on, and in a quarter of their own those read from the spool.

    So neither keeps the other out. Of intake's part a client may take as much as it leaves to others: one alone takes
    half, the second half of the rest, and a newcomer always finds some.
    """

    def __init__(self, messages: int) -> None:
        self._for_leased = max(1, messages // 4)
        self._for_fresh = max(1, messages - self._for_leased)
        self._leased = 0
        self._fresh = 0
        self._of_client: Counter[int] = Counter()
        self._characters = 0

    def has_room(self, client_id: int | None) -> bool:
        """Whether intake may pass on a message of a client."""
        free = self._for_fresh - self._fresh
        has_share = client_id is None or self._of_client[client_id] < free
        return free > 0 and has_share and self._characters < MAX_CHARACTERS

    def room_for(self, client_id: int, count: int) -> int:
        """Return how many of a client's `count` messages intake may pass on: each takes of its share twice."""
        if self._characters >= MAX_CHARACTERS:
            return 0
        free = self._for_fresh - self._fresh
        return max(0, min(count, (free - self._of_client[client_id] + 1) // 2))

    @property
    def to_lease(self) -> int:
        """How many messages may be read from the spool."""
        return max(0, self._for_leased - self._leased) if self._characters < MAX_CHARACTERS else 0

    @property
    def is_worth_leasing(self) -> bool:
        """Whether reading from the spool again is worth a write: half of the room, or of a large batch, is free."""
        return self.to_lease >= min(self._for_leased, BATCH) / 2

    def take(self, work: Work) -> None:
        """Count a message in."""
        self._characters += work.size
        if work.was_leased:
            self._leased += 1
        else:
            self._fresh += 1
            self._of_client[work.client_id] += 1

    def give_back(self, work: Work) -> None:
        """Count a message out."""
        self._characters -= work.size
        if work.was_leased:
            self._leased -= 1
            return
        self._fresh -= 1
        self._of_client[work.client_id] -= 1
        if not self._of_client[work.client_id]:
            del self._of_client[work.client_id]
