"""When messages may be handed over at the earliest and are over at the latest, and the bounds of both."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import msgspec

from gateway.core.epoch import epoch_length
from gateway.core.errors import FieldError, Flaw

# Clocks of client machines are off by minutes: what is to be sent a little while ago is sent now.
TOLERANCE: Final = 300  # seconds

# What is scheduled as far away as possible is still tried for that long, where the deadline is not shorter.
_LEAST_TRIED: Final = 3600  # seconds


@dataclass(frozen=True, slots=True)
class Times:
    """What a client asked for, in seconds since 1970 UTC; None where it did not."""

    send_at: int | None = None
    expires_at: int | None = None


ANY_TIME: Final = Times()


class Frame(msgspec.Struct, frozen=True, gc=False):
    """When messages are accepted, due and over, and of which moment the key is that seals them."""

    now: int
    due_at: int
    expires_at: int
    sealed_at: int


class Schedule:
    """Bounds times by the delivery `deadline`, by how long `content` is kept, and by `scheduled`, the opt-in."""

    def __init__(self, deadline: timedelta, content: timedelta, scheduled: timedelta | None = None) -> None:
        self._deadline = int(deadline.total_seconds())
        # The key of an epoch is destroyed at its start plus `content`: its last second lives an epoch shorter.
        self._keeps = int((content - epoch_length(content)).total_seconds())
        tried = min(self._deadline, _LEAST_TRIED)
        self._furthest = max(0, min(self._deadline, self._keeps - tried))
        self._is_opted_in = scheduled is not None
        # Of all messages in one second.
        self._of_now = Frame(-1, -1, -1, -1)
        if scheduled is not None:
            self._furthest = int(scheduled.total_seconds())

    @property
    def furthest(self) -> int:
        """How many seconds ahead a message may be scheduled."""
        return self._furthest

    def faults(self, times: Times, now: int) -> tuple[FieldError, ...]:
        """Return what is wrong with times, by the names `send_at` and `expires_at`."""
        faults = []
        if times.send_at is not None:
            if times.send_at < now - TOLERANCE:
                faults.append(FieldError("send_at", Flaw.PAST))
            elif times.send_at > now + self._furthest:
                faults.append(FieldError("send_at", Flaw.TOO_FAR))
        if times.expires_at is not None:
            if times.expires_at <= now:
                faults.append(FieldError("expires_at", Flaw.PAST))
            elif times.expires_at <= (times.send_at or now):
                faults.append(FieldError("expires_at", Flaw.NOT_AFTER))
        return tuple(faults)

    def frame(self, times: Times, now: int) -> Frame:
        """Return what becomes of times that have no faults.

        A message is over at its deadline at the latest. One that is to be sent so late that the key of now would be
        gone by then is sealed with the key of a later epoch, which dies as long after the message's own time.
        """
        if times is ANY_TIME:
            if self._of_now.now != now:
                self._of_now = self._frame(times, now)
            return self._of_now
        return self._frame(times, now)

    def _frame(self, times: Times, now: int) -> Frame:
        due_at = max(now, times.send_at or now)
        latest = due_at + self._deadline
        if not self._is_opted_in:
            latest = min(latest, now + self._keeps)
        expires_at = min(latest, times.expires_at or latest)
        return Frame(now, due_at, expires_at, max(now, expires_at - self._keeps))
