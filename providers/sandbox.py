"""The sandbox: takes mail and SMS, sends nothing, and keeps the last of them in memory for people to look at."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from pydantic import Field

from gateway.provider import (
    Accepted,
    AdapterType,
    Blame,
    Capabilities,
    Channel,
    Deferred,
    Duration,
    Environment,
    Erasure,
    Gone,
    Handover,
    InDoubt,
    Message,
    Outcome,
    Processor,
    ProviderSettings,
    Reason,
    Rejected,
    Sms,
    TakenMessage,
    now_seconds,
    segments,
)

KEPT: Final = 1000  # messages in the outbox; the oldest goes first


class SandboxSettings(ProviderSettings):
    """What a sandbox may be told, for trials of what a real provider does only now and then."""

    outcome: Literal["accepted", "rejected", "deferred", "in_doubt"] = Field(
        "accepted", description="How every hand-over ends; `in_doubt` takes the message and does not say so."
    )
    delay: Duration | None = Field(None, description="How long a hand-over takes, such as `200ms`.")


_REFUSALS: Final[Mapping[str, Outcome]] = {
    "rejected": Rejected(Blame.RECIPIENT, Reason.REFUSED),
    "deferred": Deferred(Blame.PROVIDER, Reason.UNAVAILABLE),
}


class Sandbox:
    """An adapter whose provider is a list in memory: the same reference twice is one message in it."""

    def __init__(self, settings: SandboxSettings, clock: Callable[[], int] = now_seconds) -> None:
        self._settings = settings
        self._clock = clock
        self._taken: dict[str, TakenMessage] = {}

    async def open(self) -> None:
        """Do nothing: there is no connection."""

    async def close(self) -> None:
        """Forget everything that was taken."""
        self._taken.clear()

    async def send(self, message: Message, handover: Handover) -> Outcome:
        """Take one message, or refuse it where the settings say so."""
        outcome = await self.dry_run(message, handover)
        if isinstance(outcome, Accepted | InDoubt) and handover.reference not in self._taken:
            if len(self._taken) == KEPT:
                del self._taken[next(iter(self._taken))]
            self._taken[handover.reference] = TakenMessage(message, handover.reference, self._clock())
        return outcome

    async def dry_run(self, message: Message, handover: Handover) -> Outcome:
        """Say how a hand-over would end, and take nothing."""
        if self._settings.delay is not None:
            await asyncio.sleep(self._settings.delay.total_seconds())
        if self._settings.outcome == "in_doubt":
            return InDoubt(Reason.CONNECTION_LOST)
        count = segments(message.text).count if isinstance(message, Sms) else None
        return _REFUSALS.get(self._settings.outcome, Accepted(handover.reference, count))

    async def erase(self, provider_ref: str) -> Erasure:
        """Forget one message, whose reference is its id here."""
        self._taken.pop(provider_ref, None)
        return Gone()

    def taken(self) -> Sequence[TakenMessage]:
        """Return what it holds, newest first."""
        return list(reversed(self._taken.values()))


def build(settings: SandboxSettings, _environment: Environment) -> Sandbox:
    """Build the adapter."""
    return Sandbox(settings)


TYPE: Final = AdapterType(
    name="sandbox",
    summary="Sends nothing and shows what it took in the console: for trials and tests.",
    channels=(Channel.EMAIL, Channel.SMS),
    # Nobody: what it takes never leaves the process.
    processor=Processor(company=None, country=None, fields={}),
    capabilities=Capabilities(idempotent=True, segments=True, alphanumeric_sender=True, dry_run=True, erasure=True),
    settings=SandboxSettings,
    build=build,
)
