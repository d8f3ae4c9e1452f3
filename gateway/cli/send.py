"""`umschlag send`: hands one message to a running gateway, as any client program does."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from gateway.cli.command import FAILED, Count, Failure, Group, Invocation, Wrong, json_option, pass_invocation
from gateway.cli.fields import read_text, text_option
from gateway.cli.output import print_json, print_pairs
from gateway.client import Client, ClientError, Controls, Patience, WrongHeaderError, WrongUrlError
from gateway.client import call as calls
from gateway.config.places import home_folder
from gateway.core.written import host_and_port

MAX_WAIT: Final = 3600  # seconds
# Seconds for which a gateway that is busy or about to stop is asked again.
_PATIENCE: Final = 15
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (what a listener is told, not what is bound here)

F = TypeVar("F", bound=Callable[..., int])


def _options(command: F) -> F:
    """Add what both channels take."""
    options = (
        text_option,
        click.option("--url", envvar="UMSCHLAG_URL", help="The gateway; else the listener of the configuration."),
        click.option(
            "--key-file",
            type=click.Path(path_type=Path, allow_dash=True),
            envvar="UMSCHLAG_KEY_FILE",
            help="File with the key, - for the first line of standard input; else demo.key in the state folder.",
        ),
        click.option(
            "--wait", type=Count(0, MAX_WAIT), default=0, help="Wait up to so many seconds for what becomes of it."
        ),
        click.option("--idempotency-key", help="With the same key the same message is sent once, within a day."),
        click.option("--send-at", help="Not before this time: 2027-01-31T09:00:00+01:00."),
        click.option("--expires-at", help="Not after this time."),
        json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group(cls=Group)
def send() -> None:
    """Send one message through a running gateway.

    Its text comes from standard input, or from a file.
    """


@send.command()
@click.option("--sender", required=True, help="An address, or 'Name <address>'.")
@click.option("--recipient", required=True, help="An address, or 'Name <address>'.")
@click.option("--subject", default="", help="One line.")
@_options
@pass_invocation
def email(invocation: Invocation, /, *, sender: str, recipient: str, subject: str, **how: Any) -> int:  # noqa: ANN401 (the options above)
    """Send an e-mail."""
    return _send(invocation, "email", {"sender": sender, "recipient": recipient, "subject": subject}, how)


@send.command()
@click.option("--recipient", required=True, help="A phone number.")
@click.option("--sender-id", help="Up to 11 characters, or a phone number, where the client may set it.")
@_options
@pass_invocation
def sms(invocation: Invocation, /, *, recipient: str, sender_id: str | None, **how: Any) -> int:  # noqa: ANN401 (the options above)
    """Send a text message."""
    fields = {"recipient": recipient} if sender_id is None else {"recipient": recipient, "sender_id": sender_id}
    return _send(invocation, "sms", fields, how)


def _send(invocation: Invocation, channel: str, fields: dict[str, str], how: Mapping[str, Any]) -> int:
    # The key first: it may be the first line of what the text is read from.
    url, key = how["url"] or _listener(invocation), _key(invocation, how["key_file"])
    client = Client(url, key, Patience(_PATIENCE, for_refused=False))
    fields["text"] = read_text(how["text_file"])
    try:
        call = (calls.email if channel == "email" else calls.sms)(fields, _controls(how))
        message = client.outcome(client.do(call), how["wait"])
    except WrongUrlError:
        raise Wrong("--url: a URL such as http://127.0.0.1:8025 is expected") from None
    except WrongHeaderError as error:
        raise Wrong(f"--{error.header.lower()}: printable ASCII is expected") from None
    except ClientError as error:
        raise Failure(str(error)) from None
    members = {name: value for name, value in asdict(message).items() if value is not None}
    print_json(members) if how["as_json"] else print_pairs(members)
    return FAILED if message.is_lost else 0


def _controls(how: Mapping[str, Any]) -> Controls:
    return Controls(how["idempotency_key"], how["send_at"], how["expires_at"], how["wait"])


def _listener(invocation: Invocation) -> str:
    http = invocation.load().settings.http
    host, port = host_and_port(http.listen)
    if port == 0:
        raise Failure("the listener has no fixed port: --url is needed")
    host = _ANY_ADDRESS.get(host, host)
    return f"{'https' if http.tls_cert else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def _key(invocation: Invocation, path: Path | None) -> str:
    if path == Path("-"):
        data = sys.stdin.buffer.readline()
    else:
        try:
            data = (path or home_folder(invocation.environ) / "demo.key").read_bytes()
        except (OSError, ValueError) as error:
            raise Failure(f"the file of the key cannot be read ({type(error).__name__}): see --key-file") from None
    key = data.decode("utf-8", "replace").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise Failure("there is no key in the file of the key")
    return key
