"""What the contract suite of the keyring works with: every place for keys, wrapped and not."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.core.epoch import epoch_length
from gateway.settings import KeyringSection
from gateway.spool.keyring import StoredKeyring, vault_at
from gateway.spool.keyring_forms import Forms
from gateway.spool.keyring_vault import Vault
from gateway.spool.keyring_wrap_key import forms_of, make_wrap_key
from tests.fakes.postgres import Postgres

NOW = 1_800_000_123
EPOCH = 1_800_000_000
HOUR = 3600

CONTENT = timedelta(hours=48)
PLACES = ("folder", "postgres")


class KeyringRoom:
    """One place for keys, opened as several processes would, with a wrap key beside it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.wrap_file = folder / "wrap"
        make_wrap_key(self.wrap_file)
        self.is_wrapped = False
        self._opened: list[StoredKeyring | Vault] = []

    def forms(self) -> Forms:
        """Return the forms that the settings ask for."""
        return forms_of(KeyringSection(wrap_key_file=self.wrap_file if self.is_wrapped else None))

    def unopened(self, vault: Vault | None = None) -> StoredKeyring:
        """Return a keyring that was not opened yet."""
        keyring = StoredKeyring(vault or vault_at(self.url, self.folder), epoch_length(CONTENT), self.forms())
        self._opened.append(keyring)
        return keyring

    def open(self) -> StoredKeyring:
        """Open the keyring as one more process."""
        keyring = self.unopened()
        keyring.open()
        return keyring

    def open_to_wrap(self) -> StoredKeyring:
        """Open it however its keys are wrapped."""
        keyring = self.unopened()
        keyring.open_to_wrap()
        return keyring

    def vault(self) -> Vault:
        """Open the place itself."""
        vault = vault_at(self.url, self.folder)
        vault.open()
        self._opened.append(vault)
        return vault

    def close(self) -> None:
        """Close all that was opened."""
        for each in self._opened:
            each.close()


RoomAt = Callable[[str], KeyringRoom]


def url_in(place: str, folder: Path, postgres: Callable[[], Postgres]) -> str:
    """Return the URL of an empty place."""
    if place == "folder":
        return f"dir:///{folder}/keys"
    server = postgres()
    return server.url(server.database())


def trace(key: AESGCM) -> bytes:
    """Return what one key makes of nothing: the same only under the same key."""
    return key.encrypt(bytes(12), b"", None)


def all_keys(keyring: StoredKeyring) -> list[bytes]:
    """Return a trace of the keys of this hour and the next, and some keys of every other kind."""
    epochs = [trace(keyring.current_content_key(now)[1]) for now in (NOW, NOW + HOUR)]
    return [*epochs, keyring.auth_key(), keyring.tag_key(0), keyring.tag_key(1000)]
