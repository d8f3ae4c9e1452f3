"""`umschlag subject`: the rights of the person behind a recipient, whose address is never on the command line."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import click

from gateway.cli.command import FAILED, Group, Invocation, Wrong, json_option, pass_invocation
from gateway.cli.operator import operator
from gateway.cli.output import print_json, print_pairs, print_table, say
from gateway.config import Configuration
from gateway.core.errors import FieldError
from gateway.privacy.audit import Audit
from gateway.privacy.subjects import Receipt, Subject, Subjects, parse_subject
from gateway.privacy.told import receipt_members, report_members
from gateway.spool.audit import Action
from gateway.spool.erasures import Erasing

Answer = TypeVar("Answer")

_MAX_LINE: Final = 1024  # bytes
_COLUMNS: Final = ("id", "client", "channel", "status", "reason", "provider", "created_at", "updated_at")


@click.group(cls=Group)
def subject() -> None:
    """Answer the person behind a recipient.

    Access, erasure, restriction, objection. The address, an e-mail address or a phone number, is asked for, or read
    from standard input. It is stored nowhere.
    What was sent from an address is its client's matter: senders cannot be searched for.
    """


@subject.command()
@json_option
@pass_invocation
def report(invocation: Invocation, /, *, as_json: bool) -> None:
    """Show what is known of a person (Art. 15 GDPR), metadata alone."""
    found = _told(invocation, Action.SUBJECT_REPORT)
    if as_json:
        print_json(found)
        return
    if not found["messages"] and not found["asked_for"]:
        say("nothing is stored about this address")
        return
    print_table(_COLUMNS, ([message[column] for column in _COLUMNS] for message in found["messages"]))
    for each in found["asked_for"]:
        click.echo(f"{each['standing']} since {each['since']}")


@subject.command()
@pass_invocation
def export(invocation: Invocation, /) -> None:
    """Print what is known of a person as JSON (Art. 15 and 20 GDPR)."""
    print_json(_told(invocation, Action.SUBJECT_EXPORT))


@subject.command()
@json_option
@pass_invocation
def erase(invocation: Invocation, /, *, as_json: bool) -> None:
    """Erase all messages to a person (Art. 17 GDPR), and print a receipt without the address.

    What was not handed over is withdrawn. Providers that can are ordered to erase what they have; the gateway carries
    that out while it runs. New messages are taken: `object` keeps them out.
    """
    receipt = _done(invocation, Action.SUBJECT_ERASE, Subjects.erase)
    _print(receipt, as_json=as_json)
    if receipt.orders:
        say(f"ordered of providers: {receipt.orders}; a running gateway carries it out, or the next one that starts")


@subject.command()
@json_option
@pass_invocation
def restrict(invocation: Invocation, /, *, as_json: bool) -> None:
    """Hold all messages to a person (Art. 18 GDPR) and take no new ones, until `withdraw`."""
    _print(_done(invocation, Action.SUBJECT_RESTRICT, Subjects.restrict), as_json=as_json)


@subject.command("object")
@json_option
@pass_invocation
def object_(invocation: Invocation, /, *, as_json: bool) -> None:
    """End all waiting messages to a person (Art. 21 GDPR) and take no new ones, for ever."""
    _print(_done(invocation, Action.SUBJECT_OBJECT, Subjects.object), as_json=as_json)


@subject.command()
@json_option
@pass_invocation
def withdraw(invocation: Invocation, /, *, as_json: bool) -> int:
    """End the restriction and the objection of a person.

    The exit status is 1 where there was none.
    """
    receipt = _done(invocation, Action.SUBJECT_WITHDRAW, Subjects.withdraw)
    _print(receipt, as_json=as_json)
    return 0 if receipt.changed else FAILED


def _print(receipt: Receipt, *, as_json: bool) -> None:
    members = receipt_members(receipt)
    if as_json:
        print_json(members)
        return
    for name in ("ordered", "left"):
        members[name] = ", ".join(f"{provider} {count}" for provider, count in members[name].items())
    print_pairs({name: value for name, value in members.items() if value or name == "messages"})


def _told(invocation: Invocation, action: Action) -> dict[str, Any]:
    configuration = invocation.load()
    person = _ask(configuration)

    async def tell(subjects: Subjects, audit: Audit) -> dict[str, Any]:
        found = await subjects.report(person)
        # Before anything is shown.
        await audit.note(action, messages=len(found.records))
        return report_members(found)

    return asyncio.run(_with_subjects(configuration, tell))


def _done(invocation: Invocation, action: Action, act: Callable[[Subjects, Subject], Awaitable[Receipt]]) -> Receipt:
    configuration = invocation.load()
    person = _ask(configuration)

    async def do(subjects: Subjects, audit: Audit) -> Receipt:
        receipt = await act(subjects, person)
        await audit.note(action, messages=receipt.messages, ordered=receipt.orders)
        return receipt

    return asyncio.run(_with_subjects(configuration, do))


async def _with_subjects(configuration: Configuration, act: Callable[[Subjects, Audit], Awaitable[Answer]]) -> Answer:
    from gateway.cli.state import opened

    def erasing() -> Erasing:
        # Looked for only where something is erased: it reads the types of all providers, which a search need not wait
        # for.
        from gateway.delivery.built import erasing_in

        return erasing_in(configuration)

    async with opened(configuration) as state:
        audit = Audit(state.store, state.keyring, operator())
        return await act(Subjects(state.store, state.keyring, erasing=erasing), audit)


def _ask(configuration: Configuration) -> Subject:
    """Read the address from the terminal or the first line of standard input. Raises Wrong."""
    if sys.stdin.isatty():
        text = click.prompt("address", prompt_suffix=": ", err=True)
    else:
        text = sys.stdin.buffer.readline(_MAX_LINE).decode("utf-8", "replace")
    try:
        return parse_subject(text, configuration.settings.sms.default_region)
    except FieldError as error:
        raise Wrong(f"standard input: {error}") from None
