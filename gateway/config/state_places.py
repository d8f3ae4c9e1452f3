"""Where spool and keyring are: that each has a place, and that whoever copies the one does not get the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from gateway.config.finding import Finding
from gateway.config.key import Key
from gateway.config.places import is_database, path_of
from gateway.settings import Settings

_SPOOL: Final[Key] = ("spool", "url")
_KEYRING: Final[Key] = ("keyring", "url")
_WRAP_FILE: Final[Key] = ("keyring", "wrap_key_file")
_PORT: Final = 5432


def state_findings(settings: Settings) -> Iterator[Finding]:
    """Yield what is wrong with the URLs of spool and keyring, and with the place of the wrap key."""
    spool, keyring = settings.spool.url, settings.keyring.url
    if fault := _file_fault(spool):
        yield Finding(_SPOOL, fault)
    if fault := _database_fault(keyring) if is_database(keyring) else _folder_fault(keyring):
        yield Finding(_KEYRING, fault)
    elif is_database(keyring) and is_database(spool) and _database(keyring) == _database(spool):
        text = "is the spool's database: a backup of it would hold the contents and their keys"
        yield Finding(_KEYRING, text, (_SPOOL,))
    yield from _wrap_findings(settings)


def state_warnings(settings: Settings) -> Iterator[Finding]:
    """Yield what protects less than it could."""
    spool = path_of(settings.spool.url, _SPOOL).parent
    if not is_database(settings.keyring.url) and _lies_in(path_of(settings.keyring.url, _KEYRING), spool):
        yield Finding(_KEYRING, "lies in the spool's folder: a backup that holds both can open every content")
    wrap = settings.keyring.wrap_key_file
    if wrap is not None and _lies_in(wrap, spool):
        yield Finding(_WRAP_FILE, "lies in the spool's folder: a backup of that holds it, too")


def may_hold(folder: Path) -> bool:
    """Whether a folder is there, or could be made."""
    return next((near.is_dir() for near in (folder, *folder.parents) if near.exists()), False)


def _wrap_findings(settings: Settings) -> Iterator[Finding]:
    wrap = settings.keyring.wrap_key_file
    if wrap is None or is_database(settings.keyring.url) or _folder_fault(settings.keyring.url):
        return
    if _lies_in(wrap, path_of(settings.keyring.url, _KEYRING)):
        text = "lies in the keyring's folder: whoever has that could open every key"
        yield Finding(_WRAP_FILE, text, (_KEYRING,))


def _file_fault(url: str) -> str | None:
    try:
        path = path_of(url, _SPOOL)
    except ValueError as error:
        return str(error)
    return "is no place for a file" if path.is_dir() or not may_hold(path.parent) else None


def _folder_fault(url: str) -> str | None:
    try:
        path = path_of(url, _KEYRING)
    except ValueError as error:
        return str(error)
    return None if may_hold(path) else "is no place for a folder"


def _database_fault(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        named = bool(parts.path.strip("/")) and "\0" not in url and (parts.port or _PORT) > 0
    except ValueError:  # a port that is no number, a bracket that does not close
        named = False
    return None if named else "postgresql://user@host/database is expected"


def _database(url: str) -> tuple[str, int, str]:
    """Return what tells one database from another, as far as a URL does."""
    parts: SplitResult = urlsplit(url)
    host = unquote(parts.hostname or "localhost").lower()
    return {"127.0.0.1": "localhost", "::1": "localhost"}.get(host, host), parts.port or _PORT, unquote(parts.path)


def _lies_in(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
