"""What a provider would be sent, with its secrets masked, and one hand-over past the spool."""

import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from gateway.cli.command import Failure
from gateway.core.ids import new_reference, now_seconds
from gateway.core.message import Channel, Email, Mailbox, Message, Sms
from gateway.core.outcome import Outcome
from gateway.core.problem import Problem
from gateway.core.secret import Secret
from gateway.delivery.registry import SPECS, Provider
from gateway.http_client import AiohttpClient
from gateway.provider import AdapterType, DryRuns, Environment, Handover, HttpAdapter, HttpRequest, ProviderSettings

_MASK: Final = "SECRET"
# A number that is kept for films and books (Bundesnetzagentur), and domains that are kept for documents (RFC 2606).
SAMPLES: Final[Mapping[Channel, Message]] = {
    Channel.EMAIL: Email(
        Mailbox("sender@example.org", "Sender"), Mailbox("recipient@example.com"), "Sample", "Grüße vom Umschlag"
    ),
    Channel.SMS: Sms("+4917604069000", "Grüße vom Umschlag"),
}


def sample_requests(provider: Provider) -> list[dict[str, Any]]:
    """Return the requests of an adapter over HTTP, a channel each; none where the adapter is of another kind.

    The adapter is built anew with masks for its secrets, so that none can be in what is shown.
    """
    settings = _masked(provider.settings)
    try:
        adapter = provider.type.build(settings, Environment("gateway.example", AiohttpClient))
    except ValueError:  # a mask is no private key
        return []
    if not isinstance(adapter, HttpAdapter):
        return []
    reference = "0" * 32
    channels = provider.type.channels
    return [_members(channel, adapter.exchange.request(SAMPLES[channel], reference)) for channel in channels]


def _masked(settings: ProviderSettings) -> ProviderSettings:
    secrets = [name for name, value in settings if isinstance(value, Secret)]
    return settings.model_copy(update=dict.fromkeys(secrets, Secret(_MASK)))


def _members(channel: Channel, request: HttpRequest) -> dict[str, Any]:
    return {
        "channel": channel.value,
        "request": f"{request.method} {request.url}",
        **dict(request.headers),
        "body": request.body.decode("utf-8", "replace") or None,
    }


def read_spec(path: Path) -> tuple[Sequence[AdapterType], Sequence[Problem]]:
    """Read one spec file as if it lay alone in `providers.d`; returns its types and what is wrong with it."""
    types: list[AdapterType] = []
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory(prefix="umschlag-") as folder:
        try:
            (Path(folder) / path.name).write_bytes(path.read_bytes())
        except OSError as error:
            raise Failure(f"the file cannot be read ({type(error).__name__})") from None
        for reader in entry_points(group=SPECS):
            found, wrong = reader.load()(Path(folder))
            types += found
            problems += wrong
    return types, problems


async def hand_over(provider: Provider, message: Message, *, dry_run: bool) -> Outcome:
    """Hand one message to one provider, past the spool, or let the provider only check it."""
    adapter = provider.adapter
    handover = Handover(new_reference(), now_seconds())
    if dry_run and not isinstance(adapter, DryRuns):
        raise Failure("this provider offers no dry run")
    await adapter.open()
    try:
        if isinstance(adapter, DryRuns) and dry_run:
            return await adapter.dry_run(message, handover)
        return await adapter.send(message, handover)
    finally:
        await adapter.close()
