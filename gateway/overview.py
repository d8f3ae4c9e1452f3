"""What a gateway shows of itself: its readiness, its providers, what they took, its retention."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.console.sources import Check, ProviderView, RetentionView
from gateway.core.ids import now_seconds
from gateway.delivery.worker import Delivery
from gateway.intake.capacity import Capacity
from gateway.privacy.classes import written_term
from gateway.privacy.retention import Retention
from gateway.provider import Outbox
from gateway.spool.keyring import Keyring, KeyringError
from gateway.spool.store import Store, StoreUnavailableError


@dataclass(slots=True)
class Overview:
    """Looks at the parts when it is asked, so that a reload is seen at once."""

    store: Store
    keyring: Keyring
    delivery: Delivery
    retention: Retention
    capacity: Capacity
    is_draining: bool = False

    def checks(self) -> Sequence[Check]:
        """Return the conditions under which messages should be sent here."""
        return *state_checks(self.store, self.keyring), *self.own_checks()

    def own_checks(self) -> Sequence[Check]:
        """Return those of them that other processes on the same spool may see differently."""
        return (
            Check("room", _if(lambda: not self.capacity.has_room(), "the disk or the spool is full")),
            Check("retention", _if(lambda: bool(self.retention.overdue()), "a retention class is overdue")),
            Check("checkpoint", _if(self.retention.cannot_cut, "the spool's write-ahead log cannot be cut")),
            Check("serving", _if(lambda: self.is_draining, "the gateway drains")),
        )

    def providers(self) -> Sequence[ProviderView]:
        """Return the configured providers with their circuits."""
        circuits = self.delivery.circuits()
        return [
            ProviderView(
                name,
                provider.type.name,
                provider.type.channels,
                company=provider.processor.company,
                country=provider.processor.country,
                circuit_open=name in circuits,
                reason=circuits.get(name),
            )
            for name, provider in self.delivery.providers().items()
        ]

    def outboxes(self) -> Mapping[str, Outbox]:
        """Return the adapters that keep what they took."""
        adapters = {name: provider.adapter for name, provider in self.delivery.providers().items()}
        return {name: adapter for name, adapter in adapters.items() if isinstance(adapter, Outbox)}

    def retention_classes(self) -> Sequence[RetentionView]:
        """Return how each retention class stands."""
        return [
            RetentionView(
                state.name,
                written_term(state.keeps),
                state.oldest_seconds,
                state.overdue,
                purged_at=state.purged_at,
                next_key=state.next_key,
            )
            for state in self.retention.states()
        ]


def state_checks(store: Store, keyring: Keyring) -> Sequence[Check]:
    """Return the conditions that a spool and a keyring have to meet, whoever asks."""

    async def can_seal() -> str | None:
        await asyncio.to_thread(keyring.check, now_seconds())
        return None

    async def can_store() -> str | None:
        await store.check()
        return None

    async def holds_nothing() -> str | None:
        if not await store.restored_waiting():
            return None
        return "the spool was put back from a copy: its queue is held until umschlag messages release --restored"

    return Check("spool", _told(can_store)), Check("keyring", _told(can_seal)), Check("restored", _told(holds_nothing))


def _told(check: Callable[[], Awaitable[str | None]]) -> Callable[[], Awaitable[str | None]]:
    """Turn the errors of a check into its sentence; their texts hold no values."""

    async def run() -> str | None:
        try:
            return await check()
        except (StoreUnavailableError, KeyringError) as error:
            return str(error)

    return run


def _if(is_wrong: Callable[[], bool], sentence: str) -> Callable[[], Awaitable[str | None]]:
    async def run() -> str | None:
        return sentence if is_wrong() else None

    return run
