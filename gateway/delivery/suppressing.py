"""Keeps suppressions up to date beside the commands that change them, and ends what must not be handed over."""

from typing import Final

from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.delivery.steps import give_up
from gateway.delivery.ticker import Ticker
from gateway.delivery.work import Work
from gateway.logs import Log
from gateway.privacy.suppressions import Suppressions
from gateway.spool.store import AttemptEnd
from gateway.spool.subjects import HELD, Standing

_POLL: Final = 1.0  # seconds


class Suppressing:
    """The suppressions of a running gateway, which are at most a second old."""

    def __init__(self, suppressions: Suppressions, log: Log) -> None:
        self._suppressions = suppressions
        self._ticker = Ticker(_POLL, suppressions.refresh, log)

    async def start(self) -> None:
        """Read them, and go on looking for changes. Raises KeyringError, StoreUnavailableError."""
        await self._suppressions.refresh()
        self._ticker.start()

    async def stop(self) -> None:
        """End looking."""
        await self._ticker.stop(_POLL)

    async def refresh(self) -> None:
        """Follow a change now. Raises KeyringError, StoreUnavailableError."""
        await self._suppressions.refresh()

    def refuses_address(self, address: str) -> bool:
        """Whether nothing may be accepted for a mailbox or an E.164 number."""
        return self._suppressions.standing(address) is not None

    def end(self, work: Work, now: int) -> AttemptEnd | None:
        """Return how a message ends, or that it is held, where it was accepted before its recipient asked."""
        standing = self._suppressions.of_message(work.message)
        if standing is None:
            return None
        in_doubt = work.doubted_provider is not None
        if standing is Standing.OBJECTED:
            return give_up(Reason.OPTED_OUT, in_doubt=in_doubt)
        return AttemptEnd(State.IN_DOUBT if in_doubt else State.DEFERRED, due_at=now + HELD)
