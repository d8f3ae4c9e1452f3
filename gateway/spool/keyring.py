"""The keyring: epoch keys that are durable before they are used, and destroyed when their time has come."""

from datetime import timedelta
from pathlib import Path

from gateway.config.places import is_database
from gateway.core.epoch import epoch_length
from gateway.settings import Settings
from gateway.spool.key_files import KeyCorruptError, KeyringError
from gateway.spool.keyring_folder import DirKeyring, FolderVault
from gateway.spool.keyring_forms import Forms
from gateway.spool.keyring_port import ContentKeys, KeyGoneError, KeyPurpose, Keyring
from gateway.spool.keyring_stored import StoredKeyring
from gateway.spool.keyring_vault import Vault
from gateway.spool.keyring_wrap_key import forms_of
from gateway.spool.location import local_path

__all__ = [
    "ContentKeys", "DirKeyring", "KeyCorruptError", "KeyGoneError", "KeyPurpose", "Keyring", "KeyringError",
    "StoredKeyring", "open_keyring", "the_keyring", "vault_at",
]  # fmt: skip


def the_keyring(settings: Settings, *, base: Path, to_wrap: bool = False) -> StoredKeyring:
    """Open or create the keyring of a configuration; `to_wrap`: however its keys are wrapped. Raises KeyringError."""
    length = epoch_length(settings.retention.content)
    keyring = StoredKeyring(vault_at(settings.keyring.url, base), length, forms_of(settings.keyring))
    if to_wrap:
        keyring.open_to_wrap()
    else:
        keyring.open()
    return keyring


def open_keyring(url: str, *, content: timedelta, base: Path, forms: Forms | None = None) -> StoredKeyring:
    """Open or create the keyring at a `dir:` or `postgresql:` URL; a relative path is relative to `base`.

    `content` is how long content is kept. Raises KeyringError.
    """
    keyring = StoredKeyring(vault_at(url, base), epoch_length(content), forms)
    keyring.open()
    return keyring


def vault_at(url: str, base: Path) -> Vault:
    """Return where the keys are kept that a URL names, not opened yet. Raises KeyringError."""
    if is_database(url):
        # psycopg is not loaded by those who keep their keys in a folder.
        from gateway.spool.postgres_keyring import PostgresVault  # noqa: PLC0415

        return PostgresVault(url)
    try:
        return FolderVault(local_path(url, "dir", base))
    except ValueError as error:
        raise KeyringError(str(error)) from None
