"""`umschlag record`: the record of processing activities (Art. 30 GDPR) of the configuration."""

import click

from gateway.cli.command import Command, Invocation, json_option, pass_invocation
from gateway.cli.disclosed import language_option, tell
from gateway.cli.output import print_json
from gateway.privacy.classes import Language


@click.command(cls=Command)
@language_option
@json_option
@pass_invocation
def record(invocation: Invocation, /, *, language: str, as_json: bool) -> None:
    """Print the record of processing activities as Markdown.

    It is generated from the configuration, as Art. 30 GDPR wants it.
    """
    from gateway.privacy.members import record_members
    from gateway.privacy.notice import record as paper_of
    from gateway.privacy.paper import markdown

    told = tell(invocation)
    if as_json:
        print_json(record_members(told.disclosure, Language(language), since=told.since))
        return
    click.echo(markdown(paper_of(told.disclosure, Language(language), since=told.since)), nl=False)
