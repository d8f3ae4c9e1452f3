"""`umschlag clients webhook`: where a client's program is told what became of its messages."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from gateway.cli.client_name import parse_name
from gateway.cli.command import Failure, Group, Invocation, Parsed, Wrong, json_option, pass_invocation
from gateway.cli.output import print_json, print_pairs, say, written_time
from gateway.config import Configuration
from gateway.core.duration import parse_duration
from gateway.core.event_url import parse_event_url
from gateway.core.ids import now_seconds
from gateway.core.secret import Secret
from gateway.settings import EventsSection
from gateway.spool.audit import Action
from gateway.spool.events import Told, Webhook

if TYPE_CHECKING:
    from gateway.cli.state import State
    from gateway.delivery.event_post import Missed, Taken
    from gateway.spool.clients import Client

_name_argument = click.argument("name", type=Parsed("name", parse_name))


def _parse_overlap(text: str) -> timedelta:
    return parse_duration(text)


@click.group(cls=Group)
def webhook() -> None:
    """Say where a client's program is told what became of its messages.

    A running gateway needs no restart. What is sent is signed as https://www.standardwebhooks.com describes.
    """


@webhook.command("set")
@_name_argument
@click.argument("url")
@json_option
@pass_invocation
def set_url(invocation: Invocation, /, *, name: str, url: str, as_json: bool) -> None:
    """Tell a client at this URL from now on, and print the secret that signs, this once.

    A URL that it had before is forgotten, with its secret. What was paused goes on.
    """
    configuration = invocation.load()
    _check_url(url, configuration.settings.events)
    _hand_out(name, asyncio.run(_set(configuration, name, url)), as_json=as_json)


def _check_url(url: str, events: EventsSection) -> None:
    """Refuse what could not be sent to. Raises Wrong."""
    try:
        parse_event_url(url, may_be_plain=events.allow_private_network)
    except ValueError:
        raise Wrong(
            "an https:// address without a user and a fragment is expected "
            "(http:// is possible with [events] allow_private_network = true)"
        ) from None
    if not events.allow_private_network and _is_private(urlsplit(url).hostname or ""):
        raise Wrong("the address is not a public one (it is possible with [events] allow_private_network = true)")


def _is_private(host: str) -> bool:
    """Whether a host is written as an address that is not public; names are judged when they are connected to."""
    from gateway.guard import is_public

    try:
        ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return not is_public(host)


async def _set(configuration: Configuration, name: str, url: str) -> Secret:
    from gateway.delivery.event_secrets import SecretBox, new_secret

    async with _client(configuration, name) as (state, client):
        if client.revoked:
            raise Failure("this client is revoked")
        secret = new_secret()
        await state.store.set_webhook(client.id, url, SecretBox(state.keyring).seal(secret, client.id))
        await state.note(Action.WEBHOOK_SET, client=client.id)
        return secret


@webhook.command()
@_name_argument
@click.option(
    "--overlap",
    type=Parsed("duration", _parse_overlap),
    default="24h",
    show_default=True,
    help="How long the old secret signs as well; 0s ends it at once.",
)
@json_option
@pass_invocation
def rotate(invocation: Invocation, /, *, name: str, overlap: timedelta, as_json: bool) -> None:
    """Give a webhook a new secret and print it, this once."""
    until = now_seconds() + int(overlap.total_seconds())
    _hand_out(name, asyncio.run(_rotate(invocation.load(), name, until)), as_json=as_json)


async def _rotate(configuration: Configuration, name: str, until: int) -> Secret:
    from gateway.delivery.event_secrets import SecretBox, new_secret

    async with _client(configuration, name) as (state, client):
        secret = new_secret()
        sealed = SecretBox(state.keyring).seal(secret, client.id)
        if not await state.store.rotate_secret(client.id, sealed, until):
            raise _no_webhook()
        await state.note(Action.WEBHOOK_ROTATE, client=client.id)
        return secret


@webhook.command()
@_name_argument
@json_option
@pass_invocation
def remove(invocation: Invocation, /, *, name: str, as_json: bool) -> None:
    """Tell a client nothing more; what was not told yet is forgotten."""
    asyncio.run(_remove(invocation.load(), name))
    if as_json:
        print_json({"client": name, "removed": True})


async def _remove(configuration: Configuration, name: str) -> None:
    async with _client(configuration, name) as (state, client):
        if not await state.store.remove_webhook(client.id):
            raise _no_webhook()
        await state.note(Action.WEBHOOK_REMOVE, client=client.id)


@webhook.command()
@_name_argument
@json_option
@pass_invocation
def show(invocation: Invocation, /, *, name: str, as_json: bool) -> None:
    """Show a client's webhook: where it leads, whether events are taken there, how many wait."""
    found = asyncio.run(_show(invocation.load(), name))
    if as_json:
        print_json({"client": name, **members_of(found)})
    else:
        print_pairs({key.replace("_", " "): value for key, value in members_of(found).items()})


