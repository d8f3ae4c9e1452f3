"""`umschlag keys`: which sealing keys there are."""

import asyncio
from typing import Any

import click

from gateway.cli.command import Group, Invocation, json_option, pass_invocation
from gateway.cli.output import print_json, print_pairs, print_table, written_time
from gateway.config import Configuration


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
    print_pairs({"epochs": len(found["epochs"])})
    print_table(("began", "destroyed"), ((epoch["began_at"], epoch["destroyed_at"]) for epoch in found["epochs"]))


async def _epochs(configuration: Configuration) -> dict[str, Any]:
    from gateway.cli.state import opened

    content = int(configuration.settings.retention.content.total_seconds())
    async with opened(configuration) as state:
        epochs = state.keyring.epochs()
    listed = [{"began_at": written_time(began), "destroyed_at": written_time(began + content)} for began in epochs]
    return {"epochs": listed}
