"""`umschlag retention prove`: what a copy of the spool gives back."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from gateway.cli.command import FAILED, Command, Failure, Invocation, json_option, pass_invocation
from gateway.cli.output import print_json, print_table, written_time
from gateway.config import Configuration
from gateway.core.ids import now_seconds
from gateway.spool.audit import Action


@click.command(cls=Command)
@click.argument("backup", type=click.Path(path_type=Path))
@json_option
@pass_invocation
def prove(invocation: Invocation, /, *, backup: Path, as_json: bool) -> int:
    """Open what can be opened of a copied spool, with the keys that live.

    Tells it by epoch; the copy is not written to. The exit status is 1 where content was opened that should be dead.
    """
    if not backup.is_file():
        raise Failure("there is no such file")
    found = asyncio.run(_proved(invocation.load(), backup))
    if as_json:
        print_json(found)
    else:
        _print(("began_at", "key", "contents", "opened"), found["epochs"])
        _print(("began_at", "key", "messages"), found["months"])
    return FAILED if any(each["overdue"] for each in found["epochs"]) else 0


def _print(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    print_table(columns, ([_cell(row[column]) for column in columns] for row in rows))


def _cell(value: object) -> object:
    return {True: "there", False: "destroyed"}[value] if isinstance(value, bool) else value


async def _proved(configuration: Configuration, backup: Path) -> dict[str, Any]:
    from gateway.cli.state import opened
    from gateway.privacy.proof import prove_contents, prove_tags
    from gateway.spool.sqlite.copy import SpoolCopy

    dead = now_seconds() - int(configuration.settings.retention.content.total_seconds())
    copy = SpoolCopy(backup)
    async with opened(configuration) as state:
        epochs, months = prove_contents(copy, state.keyring), prove_tags(copy, state.keyring)
        await state.note(Action.RETENTION_PROVE, messages=sum(each.opened for each in epochs))
    return {
        "epochs": [
            {
                "began_at": written_time(each.began_at),
                "key": each.has_key,
                "contents": each.contents,
                "opened": each.opened,
                "overdue": each.opened > 0 and each.began_at <= dead,
            }
            for each in epochs
        ],
        "months": [
            {"began_at": written_time(each.began_at), "key": each.has_key, "messages": each.messages} for each in months
        ],
    }
