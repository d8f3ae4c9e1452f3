"""`umschlag clients consent`: what a client has agreed to be shown to, on which notice and when."""

import asyncio
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.client_name import parse_name
from gateway.cli.command import Command, Failure, Invocation, Parsed, Wrong, json_option, pass_invocation
from gateway.cli.disclosed import disclosure_of
from gateway.cli.output import print_json, print_table, written_time
from gateway.config import Configuration
from gateway.core.ids import now_seconds
from gateway.spool.audit import Action
from gateway.spool.consents import Consent

if TYPE_CHECKING:
    from gateway.cli.state import State
    from gateway.spool.clients import Client


@click.command(cls=Command)
@click.argument("name", type=Parsed("name", parse_name))
@click.option("--processor", help="The provider it agrees to, by its name in the configuration.")
@click.option("--withdraw", is_flag=True, help="With --processor: it agrees no longer.")
@json_option
@pass_invocation
def consent(invocation: Invocation, /, *, name: str, processor: str | None, withdraw: bool, as_json: bool) -> None:
    """Record what a client agrees to be shown to, or list it.

    A consent is one to the notice in force, which has to name the processor.
    """
    if withdraw and processor is None:
        raise Wrong("--withdraw: needs --processor")
    found = asyncio.run(_consent(invocation.load(), name, processor, withdraws=withdraw))
    if as_json:
        print_json([_members(each) for each in found])
    else:
        print_table(("agrees to", "notice", "given", "withdrawn"), map(_row, found))


async def _consent(configuration: Configuration, name: str, processor: str | None, *, withdraws: bool) -> list[Consent]:
    from gateway.cli.state import opened

    async with opened(configuration) as state:
        client = await state.store.client_named(name)
        if client is None:
            raise Failure("there is no such client")
        if processor is not None:
            await _change(state, client, processor, list(configuration.settings.providers) if withdraws else None)
            await state.note(Action.CLIENT_CHANGE, client=client.id)
        return list(await state.store.consents(client.id))


async def _change(state: "State", client: "Client", processor: str, providers: list[str] | None) -> None:
    """Give a consent, or withdraw it where `providers` are those of the configuration."""
    if providers is not None:
        await state.store.withdraw_consent(client.id, processor, providers, now_seconds())
        return
    version = await _notice_that_names(state, processor)
    await state.store.give_consent(client.id, Consent(processor, version, now_seconds()))


async def _notice_that_names(state: "State", processor: str) -> str:
    from gateway.privacy.editions import editions_of

    editions = editions_of(await state.store.disclosures())
    disclosure = editions[0].disclosure if editions else None
    if disclosure is None:
        raise Failure("there is no notice in force to agree to: start the gateway first")
    if processor not in {each.name for each in disclosure.processors}:
        raise Failure("the notice in force names no such processor")
    return editions[0].version


async def notice_to_agree_to(state: "State", configuration: Configuration) -> str:
    """Return the version in force; where no gateway has told one yet, that of the configuration comes into force.

    Raises ConfigError.
    """
    published = await state.store.disclosures()
    if published:
        return published[0].version
    disclosure = disclosure_of(configuration)
    await state.store.publish_disclosure(disclosure.version, disclosure.stored(), now_seconds())
    return disclosure.version


def _row(consent: Consent) -> tuple[object, ...]:
    whom = consent.processor or f"companies in {', '.join(consent.countries)}"
    return whom, consent.version, written_time(consent.given_at), written_time(consent.withdrawn_at)


def _members(consent: Consent) -> dict[str, Any]:
    return {
        "processor": consent.processor,
        "countries": list(consent.countries),
        "version": consent.version,
        "given_at": written_time(consent.given_at),
        "withdrawn_at": written_time(consent.withdrawn_at),
    }
