"""`umschlag clients`: the programs that may send, made and ended beside a running gateway."""

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from gateway.cli.client_consent import consent, notice_to_agree_to
from gateway.cli.client_ends import close, revoke
from gateway.cli.client_name import parse_name
from gateway.cli.client_webhook import members_of, state_of, webhook
from gateway.cli.command import Failure, Group, Invocation, OneOf, Parsed, Wrong, json_option, pass_invocation
from gateway.cli.output import print_json, print_table, say, written_time
from gateway.cli.quotas import limit_options, quotas_in_words
from gateway.config import Configuration
from gateway.core.address import ascii_domain
from gateway.core.countries import check_place
from gateway.core.duration import parse_duration
from gateway.core.errors import FieldError
from gateway.core.ids import now_seconds
from gateway.core.message import Channel
from gateway.core.phone import parse_sender_id
from gateway.core.rate import parse_rate
from gateway.core.written import check_country, check_domain
from gateway.settings import Settings
from gateway.spool.audit import Action
from gateway.spool.clients import Client, NameTakenError, NewClient
from gateway.spool.events import Webhook

_key_file_option = click.option(
    "--key-file", type=click.Path(path_type=Path), help="Write the key to this new file, mode 0600, and print nothing."
)


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def parse_channels(text: str) -> frozenset[Channel]:
    """Read `email,sms`. Raises ValueError."""
    try:
        channels = frozenset(map(Channel, _items(text)))
    except ValueError:
        channels = frozenset()
    if not channels:
        raise ValueError("email, sms or email,sms is expected")
    return channels


def parse_senders(text: str) -> tuple[str, ...]:
    """Read patterns such as `*@praxis.example,*@*.praxis.example,info@example.org`. Raises ValueError."""
    return tuple(map(_check_pattern, _items(text)))


def _check_pattern(pattern: str) -> str:
    local, at, domain = pattern.rpartition("@")
    try:
        check_domain(ascii_domain(domain.removeprefix("*.")))
    except ValueError:  # UnicodeError of a domain that IDNA refuses is one
        at = ""
    if not at or not local or "*" in local.removeprefix("*") or any(sign.isspace() for sign in pattern):
        raise ValueError("addresses or patterns such as *@praxis.example are expected")
    return pattern


def parse_countries(text: str) -> frozenset[str]:
    """Read `DE,AT`. Raises ValueError."""
    return frozenset(map(check_country, _items(text)))


def parse_overlap(text: str) -> timedelta:
    """Read a duration; `0s` ends the old key at once. Raises ValueError."""
    return parse_duration(text)


def parse_places(text: str) -> frozenset[str]:
    """Read `EU,CH`. Raises ValueError."""
    return frozenset(map(check_place, _items(text)))


@click.group(cls=Group)
def clients() -> None:
    """Add, list and end the programs that may send.

    A running gateway needs no restart.
    """


@clients.command()
@click.argument("name", type=Parsed("name", parse_name))
@click.option("--channels", type=Parsed("list", parse_channels), required=True, help="What it may send: email,sms.")
@click.option(
    "--senders", type=Parsed("list", parse_senders), default=(), help="Its mail's senders: '*@praxis.example'."
)
@click.option("--sender-ids", type=Parsed("list", _items), default=(), help="Its sender IDs; without it, none.")
@click.option(
    "--countries", type=Parsed("list", parse_countries), default=(), help="Countries it may send SMS to: DE,AT."
)
@click.option("--rate", type=Parsed("rate", parse_rate), help="Messages in a time, such as 10/s; else [limits] holds.")
@limit_options
@click.option(
    "--sender-disclosure",
    type=OneOf(["full", "alias"]),
    default="full",
    show_default=True,
    help="Providers see its mail's own sender, or an alias under [email] alias_domain.",
)
@click.option("--processors", type=Parsed("list", _items), help="Providers that may get its messages.")
@click.option(
    "--processor-countries", type=Parsed("list", parse_places), default=(), help="Countries of those: EU, EEA, CH."
)
@click.option(
    "--on-attachment",
    type=OneOf(["strip", "reject"]),
    default="strip",
    show_default=True,
    help="Mail over SMTP that has attachments: send the text without them, or refuse it.",
)
@_key_file_option
@json_option
@pass_invocation
def add(invocation: Invocation, /, *, name: str, key_file: Path | None, as_json: bool, **allowed: Any) -> None:  # noqa: ANN401 (the options above)
    """Add a client and print its key, this once."""
    configuration = invocation.load()
    allowed["sender_ids"] = _sender_ids(allowed["sender_ids"], configuration.settings.sms.default_region)
    allowed["countries"] = frozenset(allowed["countries"])
    allowed |= _agreed(configuration.settings, allowed)
    client = NewClient(name, created_at=now_seconds(), **allowed)
    _hand_out(name, key_file, as_json=as_json, make=lambda key: _add(configuration, client, key))


