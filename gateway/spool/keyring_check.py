"""What is wrong with a keyring's folder, or will be one day: for the operator, before anything is opened."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.core.problem import Problem
from gateway.spool.key_files import FILE_MODE, FOLDER_MODE, KeyringError, read_key

_KEY: Final = "keyring.url"


def keyring_problems(keys: Path) -> Iterator[Problem]:
    """Yield what keeps a keyring from working: modes, damaged keys. One that is not there yet has no problem."""
    for folder in (keys, keys / "content", keys / "tags"):
        if folder.is_dir():
            yield from _mode_problems(folder, FOLDER_MODE)
    for path in sorted(keys.rglob("*.key")):
        yield from _mode_problems(path, FILE_MODE)
        yield from _key_problems(path, str(path.relative_to(keys).with_suffix("")))


def keyring_warnings(keys: Path, spool: Path) -> Iterator[Problem]:
    """Yield what makes a keyring protect less than it could: where it lies, and what backups may take.

    `spool` is the spool's file.
    """
    if keys.resolve().is_relative_to(spool.parent.resolve()):
        yield Problem(_KEY, "lies in the spool's folder: a backup that holds both can open every content")
    elif keys.resolve().parent == spool.parent.resolve().parent:
        yield Problem(_KEY, "lies beside the spool's folder: leave it out of every backup")
    if keys.is_dir() and not (keys / "CACHEDIR.TAG").is_file():
        yield Problem(_KEY, "has no CACHEDIR.TAG: backup programs do not know that they have to leave it out")


def _mode_problems(path: Path, allowed: int) -> Iterator[Problem]:
    if path.stat().st_mode & 0o777 & ~allowed:
        yield Problem(_KEY, f"{path.name} must be mode {allowed:04o}: others can use it")


def _key_problems(path: Path, label: str) -> Iterator[Problem]:
    try:
        read_key(path, label)
    except KeyringError as error:
        yield Problem(_KEY, str(error))
    except OSError as error:
        yield Problem(_KEY, f"{path.name} cannot be read: {error.strerror}")
