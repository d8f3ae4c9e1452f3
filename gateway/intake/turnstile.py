"""How many requests of one client are worked on at the same time."""

from gateway.spool.clients import Client


class Turnstile:
    """Counts requests in and out; `default` bounds a client that has no bound of its own."""

    def __init__(self, default: int) -> None:
        self._default = default
        self._inside: dict[int, int] = {}

    def configure(self, default: int) -> None:
        """Follow another bound for clients that have none of their own."""
        self._default = default

    def enter(self, client: Client) -> bool:
        """Let one more request of a client in, if there are not too many; it has to `leave`."""
        inside = self._inside.get(client.id, 0)
        if inside >= (self._default if client.concurrent is None else client.concurrent):
            return False
        self._inside[client.id] = inside + 1
        return True

    def leave(self, client: Client) -> None:
        """Let a request out."""
        inside = self._inside[client.id] - 1
        if inside:
            self._inside[client.id] = inside
        else:
            del self._inside[client.id]
