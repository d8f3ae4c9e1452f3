"""Key files: written in two steps, overwritten before they are removed."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32

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
    """What is kept is not the key that was put there."""


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


def write_key(path: Path, form: bytes) -> None:
    """Put a key at `path`, unless another process was first. Raises OSError.

    It is on stable storage on return, whoever wrote it.
    """
    replace_file(path, form, replace=False)


def supersede_key(path: Path, form: bytes) -> None:
    """Put another form of a key at `path`, and overwrite the old one where it lay. Raises OSError.

    A crash leaves one of the two; where it comes between, the old one is freed and not overwritten.
    """
    old = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        replace_file(path, form, replace=True)
        _overwrite(old)
    finally:
        os.close(old)


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
        _overwrite(file)
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
        # A process that is alive finishes its own at any moment.
        with contextlib.suppress(FileNotFoundError):
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


def _overwrite(file: int) -> None:
    os.write(file, secrets.token_bytes(os.fstat(file).st_size))
    os.fsync(file)
