"""Who waits in this process for the end of a message's hand-over."""

import asyncio


class Waiters:
    """Futures by message id; nothing is kept of a message for which nobody waits."""

    def __init__(self) -> None:
        self._futures: dict[str, list[asyncio.Future[None]]] = {}

    def add(self, message_id: str) -> asyncio.Future[None]:
        """Return a future that is done when the message is settled; it has to be given to `remove`."""
        future = asyncio.get_running_loop().create_future()
        self._futures.setdefault(message_id, []).append(future)
        return future

    def remove(self, message_id: str, future: asyncio.Future[None]) -> None:
        """Forget a future."""
        future.cancel()
        futures = self._futures.get(message_id, [])
        if future in futures:
            futures.remove(future)
        if not futures:
            self._futures.pop(message_id, None)

    def settle(self, message_id: str) -> None:
        """Tell all who wait for a message."""
        for future in self._futures.pop(message_id, ()):
            if not future.done():
                future.set_result(None)

    def settle_all(self) -> None:
        """Tell everybody: nothing more is going to be settled here."""
        for message_id in list(self._futures):
            self.settle(message_id)
