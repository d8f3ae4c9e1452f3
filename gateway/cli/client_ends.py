"""`umschlag clients revoke|close`: how a client ends."""

import asyncio
from typing import TYPE_CHECKING

import click

from gateway.cli.client_name import parse_name
from gateway.cli.command import Command, Failure, Invocation, Parsed, json_option, pass_invocation
from gateway.cli.output import print_json
from gateway.config import Configuration
from gateway.core.ids import now_seconds
from gateway.spool.audit import Action

if TYPE_CHECKING:
    from gateway.cli.state import State
    from gateway.spool.clients import Client


@click.command(cls=Command)
@click.argument("name", type=Parsed("name", parse_name))
@json_option
@pass_invocation
def revoke(invocation: Invocation, /, *, name: str, as_json: bool) -> None:
    """End all keys of a client.

    What it has sent is delivered all the same.
    """
    asyncio.run(_revoke(invocation.load(), name))
    if as_json:
        print_json({"client": name, "revoked": True})


async def _revoke(configuration: Configuration, name: str) -> None:
    from gateway.cli.state import opened

    async with opened(configuration) as state:
        client = await _named(state, name)
        await state.store.revoke_client(client.id)
        await state.note(Action.CLIENT_REVOKE, client=client.id)


@click.command(cls=Command)
@click.argument("name", type=Parsed("name", parse_name))
@json_option
@pass_invocation
def close(invocation: Invocation, /, *, name: str, as_json: bool) -> None:
    """End a client and erase what is stored about it and its messages.

    What was not handed over is withdrawn, and providers that can are ordered to erase what they have. Its name and its
    usage stay, for billing.
    """
    erased = asyncio.run(_close(invocation.load(), name))
    if as_json:
        print_json({"client": name, "closed": True, "messages": erased})
    else:
        click.echo(f"{erased} messages erased")


async def _close(configuration: Configuration, name: str) -> int:
    from gateway.cli.state import opened
    from gateway.delivery.built import erasing_in
    from gateway.privacy.closing import close_client

    erasing = erasing_in(configuration)
    async with opened(configuration) as state:
        client = await _named(state, name)
        erased = await close_client(state.store, state.keyring.ledger, client.id, now_seconds(), order_at=erasing)
        await state.note(Action.CLIENT_CLOSE, client=client.id, messages=erased)
        return erased


async def _named(state: "State", name: str) -> "Client":
    client = await state.store.client_named(name)
    if client is None:
        raise Failure("there is no such client")
    return client
