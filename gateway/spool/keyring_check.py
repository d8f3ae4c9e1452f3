"""What is wrong with a keyring, or will be one day: for the operator, and nothing is made by looking."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gateway.config.places import is_database
from gateway.core.problem import Problem
from gateway.settings import Settings
from gateway.spool.key_files import KeyringError
from gateway.spool.keyring import vault_at
from gateway.spool.keyring_clock import ClockReading
from gateway.spool.keyring_forms import Forms
from gateway.spool.keyring_stored import clock_in, lacks_auth
from gateway.spool.keyring_vault import Vault
from gateway.spool.keyring_wrap_key import forms_of
from gateway.spool.location import local_path

_KEY: Final = "keyring.url"
_CLOCK: Final = "keyring"
_TLS: Final = "verify-full"


def keyring_problems(settings: Settings, *, base: Path, now: int) -> Iterator[Problem]:
    """Yield what keeps a keyring from working: modes, damaged keys, wrapping, a database that cannot be reached."""
    try:
        forms = forms_of(settings.keyring)
    except KeyringError as error:
        setting, _, text = str(error).partition(" ")
        yield Problem(setting, text)
        return
    try:
        vault = vault_at(settings.keyring.url, base)
        with closing(vault):
            if vault.look():
                yield from _key_problems(vault, forms)
                yield from _clock_problems(clock_in(vault, now))
    except KeyringError as error:
        yield Problem(_KEY, str(error))


def keyring_warnings(settings: Settings, *, base: Path) -> Iterator[Problem]:
    """Yield what makes a keyring protect less than it could: where it lies, and what backups may take."""
    if is_database(settings.keyring.url):
        yield from _database_warnings(settings)
        return
    keys, spool = local_path(settings.keyring.url, "dir", base), local_path(settings.spool.url, "sqlite", base)
    if keys.resolve().is_relative_to(spool.parent.resolve()):
        yield Problem(_KEY, "lies in the spool's folder: a backup that holds both can open every content")
    elif keys.resolve().parent == spool.parent.resolve().parent:
        yield Problem(_KEY, "lies beside the spool's folder: leave it out of every backup")
    if keys.is_dir() and not (keys / "CACHEDIR.TAG").is_file():
        yield Problem(_KEY, "has no CACHEDIR.TAG: backup programs do not know that they have to leave it out")


def _database_warnings(settings: Settings) -> Iterator[Problem]:
    from gateway.spool.postgres_keyring.address import is_far, tls_mode  # noqa: PLC0415 (psycopg is not small)

    keyring = settings.keyring
    if keyring.wrap_key_file is None and keyring.wrap_credential is None:
        text = "is a database, whose backups and log open contents for longer than the keys live: wrap the keys"
        yield Problem(_KEY, text)
    if is_far(urlsplit(keyring.url)) and tls_mode(keyring.url) != _TLS:
        yield Problem(_KEY, "lets keys go over a network to a server that nobody verifies: sslmode=verify-full")


def _key_problems(vault: Vault, forms: Forms) -> Iterator[Problem]:
    if lacks_auth(vault):
        yield Problem(_KEY, "auth.key is missing: put it back, else every client needs a new key")
    told: set[str] = set()
    for name in vault.names():
        try:
            form = vault.read(name)
            if form is not None:
                forms.key_in(form, name)
        except KeyringError as error:
            # Of keys that are all wrapped wrongly one is enough.
            if str(error) not in told:
                told.add(str(error))
                yield Problem(_KEY, str(error))


def _clock_problems(reading: ClockReading) -> Iterator[Problem]:
    # After some days without a gateway it is only wrong if something waits: the start finds out.
    if (fault := reading.fault()) is not None and not reading.was_long_unused:
        yield Problem(_CLOCK, fault)