def _sender_ids(written: list[str], region: str) -> tuple[str, ...]:
    try:
        return tuple(parse_sender_id("--sender-ids", item, region) for item in written)
    except FieldError as error:
        raise Wrong(str(error)) from None


def _agreed(settings: Settings, allowed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a client agrees to be shown to, as far as the configuration can keep it. Raises Wrong."""
    if allowed["sender_disclosure"] == "alias" and settings.email.alias_domain is None:
        raise Wrong("--sender-disclosure: alias needs [email] alias_domain")
    processors = None if allowed["processors"] is None else tuple(allowed["processors"])
    if not settings.providers.keys() >= set(processors or ()):
        raise Wrong("--processors: names no configured provider")
    return {"processors": processors, "processor_countries": frozenset(allowed["processor_countries"])}


async def _add(configuration: Configuration, client: NewClient, key: str) -> None:
    from gateway.cli.state import opened
    from gateway.intake.keys import digest

    async with opened(configuration) as state:
        if client.processors is not None or client.processor_countries:
            client = replace(client, notice=await notice_to_agree_to(state, configuration))
        try:
            added = await state.store.add_client(client, digest(state.keyring.auth_key(), key))
        except NameTakenError:
            raise Failure("there is a client of this name already") from None
        await state.note(Action.CLIENT_ADD, client=added.id)


def _hand_out(name: str, key_file: Path | None, *, as_json: bool, make: Callable[[str], Any]) -> None:
    """Let `make` store a new key, and then show it, or write it to a new file that only the owner reads."""
    from gateway.intake.keys import new_key

    key = new_key()
    if key_file is not None:
        _write_key(key_file, key)
    try:
        asyncio.run(make(key))
    except BaseException:
        if key_file is not None:
            key_file.unlink(missing_ok=True)
        raise
    if as_json:
        print_json({"client": name, **({"key_file": str(key_file)} if key_file else {"key": key})})
    elif key_file is None:
        say("The key, shown this once:")
        click.echo(key)


def _write_key(path: Path, key: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Failure(f"the key's file cannot be made ({type(error).__name__})") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key + "\n")


@clients.command("list")
@json_option
@pass_invocation
def list_clients(invocation: Invocation, /, *, as_json: bool) -> None:
    """List all clients with what they may do."""
    found = asyncio.run(_all(invocation.load()))
    if as_json:
        print_json([_members(client, hook) for client, hook in found])
        return
    columns = ("name", "channels", "senders", "sender IDs", "countries", "rate", "quotas", "events", "since", "")
    print_table(columns, [_row(client, hook) for client, hook in found])


async def _all(configuration: Configuration) -> list[tuple[Client, Webhook | None]]:
    from gateway.cli.state import opened

    async with opened(configuration) as state:
        hooks = {hook.client_id: hook for hook in await state.store.webhooks()}
        return [(client, hooks.get(client.id)) for client in await state.store.clients()]


def _members(client: Client, hook: Webhook | None) -> dict[str, Any]:
    return {
        **{name: value for name, value in asdict(client).items() if name != "id"},
        "channels": sorted(client.channels),
        "countries": sorted(client.countries),
        "processor_countries": sorted(client.processor_countries),
        "rate": None if client.rate is None else str(client.rate),
        "created_at": written_time(client.created_at),
        "webhook": None if hook is None else members_of(hook),
    }


def _row(client: Client, hook: Webhook | None) -> tuple[object, ...]:
    return (
        client.name,
        ",".join(sorted(client.channels)),
        ",".join(client.senders) or "any",
        ",".join(client.sender_ids) or "none",
        ",".join(sorted(client.countries)) or "any",
        client.rate,
        quotas_in_words(client),
        state_of(hook),
        written_time(client.created_at),
        "revoked" if client.revoked else None,
    )


@clients.command()
@click.argument("name", type=Parsed("name", parse_name))
@click.option(
    "--overlap",
    type=Parsed("duration", parse_overlap),
    default="24h",
    show_default=True,
    help="How long the old key stays good; 0s ends it at once.",
)
@_key_file_option
@json_option
@pass_invocation
def rotate(invocation: Invocation, /, *, name: str, overlap: timedelta, key_file: Path | None, as_json: bool) -> None:
    """Give a client a new key and print it, this once."""
    configuration = invocation.load()
    until = now_seconds() + int(overlap.total_seconds())
    _hand_out(name, key_file, as_json=as_json, make=lambda key: _rotate(configuration, name, key, until))


async def _rotate(configuration: Configuration, name: str, key: str, old_until: int) -> None:
    from gateway.cli.state import opened
    from gateway.intake.keys import digest

    async with opened(configuration) as state:
        client = await state.store.client_named(name)
        if client is None or client.revoked:
            raise Failure("there is no such client" if client is None else "this client is revoked")
        await state.store.rotate_key(client.id, digest(state.keyring.auth_key(), key), old_until)
        await state.note(Action.CLIENT_ROTATE, client=client.id)


for _other in (revoke, close, consent, webhook):
    clients.add_command(_other)
