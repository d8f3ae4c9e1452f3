"""`umschlag audit`: what operators did, and whether the notes are what was written."""

import asyncio
from typing import Any

import click

from gateway.cli.command import FAILED, Group, Invocation, json_option, pass_invocation
from gateway.cli.operator import operator
from gateway.cli.output import print_json, print_table, say, written_time
from gateway.config import Configuration
from gateway.privacy.audit import Audit, Verdict


@click.group(cls=Group)
def audit() -> None:
    """See what operators did."""


@audit.command("list")
@json_option
@pass_invocation
def list_entries(invocation: Invocation, /, *, as_json: bool) -> None:
    """List who did what when, oldest first; there is no address in it."""
    found = asyncio.run(_entries(invocation.load()))
    if as_json:
        print_json(found)
        return
    columns = ("n", "at", "operator", "action", "client", "epoch", "messages")
    print_table(columns, ([each.get(column) for column in columns] for each in found))


async def _entries(configuration: Configuration) -> list[dict[str, Any]]:
    from msgspec import json

    from gateway.cli.state import opened

    async with opened(configuration) as state:
        names = {client.id: client.name for client in await state.store.clients()}
        found = await Audit(state.store, state.keyring, operator()).entries()
    listed = []
    for entry in found:
        about = json.decode(entry.about)
        if "client" in about:
            about["client"] = names.get(about["client"])
        if "epoch" in about:
            about["epoch"] = written_time(about["epoch"])
        own = {"n": entry.n, "at": written_time(entry.at), "operator": entry.operator, "action": entry.action}
        listed.append(own | about)
    return listed


@audit.command()
@json_option
@pass_invocation
def verify(invocation: Invocation, /, *, as_json: bool) -> int:
    """Follow the chain of entries.

    The exit status is 1 where one was changed or taken out, at either end too.
    """
    verdict = asyncio.run(_verdict(invocation.load()))
    if as_json:
        print_json({
            "entries": verdict.entries,
            "holds": verdict.broken_at is None,
            "broken_at": verdict.broken_at,
            "cut_off": verdict.is_cut_off,
        })
    elif verdict.broken_at is None:
        click.echo(f"{verdict.entries} entries, none changed")
    elif verdict.is_cut_off:
        say(f"the chain is cut off: entry {verdict.broken_at} and what came after it are missing")
    else:
        say(f"the chain is broken at entry {verdict.broken_at}: it was changed or taken out")
    return 0 if verdict.broken_at is None else FAILED


async def _verdict(configuration: Configuration) -> Verdict:
    from gateway.cli.state import opened

    async with opened(configuration) as state:
        return await Audit(state.store, state.keyring, operator()).verify()
