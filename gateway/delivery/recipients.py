"""The providers that the routes use, as recipients that have to be disclosed."""

from collections import defaultdict

from gateway.core.message import Channel
from gateway.delivery.built import Built
from gateway.privacy.disclosure import Recipient


def recipients(built: Built) -> tuple[Recipient, ...]:
    """Return each provider that any route names, with the channels it is named for."""
    channels: dict[str, set[Channel]] = defaultdict(set)
    for line in built.routing.explain():
        for name in line.providers:
            channels[name].add(line.channel)
    return tuple(
        Recipient(name, provider.processor, frozenset(used), provider.erases)
        for name, used in sorted(channels.items())
        for provider in (built.providers[name],)
    )
