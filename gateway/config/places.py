"""Where files and folders of the configuration are: paths and URLs made absolute, and the state folder."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from gateway.config.key import Key
from gateway.settings import SECTIONS

_URLS: Final[Mapping[Key, str]] = {("spool", "url"): "sqlite:///", ("keyring", "url"): "dir:///"}
PATHS: Final = frozenset(
    (name, key)
    for name, section in SECTIONS.items()
    for key, field in section.model_fields.items()
    if Path in (field.annotation, *get_args(field.annotation))
)


def home_folder(environ: Mapping[str, str]) -> Path:
    """Return the state folder: `$UMSCHLAG_HOME`, else `umschlag` in the XDG state folder. Raises ValueError."""
    if own := environ.get("UMSCHLAG_HOME"):
        return Path(own).absolute()
    # A relative one is invalid and has to be ignored (XDG Base Directory Specification).
    if (state := environ.get("XDG_STATE_HOME", "")).startswith("/"):
        return Path(state) / "umschlag"
    user = environ.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 (Path.home() raises where there is none)
    if not user.startswith("/"):
        raise ValueError("is needed where the user has no home folder")
    return Path(user) / ".local" / "state" / "umschlag"


def absolute(tree: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return what a source says with its relative paths and URLs begun at `folder`; other values as they are.

    In a provider's table the keys that end in `_file` are paths.
    """
    return {
        name: {key: _absolute_value((name, key), value, folder) for key, value in table.items()}
        if isinstance(table, Mapping)
        else table
        for name, table in tree.items()
    }


def is_database(url: str) -> bool:
    """Whether a URL names a database of PostgreSQL."""
    return url.startswith("postgresql://")


def path_of(url: str, key: Key) -> Path:
    """Return the absolute path of a `sqlite:` or `dir:` URL. Raises ValueError where it is no such URL."""
    begin = _URLS[key]
    if is_database(url):
        raise ValueError(f"PostgreSQL is not built yet; {begin}relative or {begin}/absolute is expected")
    path = url.removeprefix(begin)
    if path == url or not path.strip("/") or path.startswith(":memory:") or "\0" in path:
        raise ValueError(f"{begin}relative or {begin}/absolute is expected")
    if "?" in path:
        raise ValueError("a URL without parameters is expected")
    return Path(path)


def url_of(path: Path, key: Key) -> str:
    """Write a path as the URL of a setting."""
    return f"{_URLS[key]}{path}"


def _absolute_value(key: Key, value: object, folder: Path) -> object:
    if isinstance(value, Mapping) and key[0] == "providers":
        return {inner: _from(folder, item) if inner.endswith("_file") else item for inner, item in value.items()}
    if key in PATHS:
        return _from(folder, value)
    if key in _URLS and isinstance(value, str):
        return _absolute_url(value, key, folder)
    return value


def _absolute_url(url: str, key: Key, folder: Path) -> str:
    try:
        return url_of(folder / path_of(url, key), key)
    except ValueError:
        return url  # told with all the other problems


def _from(folder: Path, value: object) -> object:
    return str(folder / value) if isinstance(value, str) and value else value
