"""What `serve` prints when it serves: where it is, and without a configuration how to send the first messages."""

import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import click

from gateway import __version__
from gateway.core.ids import now_seconds
from gateway.core.message import Channel
from gateway.intake.keys import digest, new_key
from gateway.spool.clients import NameTakenError, NewClient
from gateway.spool.keyring import Keyring
from gateway.spool.store import Store

if TYPE_CHECKING:
    from gateway.config import Configuration

DEMO: Final = "demo"
KEY_FILE: Final = "demo.key"

# Domains that are kept for documents (RFC 2606), a number that is kept for films and books (Bundesnetzagentur).
_EMAIL: Final = {
    "sender": "Demo <demo@example.org>",
    "recipient": "Erika Mustermann <erika@example.com>",
    "subject": "Hello",
    "text": "The first e-mail.",
}
_SMS: Final = {"recipient": "+4917604069000", "text": "The first text message."}


class Served(Protocol):
    """A gateway that serves, in one process or several."""

    @property
    def configuration(self) -> "Configuration":
        """What it runs by."""

    @property
    def store(self) -> Store:
        """Its spool."""

    @property
    def keyring(self) -> Keyring:
        """Its keys."""

    @property
    def client_url(self) -> str:
        """Where the client API is."""

    @property
    def admin_url(self) -> str:
        """Where the console is."""

    def console_link(self) -> str:
        """Return a link that opens the console once."""


async def greet(app: Served) -> None:
    """Print where the gateway is; in the embedded default make the client `demo` and print how to use it."""
    click.echo(f"Umschlag {__version__} serves: client API {app.client_url}, console {app.admin_url}")
    if app.configuration.path is None:
        key_file = app.configuration.home / KEY_FILE
        await ensure_demo(app.store, app.keyring, key_file)
        click.echo(instructions(app.client_url, key_file, app.configuration.home))
    click.echo(f"Look at it in the console (this link works once):\n  {app.console_link()}")
    sys.stdout.flush()


async def ensure_demo(store: Store, keyring: Keyring, key_file: Path) -> None:
    """Make the client `demo` with its key in a file, mode 0600, unless they are there and fit."""
    auth_key = keyring.auth_key()
    known = await store.client_named(DEMO)
    if known is not None and known.revoked:
        return  # someone ended it on purpose
    held = _read(key_file)
    if held and known and await store.client_of_key(digest(auth_key, held), now_seconds()) == known:
        return
    key = new_key()
    _write(key_file, key)
    if known is not None:
        await store.rotate_key(known.id, digest(auth_key, key), now_seconds())
        return
    client = NewClient(DEMO, frozenset(Channel), created_at=now_seconds())
    try:
        await store.add_client(client, digest(auth_key, key))
    except NameTakenError:  # another process was quicker, with a key of its own
        await ensure_demo(store, keyring, key_file)


def instructions(url: str, key_file: Path, home: Path) -> str:
    """Return how to send a mail and a text message, and how to see what became of them."""
    again = _command(home)
    return f"""
There is no configuration: mail and text messages go to the sandbox, which sends nothing on and keeps them for the
console. The state is in {home}

Send an e-mail:
  {_curl(url, "email", key_file, _EMAIL)}
Send a text message:
  {_curl(url, "sms", key_file, _SMS)}
See what became of them:
  {again} messages list
"""


def _curl(url: str, channel: str, key_file: Path, fields: Mapping[str, str]) -> str:
    body = shlex.quote(json.dumps(fields, ensure_ascii=False))
    # The shell reads the key when the command runs, so that it is neither printed nor kept in a history.
    key = f'"Authorization: Bearer $(cat {shlex.quote(str(key_file))})"'
    return f"curl -sS {url}/v1/{channel} -H {key} -H 'Content-Type: application/json' -d {body}"


def _command(home: Path) -> str:
    """Return how this program is called again from another shell."""
    program = shlex.quote(sys.argv[0] if Path(sys.argv[0]).name == "umschlag" else "umschlag")
    return f"UMSCHLAG_HOME={shlex.quote(str(home))} {program}" if os.environ.get("UMSCHLAG_HOME") else program


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _write(path: Path, key: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key + "\n")
