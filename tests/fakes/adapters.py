"""Adapters that answer by a script, and the providers and clocks around them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from gateway.core.outcome import Accepted, Outcome
from gateway.delivery.registry import Provider
from gateway.provider import (
    Adapter,
    AdapterType,
    Capabilities,
    Channel,
    Environment,
    Erases,
    Erasure,
    Gone,
    Handover,
    Message,
    Processor,
    ProviderSettings,
)

Hook = Callable[[Message, Handover], Awaitable[None]]


@dataclass
class ScriptedAdapter:
    """Answers with the outcomes of `script` in turn, then with `otherwise`; an exception in it is raised.

    `gate` closed holds every hand-over after it was noted in `taken`; `before` runs first.
    """

    script: list[Outcome | BaseException | object] = field(default_factory=list)
    otherwise: Outcome | BaseException = field(default_factory=lambda: Accepted("ref"))
    taken: list[tuple[Message, Handover]] = field(default_factory=list)
    before: Hook | None = None
    is_open: bool = False
    busy: int = 0
    busiest: int = 0

    def __post_init__(self) -> None:
        """Open the gate."""
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = asyncio.Event()

    async def open(self) -> None:
        """Note that it was opened."""
        self.is_open = True

    async def close(self) -> None:
        """Note that it was closed."""
        self.is_open = False

    async def send(self, message: Message, handover: Handover) -> Outcome:
        """Answer by the script."""
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            return await self._answer(message, handover)
        finally:
            self.busy -= 1

    async def _answer(self, message: Message, handover: Handover) -> Outcome:
        answer = self.script.pop(0) if self.script else self.otherwise
        self.taken.append((message, handover))
        self.arrived.set()
        if self.before is not None:
            await self.before(message, handover)
        await self.gate.wait()
        if isinstance(answer, BaseException):
            raise answer
        return answer  # type: ignore[return-value] # a broken adapter returns anything

    @property
    def texts(self) -> list[str]:
        """The texts of what was taken, in order."""
        return [message.text for message, _ in self.taken]

    @property
    def references(self) -> list[str]:
        """The references of what was taken, in order."""
        return [handover.reference for _, handover in self.taken]


@dataclass
class ForgetfulAdapter(ScriptedAdapter):
    """One that erases too: with the answers in `forgets` in turn, then with `forgets_otherwise`; `told` is the ids."""

    forgets: list[Erasure | BaseException | object] = field(default_factory=list)
    forgets_otherwise: Erasure = field(default_factory=Gone)
    told: list[str] = field(default_factory=list)

    async def erase(self, provider_ref: str) -> Erasure:
        """Answer by the script."""
        self.told.append(provider_ref)
        await self.gate.wait()
        answer = self.forgets.pop(0) if self.forgets else self.forgets_otherwise
        if isinstance(answer, BaseException):
            raise answer
        return answer  # type: ignore[return-value] # a broken adapter returns anything


@dataclass
class Clock:
    """Time that a test turns forward; seconds."""

    now: int = 1_800_000_000

    def __call__(self) -> int:
        """Return the wall clock."""
        return self.now

    def timer(self) -> float:
        """Return the monotonic clock."""
        return float(self.now)

    def turn(self, by: timedelta | float) -> None:
        """Let time pass."""
        self.now += int(by.total_seconds() if isinstance(by, timedelta) else by)


def scripted_provider(
    name: str,
    adapter: Adapter | None = None,
    *,
    channels: tuple[Channel, ...] = tuple(Channel),
    idempotent: bool = False,
    **settings: object,
) -> Provider:
    """Return a provider of a type of its own around an adapter; `settings` are those of its table."""
    adapter = adapter or ScriptedAdapter()
    kind = AdapterType(
        name="scripted",
        summary="Answers by a script.",
        channels=channels,
        processor=Processor(company=None, country=None, fields={}),
        capabilities=Capabilities(idempotent=idempotent, erasure=isinstance(adapter, Erases)),
        settings=ProviderSettings,
        build=lambda _settings, _environment: adapter,
    )
    return Provider(name, kind, ProviderSettings.model_validate({"type": "scripted", **settings}), adapter)


__all__ = ["Clock", "Environment", "ForgetfulAdapter", "ScriptedAdapter", "scripted_provider"]
