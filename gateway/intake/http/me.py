"""What is stored about a client, as it is told to the client itself: never its key."""

from typing import Final

import msgspec

from gateway.intake.http.resource import rfc3339
from gateway.intake.quota import Limit, Quota, quotas_of
from gateway.settings import LimitsSection
from gateway.spool.clients import Client
from gateway.spool.consents import Consent
from gateway.spool.dates import day_of, month_of
from gateway.spool.events import Webhook
from gateway.spool.store import Accepted, Store

_ENCODER: Final = msgspec.json.Encoder()


class LimitsResource(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The limits that hold for a client, its own or the defaults; one that is left out bounds nothing."""

    rate: str
    daily: int | None = None
    monthly: int | None = None
    daily_segments: int | None = None
    monthly_segments: int | None = None
    concurrent: int


class CountResource(msgspec.Struct, frozen=True):
    """What was accepted in a UTC day or month."""

    period: str
    messages: int
    segments: int


class ConsentResource(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A consent to be shown to a provider, or to those in some countries, given on a version of the privacy notice."""

    provider: str | None = None
    countries: list[str] = []
    notice: str
    given_at: str
    withdrawn_at: str | None = None


class WebhookResource(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where a client is told events; where that is paused, since when. Its secret is not shown."""

    url: str
    waiting: int
    paused_at: str | None = None


class MeResource(msgspec.Struct, frozen=True, kw_only=True):
    """All that is stored about a client; an empty list means any, of `sender_ids` and `processors` none.

    Where `processors` is null any provider may get its messages; where `webhook` is null it is told no events.
    """

    name: str
    channels: list[str]
    senders: list[str]
    sender_ids: list[str]
    countries: list[str]
    sender_disclosure: str
    processors: list[str] | None
    processor_countries: list[str]
    consents: list[ConsentResource]
    on_attachment: str
    limits: LimitsResource
    webhook: WebhookResource | None
    created_at: str
    accepted: list[CountResource]


async def encode_me(client: Client, store: Store, defaults: LimitsSection, now: int) -> bytes:
    """Return what is stored about a client. Raises StoreUnavailableError."""
    counts = [(period, await store.accepted_in(period, client.id)) for period in (day_of(now), month_of(now))]
    return _ENCODER.encode(
        MeResource(
            name=client.name,
            channels=sorted(channel.value for channel in client.channels),
            senders=list(client.senders),
            sender_ids=list(client.sender_ids),
            countries=sorted(client.countries),
            sender_disclosure=client.sender_disclosure,
            processors=None if client.processors is None else list(client.processors),
            processor_countries=sorted(client.processor_countries),
            consents=[_consent(each) for each in await store.consents(client.id)],
            on_attachment=client.on_attachment,
            limits=_limits(client, defaults),
            webhook=_webhook(await store.webhook(client.id)),
            created_at=rfc3339(client.created_at),
            accepted=[_count(period, count) for period, count in counts],
        )
    )


def _limits(client: Client, defaults: LimitsSection) -> LimitsResource:
    quotas = {quota.limit: quota for quota in quotas_of(client, defaults)}
    daily = quotas.get(Limit.DAILY, Quota(Limit.DAILY))
    monthly = quotas.get(Limit.MONTHLY, Quota(Limit.MONTHLY))
    return LimitsResource(
        rate=str(client.rate or defaults.rate),
        daily=daily.messages,
        daily_segments=daily.segments,
        monthly=monthly.messages,
        monthly_segments=monthly.segments,
        concurrent=defaults.concurrent if client.concurrent is None else client.concurrent,
    )


def _webhook(webhook: Webhook | None) -> WebhookResource | None:
    if webhook is None:
        return None
    paused_at = None if webhook.paused_at is None else rfc3339(webhook.paused_at)
    return WebhookResource(url=webhook.url, waiting=webhook.waiting, paused_at=paused_at)


def _consent(consent: Consent) -> ConsentResource:
    ended = consent.withdrawn_at
    return ConsentResource(
        provider=consent.processor,
        countries=list(consent.countries),
        notice=consent.version,
        given_at=rfc3339(consent.given_at),
        withdrawn_at=None if ended is None else rfc3339(ended),
    )


def _count(period: str, count: Accepted) -> CountResource:
    return CountResource(period, count.messages, count.segments)