async def _show(configuration: Configuration, name: str) -> Webhook:
    async with _client(configuration, name) as (state, client):
        return await _hook_of(state, client)


@webhook.command()
@_name_argument
@json_option
@pass_invocation
def test(invocation: Invocation, /, *, name: str, as_json: bool) -> None:
    """Send an event of the type `test` now, and say what the client's program answered.

    Where it is taken, a webhook that was paused goes on.
    """
    from gateway.delivery.event_post import Taken

    end = asyncio.run(_test(invocation.load(), name))
    is_taken = isinstance(end, Taken)
    why = None if isinstance(end, Taken) or end.reason is None else end.reason.value
    if as_json:
        print_json({"client": name, "taken": is_taken, "status": end.status, "reason": why})
    else:
        click.echo(f"{'taken' if is_taken else 'not taken'}: {end.status or why}")
    if not is_taken:
        raise click.exceptions.Exit(1)


async def _test(configuration: Configuration, name: str) -> "Taken | Missed":
    from gateway.delivery.event_post import Taken, body_of_test, client_of, request_of, send
    from gateway.delivery.event_secrets import SecretBox, SecretLostError

    async with _client(configuration, name) as (state, client):
        hook, now = await _hook_of(state, client), now_seconds()
        sealed = [hook.secret, *([hook.old_secret] if hook.old_secret and now < (hook.old_until or 0) else [])]
        sender = client_of(hook.url, configuration.settings.events)
        try:
            keys = [SecretBox(state.keyring).open(each, client.id) for each in sealed]
            await sender.open()
            end = await send(sender, request_of(hook.url, keys, secrets.token_hex(16), body_of_test(now), now))
        except SecretLostError:
            raise Failure("its secret was sealed with another keyring: set the webhook again") from None
        except OSError:
            raise Failure("events.ca_file: cannot be read") from None
        finally:
            await sender.close()
        await state.note(Action.WEBHOOK_TEST, client=client.id)
        if isinstance(end, Taken):
            await state.store.note_told(Told(client.id, hook.url, now, is_well=True))
        return end


def members_of(hook: Webhook) -> dict[str, Any]:
    """Return what is shown of a webhook."""
    return {
        "url": hook.url,
        "state": state_of(hook),
        "failing_since": written_time(hook.failing_since),
        "paused_at": written_time(hook.paused_at),
        "waiting": hook.waiting,
        "dropped": hook.dropped,
        "old_secret_until": written_time(hook.old_until),
    }


def state_of(hook: Webhook | None) -> str | None:
    """Return how a webhook is, in words; None without one."""
    if hook is None:
        return None
    if hook.pause is not None:
        return f"paused ({hook.pause})"
    return "failing" if hook.failures else "told"


@asynccontextmanager
async def _client(configuration: Configuration, name: str) -> "AsyncIterator[tuple[State, Client]]":
    from gateway.cli.state import opened

    async with opened(configuration) as state:
        client = await state.store.client_named(name)
        if client is None:
            raise Failure("there is no such client")
        yield state, client


async def _hook_of(state: "State", client: "Client") -> Webhook:
    hook = await state.store.webhook(client.id)
    if hook is None:
        raise _no_webhook()
    return hook


def _no_webhook() -> Failure:
    return Failure("this client has no webhook")


def _hand_out(name: str, secret: Secret, *, as_json: bool) -> None:
    if as_json:
        print_json({"client": name, "secret": secret.reveal()})
    else:
        say("The secret, shown this once:")
        click.echo(secret.reveal())
