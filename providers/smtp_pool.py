"""Keeps SMTP connections for the next mail, each for a time and a number of mails."""

import asyncio

from providers.smtp_session import Session


class Pool:
    """The connections that no hand-over is using; `idle` in seconds, `max_turns` in mails a connection."""

    def __init__(self, *, idle: float, max_turns: int) -> None:
        self._idle = idle
        self._max_turns = max_turns
        self._kept: list[Session] = []  # the one that was used last is the last
        self._sweep: asyncio.TimerHandle | None = None

    def take(self) -> Session | None:
        """Return the connection that was used last, so that what is not needed grows old."""
        while self._kept:
            session = self._kept.pop()
            if session.is_connected:
                return session
        return None

    def put(self, session: Session) -> None:
        """Keep a connection after a hand-over, or say goodbye where it has done its part."""
        if not session.is_connected:
            return
        if session.turns >= self._max_turns:
            session.leave()
            return
        loop = asyncio.get_running_loop()
        session.idle_since = loop.time()
        self._kept.append(session)
        if self._sweep is None:
            self._sweep = loop.call_later(self._idle, self._end_idle, loop)

    async def close(self) -> None:
        """Say goodbye on all of them."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        sessions, self._kept = self._kept, []
        await asyncio.gather(*(session.quit() for session in sessions))

    def _end_idle(self, loop: asyncio.AbstractEventLoop) -> None:
        oldest = loop.time() - self._idle
        young = [session for session in self._kept if session.idle_since > oldest]
        for session in self._kept[: len(self._kept) - len(young)]:
            session.leave()
        self._kept = young
        self._sweep = loop.call_at(young[0].idle_since + self._idle, self._end_idle, loop) if young else None
