"""The states of a message with their one table of legal moves."""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a message is in its life; the words are the client's status vocabulary."""

    QUEUED = "queued"  # durable, due or scheduled
    SENDING = "sending"  # leased; an attempt may be open
    DEFERRED = "deferred"  # certainly not taken; waits for the next attempt
    IN_DOUBT = "in_doubt"  # a provider may or may not have taken it
    SENT = "sent"  # a provider took it
    DELIVERED = "delivered"  # reported as arrived
    UNDELIVERED = "undelivered"  # taken, then reported as not arrived
    FAILED = "failed"  # never taken and never will be
    EXPIRED = "expired"  # its deadline passed before a provider took it
    CANCELLED = "cancelled"  # withdrawn before hand-over


MOVES: Final[dict[State, frozenset[State]]] = {
    State.QUEUED: frozenset({State.SENDING, State.CANCELLED, State.EXPIRED}),
    State.SENDING: frozenset({State.SENT, State.DEFERRED, State.FAILED, State.IN_DOUBT, State.QUEUED}),
    State.DEFERRED: frozenset({State.SENDING, State.CANCELLED, State.EXPIRED}),
    State.IN_DOUBT: frozenset({
        State.SENT,
        State.DELIVERED,
        State.UNDELIVERED,
        State.DEFERRED,
        State.FAILED,
        State.EXPIRED,
    }),
    State.SENT: frozenset({State.DELIVERED, State.UNDELIVERED}),
    State.DELIVERED: frozenset(),
    State.UNDELIVERED: frozenset(),
    State.FAILED: frozenset(),
    State.EXPIRED: frozenset(),
    State.CANCELLED: frozenset(),
}

# The states in which the sealed content is still needed; every move out of them destroys it.
KEEPS_CONTENT: Final = frozenset({State.QUEUED, State.SENDING, State.DEFERRED, State.IN_DOUBT})

FINAL: Final = frozenset(state for state, onward in MOVES.items() if not onward)


def may_move(origin: State, target: State) -> bool:
    """Whether a message in `origin` may become `target`."""
    return target in MOVES[origin]


def origins(target: State) -> frozenset[State]:
    """Every state from which `target` can be reached in one move."""
    return frozenset(state for state, onward in MOVES.items() if target in onward)
