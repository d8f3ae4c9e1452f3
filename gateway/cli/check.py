"""`umschlag check`: what is wrong with the configuration, and what each route would do."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.command import WRONG_USE, Command, Invocation, Wrong, json_option, pass_invocation
from gateway.cli.fields import message_of
from gateway.cli.output import print_json, print_problems, print_table, problem_members, say
from gateway.config import Configuration, examine
from gateway.config.key import written
from gateway.config.live import is_live
from gateway.core.message import Channel, Message
from gateway.core.problem import Problem

if TYPE_CHECKING:
    from gateway.delivery.built import Built
    from gateway.delivery.way import Way

_NOBODY = "nobody@gateway.invalid"


@click.command(cls=Command)
@click.option(
    "--route", metavar="CHANNEL:RECIPIENT", help="Explain the way of one message: sms:+43…, email:a@b.example."
)
@click.option("--client", default="", help="With --route: the name of the client that sends it.")
@click.option("--sender", default=_NOBODY, help="With --route: the sender's address.")
@json_option
@pass_invocation
def check(invocation: Invocation, /, *, route: str | None, client: str, sender: str, as_json: bool) -> int:
    """Check the configuration and explain the routes.

    Says all that is wrong, by key and line, else what each route would do.
    """
    from gateway.delivery.built import build

    configuration = examine(invocation.file, invocation.environ)
    built = build(configuration)
    problems = [*built.problems, *_keyring_problems(configuration)]
    warnings = [*configuration.warnings, *(map(configuration.locate, _unplaced(built)) if not problems else ())]
    found: dict[str, Any] = {
        "ok": not problems,
        "file": configuration.path and str(configuration.path),
        "problems": [problem_members(problem) for problem in problems],
        "warnings": [problem_members(problem) for problem in warnings],
    }
    if not problems:
        found["routes"] = _routes(built)
        found["restart"] = _keys_for_restart(configuration)
        if route is not None:
            found["route"] = _choice(configuration, built, _message(route, sender, configuration), client)
    if as_json:
        print_json(found)
    else:
        print_problems(problems)
        print_problems(warnings, "warning: ")
        _print_routes(found)
    return WRONG_USE if problems else 0


def _unplaced(built: "Built") -> list[Problem]:
    """Return a warning for each provider in the routes that nobody under a limit of countries is shown to."""
    from gateway.delivery.recipients import recipients
    from gateway.privacy.consent import is_placed

    return [
        Problem(
            f"providers.{each.name}.{'country' if each.processor.country is None else 'processes_in'}",
            "company or country not known: refused under a limit of countries",
        )
        for each in recipients(built)
        if any(each.processor.fields.values()) and not is_placed(each.processor)
    ]


def _keyring_problems(configuration: Configuration) -> "list[Problem]":
    """Look into the keyring, once the settings are in order."""
    from gateway.core.ids import now_seconds
    from gateway.spool.keyring_check import keyring_problems

    if configuration.problems:
        return []
    found = keyring_problems(configuration.settings, base=configuration.folder, now=now_seconds())
    return [configuration.locate(problem) for problem in found]


def _routes(built: "Built") -> list[dict[str, Any]]:
    return [
        {"channel": line.channel.value, "condition": line.condition, **_members(line.way)}
        for line in built.routing.explain()
    ]


def _keys_for_restart(configuration: Configuration) -> list[str]:
    """Return the keys that somebody set and that a running gateway does not follow."""
    origins = configuration.origins
    keys = [key for key in (*origins.lines, *origins.variables) if len(key) > 1 and not is_live(key)]
    return list(dict.fromkeys(map(written, keys)))


def _message(route: str, sender: str, configuration: Configuration) -> Message:
    """Return a message that goes the way that is asked for."""
    channel, _, recipient = route.partition(":")
    if channel not in list(Channel) or not recipient:
        raise Wrong("--route: sms:NUMBER or email:ADDRESS is expected")
    fields = {"sender": sender, "recipient": recipient, "subject": "", "text": ""}
    return message_of(Channel(channel), fields, configuration.settings.sms.default_region)


def _choice(configuration: Configuration, built: "Built", message: Message, client: str) -> dict[str, Any]:
    """Say which rule takes a message, or which list where none does, and the providers in order."""
    from gateway.core.message import channel_of
    from gateway.delivery.routing import Routing

    key = f"routes.{channel_of(message)}"
    for number, rule in enumerate(configuration.settings.routes.rules):
        alone = configuration.settings.routes.model_copy(update={"email": (), "sms": (), "rules": (rule,)})
        if Routing(alone, built.providers).candidates(message, client):
            key = f"routes.rules[{number}]"
            break
    line = configuration.locate(Problem(key, "")).line
    way = built.routing.way(message, client)
    return {"channel": channel_of(message).value, "key": key, "line": line, **_members(way)}


def _members(way: "Way") -> dict[str, Any]:
    """Return the providers in order, with their weights where some are equal."""
    members: dict[str, Any] = {"providers": list(way.names)}
    return members | ({"weights": way.weights, "words": str(way)} if way.weights else {})


def _print_routes(found: dict[str, Any]) -> None:
    if "route" in found:
        choice = found["route"]
        place = f" (line {choice['line']})" if choice["line"] else ""
        click.echo(f"{choice['key']}{place}: {_order(choice)}")
    elif "routes" in found:
        rows = [(line["channel"], line["condition"], _order(line)) for line in found["routes"]]
        print_table(("channel", "when", "providers"), rows)
        if found["restart"]:
            say(
                f"a running gateway follows changes, but for these, which take a restart: {', '.join(found['restart'])}"
            )
        say(f"{found['file'] or 'the embedded default'} is in order")


def _order(found: Mapping[str, Any]) -> str:
    words: str = found.get("words") or ", then ".join(found["providers"])
    return words or "nothing: messages are refused (no_route)"
