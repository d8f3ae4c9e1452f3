"""`umschlag send`: hands one message to a running gateway, as any client program does."""

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from gateway.cli.call import Api, Reply
from gateway.cli.command import FAILED, Count, Failure, Group, Invocation, Wrong, json_option, pass_invocation
from gateway.cli.fields import read_text, text_option
from gateway.cli.output import print_json, print_pairs
from gateway.config.places import home_folder
from gateway.core.written import host_and_port

MAX_WAIT: Final = 3600  # seconds
_FIRST_PAUSE: Final = 0.05  # seconds
_LONGEST_PAUSE: Final = 1.0
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (what a listener is told, not what is bound here)

F = TypeVar("F", bound=Callable[..., int])

_DONE: Final = frozenset({"sent", "delivered"})
_NEVER: Final = frozenset({"undelivered", "failed", "expired", "cancelled"})


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
    api = Api(how["url"] or _listener(invocation), _key(invocation, how["key_file"]))
    body = {**fields, "text": read_text(how["text_file"])}
    reply = api.call("POST", f"/v1/{channel}", body=body, headers=_controls(how))
    if reply.status not in {200, 202}:
        raise Failure(reply.problem)
    members = _wait(api, reply, how["wait"])
    print_json(members) if how["as_json"] else print_pairs(members)
    return FAILED if members.get("status") in _NEVER else 0


def _controls(how: Mapping[str, Any]) -> dict[str, str]:
    """Return the delivery controls that were given. Raises Wrong for what is no header."""
    given = {
        "Idempotency-Key": how["idempotency_key"],
        "Send-At": how["send_at"],
        "Expires-At": how["expires_at"],
    }
    controls = {name: value for name, value in given.items() if value is not None}
    for name, value in controls.items():
        if not value.isascii() or not value.isprintable():
            raise Wrong(f"--{name.lower()}: printable ASCII is expected")
    return controls


def _wait(api: Api, reply: Reply, seconds: int) -> Mapping[str, Any]:
    """Ask what became of a message until it is known or the time is over."""
    members = reply.members
    until, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while members.get("status") not in _DONE | _NEVER and time.monotonic() < until:
        time.sleep(min(pause, max(0.0, until - time.monotonic())))
        pause = min(2 * pause, _LONGEST_PAUSE)
        now = api.call("GET", f"/v1/messages/{members.get('id')}")
        if now.status != 200:  # noqa: PLR2004 (RFC 9110 §15.3.1)
            raise Failure(now.problem)
        members = now.members
    return members


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
