"""What all parts of delivery work with."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.core.backoff import Backoff
from gateway.core.message import Channel
from gateway.delivery.patience import Patience
from gateway.delivery.registry import Provider
from gateway.delivery.steps import Case
from gateway.delivery.work import Work
from gateway.logs import Log
from gateway.metrics import Metrics
from gateway.settings import DeliverySection
from gateway.spool.store import RepeatPolicy, Store


@dataclass(frozen=True, slots=True)
class Policy:
    """How delivery tries again: the waits, and the channels whose messages are repeated when they are in doubt."""

    backoff: Backoff
    repeated: frozenset[Channel]

    @classmethod
    def of(cls, settings: DeliverySection) -> "Policy":
        """Read the policy out of `[delivery]`."""
        on_doubt = {Channel.EMAIL: settings.on_doubt_email, Channel.SMS: settings.on_doubt_sms}
        return cls(
            Backoff(settings.backoff_first, settings.backoff_longest),
            frozenset(channel for channel, choice in on_doubt.items() if choice == "repeat"),
        )

    def case(self, work: Work, provider: Provider | None, now: int) -> Case:
        """Say what a step depends on, for a message and the provider that it is or was with."""
        is_idempotent = provider is not None and provider.type.capabilities.idempotent
        return Case(
            now=now,
            expires_at=work.expires_at,
            attempts=work.attempts,
            backoff=self.backoff,
            is_repeat=work.doubted_provider is not None,
            is_idempotent=is_idempotent,
            repeats=is_idempotent or work.channel in self.repeated,
        )

    def repeats(self, providers: frozenset[str]) -> RepeatPolicy:
        """Say it in the spool's words; `providers` are those that are idempotent."""
        return RepeatPolicy(self.repeated, providers)


@dataclass(slots=True)
class Desk:
    """The spool, in whose name it is used, and the rest; one a process. A reload changes the policy.

    `clock` gives seconds since 1970 UTC, `timer` those of a monotonic clock.
    """

    store: Store
    owner: str
    policy: Policy
    log: Log
    metrics: Metrics
    clock: Callable[[], int]
    timer: Callable[[], float]
    patience: Patience
    # How many processes hand over to the same providers: each keeps to its part of their bounds.
    share: int = 1
