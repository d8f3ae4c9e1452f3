"""`umschlag keys`: which sealing keys there are, and their end before their time."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli.command import Group, Invocation, Parsed, Wrong, json_option, pass_invocation
from gateway.cli.keys_clock import clock
from gateway.cli.keys_wrap import wrap, wrap_key
from gateway.cli.output import print_json, print_pairs, print_table, written_time
from gateway.config import Configuration
from gateway.config.places import is_database
from gateway.core.errors import FieldError
from gateway.core.moment import parse_moment
from gateway.spool.audit import Action
from gateway.spool.keyring_forms import FormState

_END_OF_TIME: Final = 1 << 62


def parse_time(text: str) -> int:
    """Read a time. Raises ValueError."""
    try:
        return parse_moment("--before", text)
    except FieldError as error:
        raise ValueError(error.flaw.value) from None


@click.group(cls=Group)
def keys() -> None:
    """See the keys that content is sealed with."""


@keys.command("status")
@json_option
@pass_invocation
def status(invocation: Invocation, /, *, as_json: bool) -> None:
    """Show which keys there are.

    What was sealed in an epoch is unreadable from the moment its key is destroyed.
    """
    found = asyncio.run(_epochs(invocation.load()))
    if as_json:
        print_json(found)
        return
    print_pairs({name: found[name] for name in ("kept_in", "wrapped")} | {"epochs": len(found["epochs"])})
    print_table(("began", "destroyed"), ((epoch["began_at"], epoch["destroyed_at"]) for epoch in found["epochs"]))


async def _epochs(configuration: Configuration) -> dict[str, Any]:
    from gateway.cli.state import opened

    content = int(configuration.settings.retention.content.total_seconds())
    async with opened(configuration) as state:
        epochs, states = state.keyring.epochs(), state.keyring.states()
    listed = [{"began_at": written_time(began), "destroyed_at": written_time(began + content)} for began in epochs]
    kept_in = "database" if is_database(configuration.settings.keyring.url) else "folder"
    return {"kept_in": kept_in, "wrapped": _wrapped(states), "epochs": listed}


def _wrapped(states: Mapping[FormState, int]) -> str:
    if not states[FormState.WRAPPED] and not states[FormState.OLD]:
        return "no"
    old = states[FormState.OLD]
    return f"yes, {old} by an older key" if old else "yes"


@keys.command()
@click.option("--before", type=Parsed("time", parse_time), help="Those of epochs that began before: RFC 3339.")
@click.option("--all", "are_all", is_flag=True, help="All that there are.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_invocation
def destroy(invocation: Invocation, /, *, before: int | None, are_all: bool, yes: bool, as_json: bool) -> None:
    """Destroy keys before their time.

    What was sealed with them is lost at once, here and in every copy. A running gateway follows within a minute.
    """
    if (before is None) != are_all:
        raise Wrong("--before is expected, or --all")
    if not yes:
        click.confirm("Waiting messages of these epochs will never be sent. Destroy their keys?", abort=True, err=True)
    count = asyncio.run(_destroyed(invocation.load(), _END_OF_TIME if before is None else before))
    print_json({"destroyed": count}) if as_json else click.echo(f"{count} destroyed")


async def _destroyed(configuration: Configuration, before: int) -> int:
    from gateway.cli.state import opened

    async with opened(configuration) as state:
        epochs = [epoch for epoch in state.keyring.epochs() if epoch < before]
        count = state.keyring.destroy_content_keys(before)
        for epoch in epochs:
            await state.note(Action.KEYS_DESTROY, epoch=epoch)
        return count


@keys.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_invocation
def accept(invocation: Invocation, /, *, yes: bool) -> None:
    """Go on with an empty keyring, because the one that the spool was used with is lost.

    What waits cannot be opened any more and ends as failed; every client needs a new key.
    """
    if not yes:
        click.confirm("What waits will never be sent, and clients' keys fit no more. Go on?", abort=True, err=True)
    asyncio.run(_accepted(invocation.load()))


async def _accepted(configuration: Configuration) -> None:
    from gateway.cli.state import opened

    async with opened(configuration, accept=True) as state:
        await state.note(Action.KEYS_ACCEPT)


for command in (clock, wrap, wrap_key):
    keys.add_command(command)
