"""`umschlag keys wrap-key` and `wrap`: a key that wraps all others, and wrapping them by it."""

import asyncio
from pathlib import Path

import click

from gateway.cli.command import Command, Failure, Invocation, Wrong, json_option, pass_invocation
from gateway.cli.output import print_json
from gateway.config import Configuration
from gateway.spool.audit import Action
from gateway.spool.key_files import KeyringError
from gateway.spool.keyring_forms import FormState


@click.command("wrap-key", cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rotate", is_flag=True, help="Put a new key before those in FILE, which open on.")
@click.option("--drop-old", is_flag=True, help="Forget all keys in FILE but the first.")
@pass_invocation
def wrap_key(invocation: Invocation, /, *, file: Path, rotate: bool, drop_old: bool) -> None:
    """Make a file, mode 0600, with a key that wraps all others.

    Name it in [keyring] wrap_key_file, or give it to the service as a systemd credential; then wrap the keys that there
    are: umschlag keys wrap. Without this file they are lost. It must be in no backup that holds them.
    """
    from gateway.spool.keyring_wrap_key import add_wrap_key, drop_old_wrap_keys, make_wrap_key

    if rotate and drop_old:
        raise Wrong("--rotate or --drop-old is expected, not both")
    try:
        if drop_old:
            asyncio.run(_refuse_old_forms(invocation.load()))
            click.echo(f"{drop_old_wrap_keys(file)} dropped")
            return
        if rotate:
            add_wrap_key(file)
        else:
            make_wrap_key(file)
    except FileExistsError:
        raise Failure("there is such a file already; --rotate puts a new key before those in it") from None
    except KeyringError as error:
        raise Failure(str(error)) from None
    except OSError as error:
        raise Failure(f"the file cannot be written: {error.strerror}") from None
    click.echo("written; now umschlag keys wrap")


@click.command(cls=Command)
@click.option("--undo", is_flag=True, help="Unwrap them: the settings still have to name the key.")
@json_option
@pass_invocation
def wrap(invocation: Invocation, /, *, undo: bool, as_json: bool) -> None:
    """Wrap all keys by the key that the settings name.

    Stop the gateway before keys are wrapped for the first time, and for --undo. A run that was cut off is repeated.
    """
    count = asyncio.run(_wrapped(invocation.load(), undo=undo))
    print_json({"changed": count}) if as_json else click.echo(f"{count} {'unwrapped' if undo else 'wrapped'}")


async def _wrapped(configuration: Configuration, *, undo: bool) -> int:
    from gateway.cli.state import opened

    keyring = configuration.settings.keyring
    if keyring.wrap_key_file is None and keyring.wrap_credential is None:
        raise Failure("the settings name no key to wrap by: keyring.wrap_key_file or keyring.wrap_credential")
    async with opened(configuration, to_wrap=True) as state:
        # The audit's own key has to be wrapped as the settings say while something is noted.
        if undo:
            await state.note(Action.KEYS_UNWRAP)
            return await asyncio.to_thread(state.keyring.wrap, undo=True)
        count = await asyncio.to_thread(state.keyring.wrap)
        await state.note(Action.KEYS_WRAP)
        return count


async def _refuse_old_forms(configuration: Configuration) -> None:
    from gateway.cli.state import opened

    async with opened(configuration, to_wrap=True) as state:
        states = state.keyring.states()
    if states[FormState.OLD] or states[FormState.STRANGE]:
        raise Failure("there are keys that are not wrapped by the first one: umschlag keys wrap")
