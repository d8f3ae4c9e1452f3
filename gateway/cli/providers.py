"""`umschlag providers`: which types there are, what is configured of them, and whether it works."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.command import (
    FAILED,
    WRONG_USE,
    Failure,
    Group,
    Invocation,
    OneOf,
    json_option,
    pass_invocation,
)
from gateway.cli.fields import message_of, read_text, text_option
from gateway.cli.output import print_json, print_pairs, print_problems, print_table, problem_members
from gateway.core.message import Channel

if TYPE_CHECKING:
    from gateway.core.outcome import Outcome
    from gateway.delivery.registry import Provider
    from gateway.provider import AdapterType


@click.group(cls=Group)
def providers() -> None:
    """List types of providers, check and try them."""


@providers.command("list")
@click.argument("type_name", metavar="[TYPE]", required=False)
@json_option
@pass_invocation
def list_types(invocation: Invocation, /, *, type_name: str | None, as_json: bool) -> int:
    """List the types, or show one with its settings."""
    from gateway.config import examine
    from gateway.delivery.built import SPECS_FOLDER
    from gateway.delivery.registry import adapter_types

    folder = examine(invocation.file, invocation.environ).folder
    types, problems = adapter_types(folder / SPECS_FOLDER)
    if type_name is not None and type_name not in types:
        raise Failure("there is no such type; `umschlag providers list` prints all")
    chosen = [types[name] for name in sorted(types) if type_name in {None, name}]
    if as_json:
        print_json([_type_members(each) for each in chosen])
    elif type_name is None:
        columns = ("type", "channels", "country", "erases", "summary", "source")
        print_table(columns, map(_type_row, chosen))
    else:
        _print_type(chosen[0])
    print_problems(problems)
    return FAILED if problems else 0


def _type_row(kind: "AdapterType") -> tuple[object, ...]:
    erases = "yes" if kind.capabilities.erasure else None
    return kind.name, ",".join(kind.channels), kind.processor.country, erases, kind.summary, kind.source


def _type_members(kind: "AdapterType") -> dict[str, Any]:
    from dataclasses import asdict

    processor = kind.processor
    return {
        "type": kind.name,
        "summary": kind.summary,
        "channels": [channel.value for channel in kind.channels],
        "company": processor.company,
        "country": processor.country,
        "processes_in": list(processor.processes_in),
        "fields": {channel.value: list(fields) for channel, fields in processor.fields.items()},
        "privacy_url": processor.privacy_url,
        "dpa_url": processor.dpa_url,
        "capabilities": asdict(kind.capabilities),
        "source": kind.source,
        "docs_url": kind.docs_url,
        "settings": _settings(kind),
    }


def _settings(kind: "AdapterType") -> list[dict[str, Any]]:
    from gateway.cli.reference import settings_of

    return [setting.members() for setting in settings_of(kind.settings)]


def _print_type(kind: "AdapterType") -> None:
    members = _type_members(kind)
    simple = {
        name: members[name] for name in ("type", "summary", "company", "country", "privacy_url", "dpa_url", "source")
    }
    for channel, fields in members["fields"].items():
        simple[f"{channel} fields"] = ", ".join(fields)
    simple["can"] = ", ".join(name for name, can in members["capabilities"].items() if can) or None
    simple["docs_url"] = members["docs_url"]
    print_pairs(simple)
    click.echo()
    rows = [(each["key"], each["form"], each["default"], each["meaning"]) for each in members["settings"]]
    print_table(("setting", "form", "default", "meaning"), rows)


@providers.command()
@click.argument("what", metavar="FILE-or-NAME")
@json_option
@pass_invocation
def check(invocation: Invocation, /, *, what: str, as_json: bool) -> int:
    """Check a spec file or a configured provider.

    Of a provider over HTTP the request is shown, and the one that erases where it has that, with its secrets masked;
    of a spec file also what each answer and each report would come to. Nothing is sent.
    """
    path = Path(what)
    if path.suffix == ".toml" or "/" in what:
        return _check_spec(path, as_json=as_json)
    from gateway.cli.sample import sample_requests

    provider = _configured(invocation, what)
    found = sample_requests(provider)
    if as_json:
        print_json({"provider": what, "requests": found, **_judged(provider.type)})
        return 0
    if not found:
        click.echo(f"{what}: its settings are in order; it has no request that can be shown")
    _print_requests(provider.type, found)
    return 0


def _check_spec(path: Path, *, as_json: bool) -> int:
    from gateway.cli.sample import read_spec, type_requests

    types, problems = read_spec(path)
    shown = [(each, type_requests(each)) for each in types] if not problems else []
    if as_json:
        members = [problem_members(problem) for problem in problems]
        found = [_type_members(each) | {"requests": requests, **_judged(each)} for each, requests in shown]
        print_json({"ok": not problems, "problems": members, "types": found})
    else:
        print_problems(problems)
        for each, requests in shown:
            _print_type(each)
            click.echo()
            _print_requests(each, requests)
    return WRONG_USE if problems else 0


def _judged(kind: "AdapterType") -> dict[str, Any]:
    """Return what each answer, each report and each answer to an erasure comes to, where the rules are data."""
    from dataclasses import asdict

    judged = {"answers": kind.answers, "reports": kind.words, "erasures": kind.erasures}
    return {name: [asdict(each) for each in found] for name, found in judged.items()}


def _print_requests(kind: "AdapterType", requests: Sequence[Mapping[str, Any]]) -> None:
    for request in requests:
        print_pairs(request)
        click.echo()
    for title, rules in (("answer", kind.answers), ("report", kind.words), ("erasure answered", kind.erasures)):
        if rules:
            print_table((title, "becomes"), [(rule.when, rule.becomes) for rule in rules])
            click.echo()


def _configured(invocation: Invocation, name: str) -> "Provider":
    """Return a configured provider, built; raises ConfigError with its problems where it cannot be."""
    from gateway.config import ConfigError
    from gateway.delivery.built import build

    configuration = invocation.load()
    if name not in configuration.settings.providers:
        raise Failure("no provider of this name is configured")
    built = build(configuration)
    if name not in built.providers:
        raise ConfigError(built.problems)
    return built.providers[name]


@providers.command("try")
@click.argument("name")
@click.option("--to", "recipient", required=True, help="The recipient: an address, or a phone number in E.164.")
@click.option("--channel", type=OneOf([channel.value for channel in Channel]), help="Where it serves both.")
@click.option("--sender", help="The sender of a mail.")
@click.option("--subject", default="", help="The subject of a mail.")
@click.option("--sender-id", help="The sender ID of a text message.")
@click.option("--dry-run", is_flag=True, help="Let the provider check it and send nothing, where it offers that.")
@text_option
@json_option
@pass_invocation
def try_one(invocation: Invocation, /, *, name: str, channel: str | None, dry_run: bool, **fields: Any) -> int:  # noqa: ANN401 (the options above)
    """Send one message through one provider.

    It goes past the spool; its text comes from standard input, or from a file.
    """
    provider = _configured(invocation, name)
    kind = _channel(provider.type.channels, channel)
    if kind is Channel.EMAIL and fields["sender"] is None:
        raise click.MissingParameter(param_hint="--sender", param_type="option")
    region = invocation.load().settings.sms.default_region
    message = message_of(kind, {**fields, "text": read_text(fields["text_file"])}, region)
    from gateway.cli.sample import hand_over

    members = _outcome_members(asyncio.run(hand_over(provider, message, dry_run=dry_run)))
    print_json(members) if fields["as_json"] else print_pairs(members)
    return 0 if members["outcome"] == "accepted" else FAILED


@providers.command()
@click.argument("name")
@json_option
@pass_invocation
def balance(invocation: Invocation, /, *, name: str, as_json: bool) -> int:
    """Ask what is left on the account of one provider."""
    provider = _configured(invocation, name)
    from gateway.cli.sample import ask_balance

    found = asyncio.run(ask_balance(provider))
    if isinstance(found, str):
        members: dict[str, Any] = {"provider": name, "reason": found}
    else:
        members = {"provider": name, "amount": str(found.amount), "unit": found.unit}
    print_json(members) if as_json else print_pairs(members)
    return FAILED if "reason" in members else 0


def _channel(served: Sequence[Channel], wanted: str | None) -> Channel:
    if wanted is None and len(served) > 1:
        raise click.MissingParameter(param_hint="--channel", param_type="option")
    channel = served[0] if wanted is None else Channel(wanted)
    if channel not in served:
        raise Failure(f"it does not serve {channel}")
    return channel


def _outcome_members(outcome: "Outcome") -> Mapping[str, Any]:
    from gateway.core.outcome import Accepted, InDoubt, Rejected

    if isinstance(outcome, Accepted):
        return {"outcome": "accepted", "provider_ref": outcome.provider_ref, "segments": outcome.segments}
    if isinstance(outcome, InDoubt):
        return {"outcome": "in_doubt", "reason": outcome.reason.value}
    kind = "rejected" if isinstance(outcome, Rejected) else "deferred"
    return {"outcome": kind, "blame": outcome.blame.value, "reason": outcome.reason.value}
