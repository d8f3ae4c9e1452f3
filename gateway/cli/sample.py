"""What a provider would be sent, with its secrets masked, and one hand-over past the spool."""

import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from gateway.cli.command import Failure
from gateway.core.ids import new_reference, now_seconds
from gateway.core.message import Channel, Email, Mailbox, Message, Sms
from gateway.core.outcome import Outcome, Reason
from gateway.core.problem import Problem
from gateway.core.secret import Secret
from gateway.delivery.registry import SPECS, Provider
from gateway.http_client import AiohttpClient
from gateway.provider import (
    AdapterType,
    Balance,
    Balances,
    DryRuns,
    Environment,
    Handover,
    HttpAdapter,
    HttpRequest,
    ProviderSettings,
)

_MASK: Final = "SECRET"
_VALUES: Final[Mapping[Any, Any]] = {int: 1, bool: True}
_SAMPLE_REF: Final = "provider-ref"  # what a vendor calls a message
CALLBACKS: Final = "https://gateway.example/callbacks"
# A number that is kept for films and books (Bundesnetzagentur), and domains that are kept for documents (RFC 2606).
SAMPLES: Final[Mapping[Channel, Message]] = {
    Channel.EMAIL: Email(
        Mailbox("sender@example.org", "Sender"), Mailbox("recipient@example.com"), "Sample", "Grüße vom Umschlag"
    ),
    Channel.SMS: Sms("+4917604069000", "Grüße vom Umschlag"),
}


def sample_requests(provider: Provider) -> list[dict[str, Any]]:
    """Return the requests of an adapter over HTTP, a channel each, and its erasure; none of one of another kind.

    The adapter is built anew with masks for its secrets, so that none can be in what is shown.
    """
    return _requests(provider.type, _masked(provider.settings), f"{CALLBACKS}/{provider.name}")


def type_requests(kind: AdapterType) -> list[dict[str, Any]]:
    """Return the requests that a provider of a type would make with made-up settings, masked as above."""
    try:
        settings = kind.settings.model_validate(_made_up(kind.settings))
    except ValidationError:  # a setting with a form of its own
        return []
    return _requests(kind, settings, f"{CALLBACKS}/NAME")


def _requests(kind: AdapterType, settings: ProviderSettings, callback_url: str) -> list[dict[str, Any]]:
    if getattr(settings, "callback_secret", None) is not None:
        callback_url = f"{callback_url}/{_MASK}"
    try:
        adapter = kind.build(settings, Environment("gateway.example", AiohttpClient, callback_url))
    except ValueError:  # a mask is no private key
        return []
    if not isinstance(adapter, HttpAdapter):
        return []
    reference = "0" * 32
    shown = [
        {"channel": channel.value, **_members(adapter.exchange.request(SAMPLES[channel], reference))}
        for channel in kind.channels
    ]
    if adapter.erasing is not None:
        shown.append({"erases": _SAMPLE_REF, **_members(adapter.erasing.request(_SAMPLE_REF))})
    return shown


def _made_up(settings: type[ProviderSettings]) -> dict[str, Any]:
    """Return values for the settings that have to be there, and for every secret."""
    values: dict[str, Any] = {"type": "sample", "allow_private_network": True}
    for name, field in settings.model_fields.items():
        kinds = {field.annotation, *get_args(field.annotation)}
        if Secret in kinds:
            values[name] = _MASK if name != "callback_secret" else _MASK * 3
        elif name == "base_url" and field.is_required():
            values[name] = "https://vendor.example"
        elif field.is_required() and name not in values:
            values[name] = next((made for kind, made in _VALUES.items() if kind in kinds), _first_choice(field))
    return values


def _first_choice(field: FieldInfo) -> str:
    # One that can stand for a sender ID too.
    return str(get_args(field.annotation)[0]) if get_origin(field.annotation) is Literal else "Sample"


def _masked(settings: ProviderSettings) -> ProviderSettings:
    secrets = [name for name, value in settings if isinstance(value, Secret)]
    return settings.model_copy(update=dict.fromkeys(secrets, Secret(_MASK)))


def _members(request: HttpRequest) -> dict[str, Any]:
    return {
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


async def ask_balance(provider: Provider) -> Balance | Reason:
    """Ask one provider what is left on the account, or return why there was no answer."""
    adapter = provider.adapter
    if not provider.type.capabilities.balance or not isinstance(adapter, Balances):
        raise Failure("this provider cannot be asked for its balance")
    await adapter.open()
    try:
        return await adapter.balance()
    finally:
        await adapter.close()
