"""The key that wraps all others: where it is, reading it from a file or a systemd credential, and making one."""

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.settings import KeyringSection
from gateway.spool.key_files import KEY_BYTES, KeyringError, replace_file, supersede_key
from gateway.spool.keyring_forms import Forms, fresh_key

_FOLDER_VARIABLE: Final = "CREDENTIALS_DIRECTORY"
_OF_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True)
class WrapKeyPlace:
    """Where the wrap key is, and which setting says so."""

    setting: str
    path: Path

    @property
    def is_credential(self) -> bool:
        """Whether systemd put it there: it may be readable to a group then, which is an access list for one user."""
        return self.setting == "wrap_credential"

    def read(self) -> Sequence[bytes]:
        """Return the wrap keys, the first of which wraps. Raises KeyringError, which names the setting."""
        try:
            if not self.is_credential and self.path.stat().st_mode & _OF_OTHERS:
                raise self._wrong("names a file that others can use: chmod 0600")
            text = self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            raise self._wrong(f"names a {self._what} that does not exist") from None
        except ValueError:
            raise self._wrong(f"names a {self._what} that is no wrap key") from None
        except OSError as error:
            raise self._wrong(f"names a {self._what} that cannot be read: {error.strerror}") from None
        keys = [_decoded(line) for line in text.split()]
        if not keys or None in keys:
            raise self._wrong(f"names a {self._what} that is no wrap key: 32 bytes in base64 a line are expected")
        return [key for key in keys if key is not None]

    @property
    def _what(self) -> str:
        return "credential" if self.is_credential else "file"

    def _wrong(self, text: str) -> KeyringError:
        return KeyringError(f"keyring.{self.setting} {text}")


def wrap_key_place(section: KeyringSection, environ: Mapping[str, str] = os.environ) -> WrapKeyPlace | None:
    """Return where the wrap key is; None where keys are not wrapped. Raises KeyringError.

    The credential goes before the file, which stands in where systemd gives none: for commands beside the service.
    """
    folder = environ.get(_FOLDER_VARIABLE)
    if section.wrap_credential is not None and folder:
        return WrapKeyPlace("wrap_credential", Path(folder) / section.wrap_credential)
    if section.wrap_key_file is not None:
        return WrapKeyPlace("wrap_key_file", section.wrap_key_file)
    if section.wrap_credential is not None:
        raise KeyringError(
            f"keyring.wrap_credential needs LoadCredential in the unit: systemd did not set {_FOLDER_VARIABLE}"
        )
    return None


def forms_of(section: KeyringSection) -> Forms:
    """Return the forms that the settings ask for. Raises KeyringError."""
    place = wrap_key_place(section)
    return Forms() if place is None else Forms(place.read)


def make_wrap_key(path: Path) -> None:
    """Write a new wrap key, mode 0600, on stable storage. Raises FileExistsError, other OSErrors."""
    if path.exists():
        raise FileExistsError
    replace_file(path, _encoded(fresh_key()), replace=False)


def add_wrap_key(path: Path) -> None:
    """Put a new wrap key before those that are there, which open on. Raises KeyringError, OSError."""
    kept = WrapKeyPlace("wrap_key_file", path).read()
    replace_file(path, b"".join(map(_encoded, (fresh_key(), *kept))), replace=True)


def drop_old_wrap_keys(path: Path) -> int:
    """Forget all wrap keys but the first; returns how many. Raises KeyringError, OSError."""
    first, *old = WrapKeyPlace("wrap_key_file", path).read()
    if old:
        supersede_key(path, _encoded(first))
    return len(old)


def _encoded(key: bytes) -> bytes:
    return base64.b64encode(key) + b"\n"


def _decoded(line: str) -> bytes | None:
    try:
        key = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None
