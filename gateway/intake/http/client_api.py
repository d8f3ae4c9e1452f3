"""The client API, its calls joined with what they need."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from gateway.core.ids import now_seconds
from gateway.intake.accept import Door
from gateway.intake.auth import Authenticator
from gateway.intake.fields import field_limits
from gateway.intake.http.bodies import BodyLimits
from gateway.intake.http.calls import Calls
from gateway.intake.http.sending import Desk
from gateway.intake.http.waiting import Waiting
from gateway.intake.idempotency import Idempotency
from gateway.intake.limits import Limits
from gateway.intake.slowing import Slowing
from gateway.intake.turnstile import Turnstile
from gateway.metrics import Metrics
from gateway.privacy.classes import ANSWERS
from gateway.provider import Processor
from gateway.settings import Settings
from gateway.spool.erasures import Erasing
from gateway.spool.keyring import Keyring
from gateway.spool.store import Store


class HasProcessor(Protocol):
    """A configured provider."""

    @property
    def processor(self) -> Processor:
        """The company behind it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the client API is made of; `wait_for` waits for the end of a message's hand-over, so many seconds.

    `erasing` tells the providers that erase what they keep of a message.
    """

    authenticator: Authenticator
    door: Door
    limits: Limits
    store: Store
    keyring: Keyring
    metrics: Metrics
    wait_for: Callable[[str, float], Awaitable[None]]
    providers: Callable[[], Mapping[str, HasProcessor]]
    erasing: Callable[[], Erasing]


def client_calls(settings: Settings, parts: Parts, *, clock: Callable[[], int] = now_seconds) -> Calls:
    """Return the calls of the client API as the settings want them. Raises KeyringError."""
    http = settings.http
    # Those who wait leave room for those who do not.
    waiting = Waiting(
        parts.wait_for, parts.store, http.max_wait // timedelta(seconds=1), max(1, http.max_requests // 2)
    )

    def processor_of(name: str) -> Processor | None:
        provider = parts.providers().get(name)
        return None if provider is None else provider.processor

    desk = Desk(
        door=parts.door,
        limits=parts.limits,
        keys=Idempotency(parts.store, parts.keyring, _keeps(settings), clock=clock),
        waiting=waiting,
        metrics=parts.metrics,
        fields=field_limits(settings),
        body=_body_limits(settings),
        processor_of=processor_of,
        clock=clock,
    )
    return Calls(
        parts.authenticator,
        parts.store,
        parts.keyring.ledger,
        desk,
        settings.limits,
        Turnstile(settings.limits.concurrent),
        Slowing(),
        clock,
        parts.erasing,
    )


def follow(calls: Calls, settings: Settings) -> Calls:
    """Return calls that follow other settings, with all that is known of clients and requests at work."""
    calls.turnstile.configure(settings.limits.concurrent)
    calls.desk.keys.configure(_keeps(settings))
    desk = replace(calls.desk, fields=field_limits(settings), body=_body_limits(settings))
    return replace(calls, desk=desk, defaults=settings.limits)


def _keeps(settings: Settings) -> int:
    return int(ANSWERS.lifetime(settings.retention).total_seconds())


def _body_limits(settings: Settings) -> BodyLimits:
    http = settings.http
    return BodyLimits(http.max_body, http.read_timeout.total_seconds(), http.max_batch_body)
