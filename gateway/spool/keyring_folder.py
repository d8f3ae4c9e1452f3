"""The keyring in a folder of its own: one file a key, 0600, left out of backups."""

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from gateway.core.epoch import LONGEST_EPOCH
from gateway.spool.key_files import (
    FILE_MODE,
    FOLDER_MODE,
    KeyringError,
    destroy_file,
    make_cachedir_tag,
    make_folder,
    remove_drafts,
    supersede_key,
    sync_folder,
    write_key,
)
from gateway.spool.keyring_forms import Forms
from gateway.spool.keyring_stored import StoredKeyring
from gateway.spool.keyring_vault import CONTENT, TAGS
from gateway.spool.ledger import FileLedger, held, read_number, write_number

_NUMBERS_LOCK: Final = "numbers.lock"


class FolderVault:
    """Keeps keys as files; what each method means is said in `keyring_vault.Vault`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.fault: str | None = None
        self.ledger = FileLedger(folder)

    def look(self) -> bool:
        """Return whether there is a folder that only its owner can use."""
        if not self._folder.is_dir():
            return False
        for folder in (self._folder, self._folder / CONTENT, self._folder / TAGS):
            if folder.is_dir():
                _refuse_strangers(folder)
        for path in sorted(self._folder.rglob("*.key")):
            if path.stat().st_mode & 0o777 & ~FILE_MODE:
                raise KeyringError(f"{path.name} must be mode 0600: others can use it")
        return (self._folder / CONTENT).is_dir() and (self._folder / TAGS).is_dir()

    def open(self) -> None:
        """Create or check the folder."""
        try:
            for folder in (self._folder, self._folder / CONTENT, self._folder / TAGS):
                make_folder(folder)
                _refuse_strangers(folder)
                remove_drafts(folder, time.time())
            make_cachedir_tag(self._folder)
        except OSError as error:
            raise _unusable("the keyring's folder", error) from None

    def close(self) -> None:
        """Nothing is held open."""

    def check(self) -> None:
        """Look whether the keys can be seen."""
        try:
            _starts(self._folder / CONTENT)
        except KeyringError as error:
            self.fault = str(error)
            raise
        self.fault = None

    def read(self, name: str) -> bytes | None:
        """Return what is in a key's file."""
        path = self._path(name)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(f"{name}.key", error) from None

    def keep(self, name: str, form: bytes) -> bytes:
        """Write a key's file unless it is there."""
        path = self._path(name)
        try:
            if path.exists():
                # Another process may have written it just now.
                sync_folder(path.parent)
            else:
                write_key(path, form)
            return path.read_bytes()
        except OSError as error:
            raise _unusable(f"{name}.key", error) from None

    def replace(self, name: str, old: bytes, new: bytes) -> None:
        """Write a key's file anew, and overwrite the old one."""
        if self.read(name) != old:
            return
        try:
            supersede_key(self._path(name), new)
        except OSError as error:
            raise _unusable(f"{name}.key", error) from None

    def names(self) -> Sequence[str]:
        """Return the names of the files, without their ends."""
        try:
            lasting = sorted(path.stem for path in _keys(self._folder.iterdir()))
        except OSError as error:
            raise _unusable("the keyring's folder", error) from None
        return [*lasting, *(f"{kind}/{start}" for kind in (CONTENT, TAGS) for start in self.starts(kind))]

    def starts(self, kind: str) -> Sequence[int]:
        """Return the numbers that files are named by."""
        return _starts(self._folder / kind)

    def destroy(self, kind: str, before: int) -> int:
        """Overwrite and remove what can be, whatever becomes of the rest."""
        folder = self._folder / kind
        due = [start for start in _starts(folder) if start < before]
        failed: OSError | None = None
        for start in due:
            try:
                destroy_file(folder / f"{start}.key")
            except OSError as error:
                failed = error
        if failed is not None:
            raise _unusable(f"a key in the folder {folder.name}", failed)
        if due:
            _sync(folder)
        return len(due)

    def sweep(self) -> None:
        """Files were overwritten when they were replaced."""

    def number(self, name: str) -> int:
        """Return the number in a file."""
        return read_number(self._folder / name)

    def put_number(self, name: str, value: int) -> None:
        """Put a number into a file."""
        write_number(self._folder / name, value)

    def raise_number(self, name: str, value: int) -> None:
        """Put a number into a file that has none as great."""
        with held(self._folder / _NUMBERS_LOCK):
            if value > self.number(name):
                self.put_number(name, value)

    def witness(self) -> int | None:
        """A folder has this machine's clock."""
        return None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.key"


class DirKeyring(StoredKeyring):
    """A keyring in a folder. Nothing is made before `open`."""

    def __init__(self, folder: Path, epoch_length: timedelta = LONGEST_EPOCH, forms: Forms | None = None) -> None:
        super().__init__(FolderVault(folder), epoch_length, forms)


def _refuse_strangers(folder: Path) -> None:
    if folder.stat().st_mode & 0o777 & ~FOLDER_MODE:
        raise KeyringError(f"the keyring's folder {folder.name} must be mode 0700: others can read it")


def _unusable(what: str, error: OSError) -> KeyringError:
    return KeyringError(f"{what} cannot be used: {error.strerror}")


def _keys(paths: Iterable[Path]) -> Iterable[Path]:
    return (path for path in paths if path.suffix == ".key")


def _starts(folder: Path) -> list[int]:
    try:
        return sorted(int(path.stem) for path in _keys(folder.iterdir()) if path.stem.isdecimal())
    except OSError as error:
        raise _unusable(f"the folder {folder.name}", error) from None


def _sync(folder: Path) -> None:
    try:
        sync_folder(folder)
    except OSError as error:
        raise _unusable(f"the folder {folder.name}", error) from None
