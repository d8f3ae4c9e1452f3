"""What waits for one provider, in an order that is fair to the clients."""

from collections import deque
from collections.abc import Iterator

from gateway.delivery.work import Work


class FairQueue:
    """Gives out one message of each client in turn; what another provider has just refused goes before all.

    Such a message has an attempt open on disk, so its wait is kept short; there are never more of them than
    hand-overs at the other providers.
    """

    def __init__(self) -> None:
        self._first: deque[Work] = deque()
        self._turns: deque[int] = deque()
        self._waiting: dict[int, deque[Work]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, work: Work) -> None:
        """Put a message behind those of its client."""
        self._count += 1
        waiting = self._waiting.get(work.client_id)
        if waiting is None:
            self._waiting[work.client_id] = deque((work,))
            self._turns.append(work.client_id)
        else:
            waiting.append(work)

    def put_first(self, work: Work) -> None:
        """Put a message before all others but those put so earlier."""
        self._count += 1
        self._first.append(work)

    def take(self) -> Work:
        """Take the message whose turn it is. Raises IndexError when nothing waits."""
        if self._first:
            work = self._first.popleft()
        else:
            client_id = self._turns.popleft()
            waiting = self._waiting[client_id]
            work = waiting.popleft()
            if waiting:
                self._turns.append(client_id)
            else:
                del self._waiting[client_id]
        self._count -= 1
        return work

    def drain(self) -> Iterator[Work]:
        """Take all messages, one after the other."""
        while self._count:
            yield self.take()
