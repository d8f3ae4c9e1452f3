"""`umschlag processors`: the companies that receive fields of messages."""

import click

from gateway.cli.command import Command, Invocation, json_option, pass_invocation
from gateway.cli.disclosed import tell
from gateway.cli.output import print_json, print_table
from gateway.privacy.disclosure import DisclosedProcessor

_UNKNOWN = "not known"


@click.command(cls=Command)
@json_option
@pass_invocation
def processors(invocation: Invocation, /, *, as_json: bool) -> None:
    """List the companies that receive fields of messages, and which."""
    from gateway.privacy.members import processor_members

    disclosure = tell(invocation).disclosure
    if as_json:
        print_json(processor_members(disclosure))
        return
    columns = ("name", "company", "country", "processes in", "receives", "erases", "transfer basis")
    print_table(columns, map(_row, disclosure.processors))


def _row(processor: DisclosedProcessor) -> tuple[object, ...]:
    received = "; ".join(f"{channel}: {', '.join(names)}" for channel, names in processor.fields.items())
    return (
        processor.name,
        processor.company or _UNKNOWN,
        processor.country or _UNKNOWN,
        ",".join(processor.processes_in) or _UNKNOWN,
        received,
        "yes" if processor.erases else None,
        processor.transfer_basis,
    )
