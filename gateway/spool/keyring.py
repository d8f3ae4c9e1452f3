"""The keyring: epoch keys that are durable before they are used, and destroyed when their time has come."""

import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.core.epoch import LONGEST_EPOCH, epoch_length
from gateway.spool.key_files import (
    FOLDER_MODE,
    KeyCorruptError,
    KeyringError,
    destroy_file,
    make_cachedir_tag,
    make_folder,
    read_key,
    remove_drafts,
    sync_folder,
    write_key,
)
from gateway.spool.ledger import Ledger, read_number, write_number
from gateway.spool.location import local_path

__all__ = ["DirKeyring", "KeyCorruptError", "KeyGoneError", "KeyPurpose", "Keyring", "KeyringError", "open_keyring"]


class KeyGoneError(Exception):
    """The key of this epoch was destroyed: what it sealed cannot be opened any more."""


class KeyPurpose(StrEnum):
    """What a key without an end is for; the file's name."""

    SUBJECTS = "subjects"  # tags of those who have objected, which outlive every month
    AUDIT = "audit"  # chains the entries of the audit
    EVENTS = "events"  # seals the secrets that events are signed with


class ContentKeys(Protocol):
    """What seals and opens content. Every method may raise KeyringError, which passes when the disk is well again."""

    def content_key(self, epoch: int) -> AESGCM:
        """Return the content key of the epoch that started at `epoch`. Raises KeyGoneError, KeyCorruptError."""

    def current_content_key(self, now: int) -> tuple[int, AESGCM]:
        """Return the start of the epoch that `now` is in with its key, which is on stable storage."""


class Keyring(ContentKeys, Protocol):
    """All keys by epoch. Every method may raise KeyringError."""

    def prepare(self, now: int) -> None:
        """Make the keys of this epoch and the next, so that no request has to wait for one."""

    def epochs(self) -> Sequence[int]:
        """Return the starts of the epochs whose content keys are there, in order."""

    def destroy_content_keys(self, before: int) -> int:
        """Destroy the content keys of the epochs that started before `before`; returns how many there were."""

    def tag_key(self, month: int) -> bytes:
        """Return the key of the tags made in the month that started at `month`; made when it is not there."""

    def tag_months(self) -> Sequence[int]:
        """Return the starts of the months whose tag keys are there, in order."""

    def destroy_tag_keys(self, before: int) -> int:
        """Destroy the tag keys of the months that started before `before`; returns how many there were."""

    def auth_key(self) -> bytes:
        """Return the key under which clients' API keys are hashed."""

    def lasting_key(self, purpose: KeyPurpose) -> bytes:
        """Return the key of a purpose that has no end; made when it is not there."""

    @property
    def ledger(self) -> Ledger:
        """What was erased and asked for, kept away from the spool and its copies."""


