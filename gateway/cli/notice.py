"""`umschlag notice`: the privacy notice of the configuration, its versions and what changed between them."""

from collections.abc import Iterable
from typing import Any

import click

from gateway.cli.command import Command, Failure, Invocation, Wrong, json_option, pass_invocation
from gateway.cli.disclosed import Told, language_option, tell
from gateway.cli.output import print_json, print_table, say, written_time
from gateway.privacy.classes import Language


@click.command(cls=Command)
@language_option
@click.option("--history", is_flag=True, help="List the versions that were published, with what each changed.")
@click.option("--diff", is_flag=True, help="Say what the configuration changes against the version in force.")
@click.option("--version", metavar="VERSION", help="Print a version that was published, as --history lists them.")
@json_option
@pass_invocation
def notice(
    invocation: Invocation, /, *, language: str, history: bool, diff: bool, version: str | None, as_json: bool
) -> None:
    """Print the privacy notice as Markdown.

    It is generated from the configuration; a running gateway shows it at /privacy.
    """
    if history + diff + (version is not None) > 1:
        raise Wrong("--history, --diff and --version exclude each other")
    told = tell(invocation)
    if version is not None:
        _print_version(told, version, Language(language), as_json=as_json)
    elif history:
        _print_history(told, Language(language), as_json=as_json)
    elif diff:
        _print_diff(told, Language(language), as_json=as_json)
    else:
        _print_notice(told, Language(language), as_json=as_json)


def _print_notice(told: Told, language: Language, *, as_json: bool) -> None:
    from gateway.privacy.members import disclosure_members
    from gateway.privacy.notice import notice as paper_of
    from gateway.privacy.paper import markdown

    if as_json:
        print_json(disclosure_members(told.disclosure, language, since=told.since))
        return
    click.echo(markdown(paper_of(told.disclosure, told.editions, language, since=told.since)), nl=False)


def _print_version(told: Told, version: str, language: Language, *, as_json: bool) -> None:
    from gateway.privacy.paper import markdown
    from gateway.privacy.past import find, past_members, past_notice

    past = find(told.editions, version)
    if past is None:
        raise Failure("there is no such version")
    if as_json:
        print_json(past_members(past, language))
        return
    click.echo(markdown(past_notice(past, language)), nl=False)


def _print_history(told: Told, language: Language, *, as_json: bool) -> None:
    from gateway.privacy.notice import history

    entries = history(told.editions, language)
    rows: list[dict[str, Any]] = [
        {"version": edition.version, "since": written_time(edition.since), "changes": list(entry.lines)}
        for edition, entry in zip(told.editions, entries, strict=True)
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("version", "since", "changes"), ((row["version"], row["since"], _lines(row["changes"])) for row in rows)
    )


def _print_diff(told: Told, language: Language, *, as_json: bool) -> None:
    from gateway.privacy.changes import changes

    published = told.editions[0] if told.editions else None
    before = None if published is None else published.disclosure
    found = None if before is None else list(changes(before, told.disclosure, language))
    if as_json:
        print_json({
            "in_force": published and published.version,
            "configured": told.disclosure.version,
            "changes": found,
        })
    elif found is None:
        say("no version has been published yet that this program can read")
    else:
        click.echo("\n".join(found), nl=bool(found))
        if not found:
            say("the configuration says the same as the version in force")


def _lines(sentences: Iterable[str]) -> str:
    return "\n".join(sentences)
