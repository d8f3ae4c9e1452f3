"""First answers to requests with an idempotency key, as the spool keeps them, and the protocol of its store."""

from dataclasses import dataclass
from typing import Protocol

# Times are whole seconds since 1970 UTC.


class AnswerTakenError(Exception):
    """There is an answer under this key already."""


@dataclass(frozen=True, slots=True, repr=False)
class NewAnswer:
    """An answer to be stored with the messages that it tells of.

    `key` and `request` are keyed hashes, `body` is JSON without content or address, `message` the id where it tells of
    one message alone. An answer under the same key from before or at `dead_at` gives way.
    """

    client_id: int
    key: bytes
    request: bytes
    status: int
    body: str
    message: str | None
    created_at: int
    dead_at: int


@dataclass(frozen=True, slots=True, repr=False)
class FirstAnswer:
    """What was answered first, to which `request`; the `body` is empty where its message was erased meanwhile."""

    request: bytes
    status: int
    body: str
    created_at: int


class AnswerStore(Protocol):
    """The first answers; they are stored by `MessageStore.put`, with their messages."""

    async def first_answer(self, client_id: int, key: bytes, after: int) -> FirstAnswer | None:
        """Return what a client was answered under a key, if that was after a time."""