class DirKeyring:
    """A keyring in a folder of its own: one file a key.

    `epoch_length` is in whole seconds. Keys are kept in memory once they were read; destroying drops them there too.
    """

    def __init__(self, folder: Path, epoch_length: timedelta = LONGEST_EPOCH) -> None:
        self._folder = folder
        self._epoch_length = int(epoch_length.total_seconds())
        self._content: dict[int, AESGCM] = {}
        self._other: dict[str, bytes] = {}
        self._ledger = Ledger(folder)
        self._lock = threading.Lock()

    def configure(self, epoch_length: timedelta) -> None:
        """Begin epochs of another length from now on; the keys of those that were stay."""
        self._epoch_length = int(epoch_length.total_seconds())

    def open(self) -> None:
        """Create or check the folder. Raises KeyringError."""
        try:
            for folder in (self._folder, self._folder / "content", self._folder / "tags"):
                make_folder(folder)
                _refuse_strangers(folder)
                remove_drafts(folder, time.time())
            make_cachedir_tag(self._folder)
        except OSError as error:
            raise _unusable("the keyring's folder", error) from None
        self.auth_key()

    def content_key(self, epoch: int) -> AESGCM:
        """Return the key of one epoch. Raises KeyGoneError, KeyCorruptError, KeyringError."""
        known = self._content.get(epoch)
        return known if known is not None else self._read_content_key(epoch)

    def current_content_key(self, now: int) -> tuple[int, AESGCM]:
        """Return the start of this epoch and its key, made when it is not there. Raises KeyringError."""
        epoch = now - now % self._epoch_length
        known = self._content.get(epoch)
        return epoch, known if known is not None else self._make_content_key(epoch)

    def prepare(self, now: int) -> None:
        """Make the keys of this epoch and the next. Raises KeyringError."""
        self.current_content_key(now)
        self.current_content_key(now + self._epoch_length)

    def epochs(self) -> Sequence[int]:
        """Return the starts of the epochs whose keys are there, in order. Raises KeyringError."""
        return _starts(self._folder / "content")

    def destroy_content_keys(self, before: int) -> int:
        """Destroy the keys of the epochs that started before `before`, here and in memory. Raises KeyringError."""
        with self._lock:
            count = _destroy(self._folder / "content", before)
            # Another process may have destroyed more than that.
            living = set(_starts(self._folder / "content"))
            for epoch in [epoch for epoch in self._content if epoch not in living]:
                del self._content[epoch]
            return count

    def tag_key(self, month: int) -> bytes:
        """Return the key of one month's tags, made when it is not there. Raises KeyringError."""
        return self._standing_key(f"tags/{month}")

    def tag_months(self) -> Sequence[int]:
        """Return the starts of the months whose keys are there, in order. Raises KeyringError."""
        return _starts(self._folder / "tags")

    def destroy_tag_keys(self, before: int) -> int:
        """Destroy the keys of the months that started before `before`. Raises KeyringError."""
        with self._lock:
            self._other = {name: key for name, key in self._other.items() if _month(name) >= before}
            return _destroy(self._folder / "tags", before)

    def auth_key(self) -> bytes:
        """Return the key under which API keys are hashed, made when it is not there. Raises KeyringError."""
        return self._standing_key("auth")

    def lasting_key(self, purpose: KeyPurpose) -> bytes:
        """Return the key of a purpose that has no end, made when it is not there. Raises KeyringError."""
        return self._standing_key(purpose.value)

    @property
    def ledger(self) -> Ledger:
        """What was erased and asked for."""
        return self._ledger

    def generation(self) -> int:
        """Return the greatest generation of the spool that was seen, 0 before the first. Raises KeyringError."""
        return read_number(self._folder / "generation")

    def note_generation(self, number: int) -> None:
        """Remember a generation, on stable storage. Raises KeyringError."""
        write_number(self._folder / "generation", number)

    def _read_content_key(self, epoch: int) -> AESGCM:
        with self._lock:
            name = f"content/{epoch}"
            try:
                key = read_key(self._path(name), name)
            except FileNotFoundError:
                raise KeyGoneError from None
            except OSError as error:
                raise _unusable(f"{name}.key", error) from None
            return self._content.setdefault(epoch, AESGCM(key))

    def _make_content_key(self, epoch: int) -> AESGCM:
        with self._lock:
            return self._content.setdefault(epoch, AESGCM(self._make(f"content/{epoch}")))

    def _standing_key(self, name: str) -> bytes:
        known = self._other.get(name)
        if known is not None:
            return known
        with self._lock:
            return self._other.setdefault(name, self._make(name))

    def _make(self, name: str) -> bytes:
        path = self._path(name)
        try:
            if path.exists():
                # Another process may have written it just now.
                sync_folder(path.parent)
            else:
                write_key(path, name)
            return read_key(path, name)
        except OSError as error:
            raise _unusable(path.name, error) from None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.key"


def open_keyring(url: str, *, content: timedelta, base: Path) -> DirKeyring:
    """Open or create the keyring at a `dir:` URL, whose relative path is relative to `base`.

    `content` is how long content is kept. Raises KeyringError.
    """
    try:
        folder = local_path(url, "dir", base)
    except ValueError as error:
        raise KeyringError(str(error)) from None
    keyring = DirKeyring(folder, epoch_length(content))
    keyring.open()
    return keyring


def _refuse_strangers(folder: Path) -> None:
    if folder.stat().st_mode & 0o777 & ~FOLDER_MODE:
        raise KeyringError(f"the keyring's folder {folder.name} must be mode 0700: others can read it")


def _unusable(what: str, error: OSError) -> KeyringError:
    return KeyringError(f"{what} cannot be used: {error.strerror}")


def _starts(folder: Path) -> list[int]:
    try:
        return sorted(int(path.stem) for path in folder.iterdir() if path.suffix == ".key" and path.stem.isdecimal())
    except OSError as error:
        raise _unusable(f"the folder {folder.name}", error) from None


def _destroy(folder: Path, before: int) -> int:
    """Destroy what can be destroyed, whatever becomes of the rest."""
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


def _sync(folder: Path) -> None:
    try:
        sync_folder(folder)
    except OSError as error:
        raise _unusable(f"the folder {folder.name}", error) from None


def _month(name: str) -> float:
    folder, _, start = name.rpartition("/")
    return int(start) if folder == "tags" else float("inf")
