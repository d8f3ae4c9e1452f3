"""Key files: written in two steps, checked when read, overwritten before they are removed."""

import hmac
import os
import secrets
from hashlib import blake2b
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32
_SUM_BYTES: Final = 16

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600

# https://bford.info/cachedir/: backup programs that know it leave the folder out.
_CACHEDIR_TAG: Final = b"""\
Signature: 8a477f597d28d172789f06886806bc55
# Keys of Umschlag. They must not be in any backup: a destroyed key is what makes old content unreadable.
"""


class KeyringError(Exception):
    """The keyring cannot be used: says which file or folder, and what is wrong with it."""


class KeyCorruptError(KeyringError):
    """A key file does not hold the key that was written to it."""


def make_folder(folder: Path) -> None:
    """Create a folder for keys, mode 0700, on stable storage. Raises OSError."""
    if folder.is_dir():
        return
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    sync_folder(folder.parent)


def make_cachedir_tag(folder: Path) -> None:
    """Mark a folder as one that backups leave out. Raises OSError."""
    tag = folder / "CACHEDIR.TAG"
    if not tag.exists():
        tag.write_bytes(_CACHEDIR_TAG)


def write_key(path: Path, label: str) -> None:
    """Put a fresh key at `path`, unless another process was first. Raises OSError.

    It is on stable storage on return, whoever wrote it. `label` is bound to the file: a key that is moved to
    another name is corrupt there.
    """
    key = secrets.token_bytes(KEY_BYTES)
    replace_file(path, key + _checksum(key, label), replace=False)


def read_key(path: Path, label: str) -> bytes:
    """Return the key at `path`. Raises FileNotFoundError, other OSErrors, KeyCorruptError."""
    found = path.read_bytes()
    key = found[:KEY_BYTES]
    if not hmac.compare_digest(found[KEY_BYTES:], _checksum(key, label)):
        raise KeyCorruptError(f"{path.name} is damaged")
    return key


def destroy_file(path: Path) -> None:
    """Overwrite a file and remove it; one that is gone is well. Raises OSError.

    On a copying file system or a wearing disk the old block may live on until it is used again: there the disk has
    to be encrypted too.
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        os.write(file, secrets.token_bytes(os.fstat(file).st_size))
        os.fsync(file)
    finally:
        os.close(file)
    path.unlink(missing_ok=True)


def replace_file(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a whole file or none, and put it at `path` on stable storage; an old one stays unless `replace`."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        try:
            os.write(file, content)
            os.fsync(file)
        finally:
            os.close(file)
        if replace:
            draft.replace(path)
        else:
            _link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def remove_drafts(folder: Path, now: float) -> None:
    """Destroy what a process that died while writing has left behind. Raises OSError."""
    for draft in folder.glob(".*.tmp"):
        if now - draft.stat().st_mtime > _DRAFT_AGE:
            destroy_file(draft)


# Seconds that writing a draft certainly does not take.
_DRAFT_AGE: Final = 60


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _link(draft: Path, path: Path) -> None:
    # A link, unlike a rename, does not replace what another process has put there in the meantime.
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return


def _checksum(key: bytes, label: str) -> bytes:
    return blake2b(key, digest_size=_SUM_BYTES, person=b"umschlag key", salt=_salt(label)).digest()


def _salt(label: str) -> bytes:
    return blake2b(label.encode(), digest_size=blake2b.SALT_SIZE).digest()
