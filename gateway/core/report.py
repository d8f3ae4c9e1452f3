"""A report: what a provider tells later of a message that it took."""

from dataclasses import dataclass
from typing import Final

from gateway.core.outcome import Reason
from gateway.core.state import State

# What a report can say; `sent` of one that is on its way, which settles a doubt.
REPORTED: Final = frozenset({State.SENT, State.DELIVERED, State.UNDELIVERED})


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one message, or of one segment of it, in our words.

    `state` is one of REPORTED; `reason` goes with `undelivered`. The message is found by our `reference` where the
    vendor repeats it, else by its own `provider_ref`; one of them is there. `part` tells one segment's report from
    another's where there is a report each, of `parts` in all: the message is delivered when all of them are, and
    undelivered with the first that is not. Nothing else of what the vendor said is kept.
    """

    state: State
    provider_ref: str | None = None
    reference: str | None = None
    reason: Reason | None = None
    part: str | None = None
    parts: int | None = None
