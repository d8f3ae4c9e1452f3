"""What the spool does when the wall clock was set back: the protocol."""

from typing import Protocol


class ClockStore(Protocol):
    """Times that were written by a clock that was ahead."""

    async def set_back(self, now: int, seconds: int, lease: int) -> int:
        """Follow a clock that was set back by so many seconds, and is `now`; returns how many messages are due earlier.

        What was due by the old clock is due now, what is tried again after a wait waits as long as it was meant to;
        what is scheduled for a time of its own keeps it. No process is believed to live for longer than `lease`
        seconds from now.
        """
