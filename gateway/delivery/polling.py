"""Asks providers what became of messages, where they are asked: on schedule, or because somebody called."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from gateway.core.ids import now_seconds
from gateway.core.outcome import Reason
from gateway.core.report import Report
from gateway.delivery.registry import Provider
from gateway.delivery.reports import Reports
from gateway.delivery.ticker import Ticker
from gateway.logs import Event, Log
from gateway.provider import Asked, Polls
from gateway.provider import Reports as Calls
from gateway.spool.references import References
from gateway.spool.reports import Awaited, ReportStore

# Seconds between two looks; one of several processes takes it.
TURN: Final = 60

# A message is asked for at these ages in seconds, from one minute to three days, each twice the one before.
AGES: Final = tuple(60 << step for step in range(13))

# Where the provider calls by itself, only what it may have forgotten is asked for.
_FORGOTTEN: Final = 1800

# Seconds of missed turns that are made up for.
_MOST_MISSED: Final = 3600

_AT_ONCE: Final = 500  # messages of one age in one turn; the others are asked for at the next age
_MOST_HINTS: Final = 1000  # that wait; a message whose hint is dropped is asked for on schedule
_LONGEST_PAUSE: Final = 32  # turns that a provider is left alone after questions without an answer
_LOOK_EVERY: Final = 5.0  # seconds
_LAST_WORDS: Final = 5.0  # seconds


class Poller:
    """Asks one provider one thing at a time; `providers` are the configured ones, by name, with open adapters."""

    def __init__(
        self,
        store: ReportStore,
        references: References,
        reports: Reports,
        providers: Callable[[], Mapping[str, Provider]],
        *,
        log: Log,
        clock: Callable[[], int] = now_seconds,
    ) -> None:
        self._store = store
        self._references = references
        self._reports = reports
        self._providers = providers
        self._clock = clock
        self._log = log
        self._pauses: dict[str, _Pause] = {}
        self._hints: dict[tuple[str, str], Awaited] = {}
        self._looker = Ticker(_LOOK_EVERY, self.look, log)
        self._asker = Ticker(_LOOK_EVERY, self.follow_hint, log)

    def start(self) -> None:
        """Begin."""
        self._looker.start()
        self._asker.start()

    async def stop(self) -> None:
        """Ask nothing more."""
        await asyncio.gather(self._looker.stop(_LAST_WORDS), self._asker.stop(_LAST_WORDS))

    async def hint(self, provider: str, reports: Sequence[Report]) -> None:
        """Ask soon for the messages of ours that an unsigned call named. Raises StoreUnavailableError."""
        for report in reports:
            told = self._reports.told(provider, report)
            found = None if told is None else await self._store.expected(told)
            if found is not None and len(self._hints) < _MOST_HINTS:
                ref = found.provider_ref or report.provider_ref
                self._hints[provider, found.message_id] = Awaited(found.message_id, ref)
        self._asker.ring()

    async def follow_hint(self) -> bool:
        """Ask for one message; return whether others wait."""
        if not self._hints:
            return False
        key = next(iter(self._hints))
        awaited = self._hints.pop(key)
        provider = self._providers().get(key[0])
        if provider is not None and isinstance(provider.adapter, Polls):
            await self._ask(provider.name, provider.adapter, awaited)
        return bool(self._hints)

    async def look(self) -> bool:
        """Ask every provider whose turn it is for the messages of the right ages. Raises StoreUnavailableError."""
        asked = [each for each in self._providers().values() if each.type.capabilities.polls]
        await asyncio.gather(*map(self._take_turn, asked))
        return False

    async def _take_turn(self, provider: Provider) -> None:
        now = self._clock()
        last = await self._store.take_turn(f"poll {provider.name}", now, TURN)
        if last is None or not isinstance(provider.adapter, Polls):
            return
        pause = self._pauses.setdefault(provider.name, _Pause())
        if pause.is_over():
            was_answered = await self._ask_for_all(
                provider, provider.adapter, range(max(last, now - _MOST_MISSED), now)
            )
            if was_answered is not None:
                pause.note(was_answered=was_answered)

    async def _ask_for_all(self, provider: Provider, adapter: Polls, turn: range) -> bool | None:
        """Ask for what came to one of the ages in a turn; False where one has no answer, None if none is asked."""
        was_answered = None
        for created in _created(turn, calls=_calls(provider)):
            for awaited in await self._store.awaited(provider.name, created, _AT_ONCE):
                answered = await self._ask(provider.name, adapter, awaited)
                if answered is False:
                    return False
                was_answered = was_answered or answered
        return was_answered

    async def _ask(self, name: str, adapter: Polls, awaited: Awaited) -> bool | None:
        """Ask for one message; False where there was no answer, None where it cannot be asked for."""
        asked = Asked(awaited.provider_ref, self._references.of(awaited.message_id))
        if not adapter.can_ask(asked):
            return None
        found = await adapter.poll(asked)
        if isinstance(found, Reason):
            self._log.info(Event.POLL_FAILED, provider=name, reason=found)
            # An answer that cannot be read is this message's alone.
            return found in {Reason.UNCLEAR_ANSWER, Reason.REFUSED}
        # The answer is about this message, whatever ids are in it.
        await self._reports.take(name, [replace(each, reference=asked.reference) for each in found])
        return True


class _Pause:
    """How long a provider is left alone that gives no answers: twice as many turns each time."""

    def __init__(self) -> None:
        self._length = 0
        self._left = 0

    def is_over(self) -> bool:
        """Count a turn; whether it may be used."""
        self._left -= 1
        return self._left < 0

    def note(self, *, was_answered: bool) -> None:
        """Note how a turn that was used ended."""
        self._length = 0 if was_answered else min(_LONGEST_PAUSE, max(1, self._length * 2))
        self._left = self._length


def _calls(provider: Provider) -> bool:
    """Whether a provider's own calls say what became of messages."""
    adapter = provider.adapter
    return provider.type.verified_by != "ask" and isinstance(adapter, Calls) and adapter.takes_reports()


def _created(turn: range, *, calls: bool) -> Iterator[range]:
    """Yield, for each age, when messages were accepted that come to it in a turn."""
    for age in AGES:
        if not calls or age > _FORGOTTEN:
            yield range(turn.start - age, turn.stop - age)
