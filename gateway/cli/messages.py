"""`umschlag messages`: what became of messages, without content and addresses."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import click

from gateway.cli.command import (
    Count,
    Failure,
    Group,
    Invocation,
    OneOf,
    Parsed,
    Wrong,
    json_option,
    pass_invocation,
)
from gateway.cli.output import print_json, print_pairs, print_table, written_time
from gateway.config import Configuration
from gateway.core.ids import is_message_id, now_seconds
from gateway.core.message import Channel
from gateway.core.state import State
from gateway.spool.audit import Action
from gateway.spool.store import MAX_PAGE, Listing, MessageStatus, Store

_A_WRITE: Final = 500  # messages, so that a gateway beside this command does not wait long


def parse_id(text: str) -> str:
    """Return the id of a message. Raises ValueError."""
    if not is_message_id(text):
        raise ValueError("32 hexadecimal digits are expected")
    return text


@click.group(cls=Group)
def messages() -> None:
    """See what became of messages.

    No content and no address is kept that could be shown.
    """


@messages.command()
@click.argument("message_id", metavar="ID", type=Parsed("id", parse_id))
@json_option
@pass_invocation
def show(invocation: Invocation, /, *, message_id: str, as_json: bool) -> None:
    """Show one message."""
    members = asyncio.run(_one(invocation.load(), message_id))
    print_json(members) if as_json else print_pairs(members)


async def _one(configuration: Configuration, message_id: str) -> dict[str, Any]:
    from gateway.cli.state import opened

    async with opened(configuration) as state:
        status = await state.store.status(message_id)
        if status is None:
            raise Failure("there is no such message")
        return _members(status, {client.id: client.name for client in await state.store.clients()})


@messages.command("list")
@click.option("--status", type=OneOf([state.value for state in State]), help="Only those with this status.")
@click.option("--channel", type=OneOf([channel.value for channel in Channel]), help="Only those of this channel.")
@click.option("--client", help="Only those of this client.")
@click.option("--before", metavar="ID", type=Parsed("id", parse_id), help="The last one of the page before this.")
@click.option("--limit", type=Count(1, MAX_PAGE), default=50, show_default=True, help="At most so many.")
@json_option
@pass_invocation
def list_messages(invocation: Invocation, /, *, client: str | None, as_json: bool, **wanted: Any) -> None:  # noqa: ANN401 (the options above)
    """List messages, newest first."""
    found = asyncio.run(_page(invocation.load(), client, wanted))
    if as_json:
        print_json(found)
        return
    columns = ("id", "client", "channel", "status", "reason", "provider", "attempts", "created_at")
    print_table(columns, ([members[column] for column in columns] for members in found))


async def _page(configuration: Configuration, client: str | None, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    from gateway.cli.state import opened

    async with opened(configuration) as state:
        names = {each.id: each.name for each in await state.store.clients()}
        ids = [number for number, name in names.items() if name == client]
        if client is not None and not ids:
            raise Failure("there is no such client")
        page: Sequence[MessageStatus] = await state.store.listing(
            Listing(
                client_id=ids[0] if ids else None,
                state=wanted["status"] and State(wanted["status"]),
                channel=wanted["channel"] and Channel(wanted["channel"]),
                before=wanted["before"],
                limit=wanted["limit"],
            )
        )
        return [_members(status, names) for status in page]


@messages.command()
@click.argument("message_id", metavar="[ID]", type=Parsed("id", parse_id), required=False)
@click.option("--all", "are_all", is_flag=True, help="All that are in doubt.")
@click.option("--restored", is_flag=True, help="All that a spool put back from a copy has brought back.")
@json_option
@pass_invocation
def release(invocation: Invocation, /, *, message_id: str | None, are_all: bool, restored: bool, as_json: bool) -> None:
    """Try messages in doubt again, once.

    They go to the provider that may have them, which then may have them twice, and to no other. Those of a copy may
    have been handed over since it was made, and go where their route leads.
    """
    if restored:
        if are_all or message_id is not None:
            raise Wrong("--restored stands alone")
        count = asyncio.run(_let_go(invocation.load()))
        print_json({"released": count}) if as_json else click.echo(f"{count} released")
        return
    _decide(invocation, message_id, are_all=are_all, as_json=as_json, what="released")


@messages.command("give-up")
@click.argument("message_id", metavar="[ID]", type=Parsed("id", parse_id), required=False)
@click.option("--all", "are_all", is_flag=True, help="All that are in doubt.")
@json_option
@pass_invocation
def give_up(invocation: Invocation, /, *, message_id: str | None, are_all: bool, as_json: bool) -> None:
    """End messages in doubt as failed.

    Their content is destroyed at once. Whether the provider has them stays unknown.
    """
    _decide(invocation, message_id, are_all=are_all, as_json=as_json, what="given_up")


async def _let_go(configuration: Configuration) -> int:
    from gateway.cli.state import opened

    async with opened(configuration) as state:
        count = await state.store.release_restored(now_seconds())
        await state.note(Action.MESSAGES_RELEASE, messages=count)
        return count


def _decide(invocation: Invocation, message_id: str | None, *, are_all: bool, as_json: bool, what: str) -> None:
    if (message_id is None) != are_all:
        raise Wrong("the id of a message is expected, or --all")
    count = asyncio.run(_decided(invocation.load(), message_id, what))
    print_json({what: count}) if as_json else click.echo(f"{count} {what.replace('_', ' ')}")


async def _decided(configuration: Configuration, message_id: str | None, what: str) -> int:
    """Return how many messages it was done to. Raises Failure where the one that is named is not in doubt."""
    from gateway.cli.state import opened

    async with opened(configuration) as state:
        store = state.store
        decide = store.release_doubted if what == "released" else store.give_up_doubted
        if message_id is not None and await decide(message_id, now_seconds(), 1) == 0:
            raise Failure(await _why_not(store, message_id))
        total = 0 if message_id is None else 1
        while message_id is None and (count := await decide(None, now_seconds(), _A_WRITE)):
            total += count
        action = Action.MESSAGES_RELEASE if what == "released" else Action.MESSAGES_GIVE_UP
        await state.note(action, messages=total)
        return total


async def _why_not(store: Store, message_id: str) -> str:
    status = await store.status(message_id)
    if status is None:
        return "there is no such message"
    return "it is due already" if status.state is State.IN_DOUBT else f"it is not in doubt, but {status.state.value}"


def _members(status: MessageStatus, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": status.id,
        "client": names.get(status.client_id),
        "channel": status.channel.value,
        "status": status.state.value,
        "reason": status.reason and status.reason.value,
        "provider": status.provider,
        "provider_ref": status.provider_ref,
        "attempts": status.attempts,
        "segments": status.segments,
        "stripped": status.stripped,
        "created_at": written_time(status.created_at),
        "updated_at": written_time(status.updated_at),
        "expires_at": written_time(status.expires_at),
    }
