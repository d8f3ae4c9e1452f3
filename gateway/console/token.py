"""The admin token's file: read where it is, made where it is not."""

import os
import secrets
from pathlib import Path
from typing import Final

from gateway.core.secret import Secret

_RANDOM_BYTES: Final = 32
_MAX_FILE: Final = 4096  # bytes


class TokenError(Exception):
    """The admin token cannot be read or made; says why, without path or token."""


def admin_token(path: Path) -> Secret:
    """Return the token in a file, white space around it cut; a missing file is made, mode 0600. Raises TokenError."""
    try:
        text = _read(path)
        text = _make(path) if text is None else text
    except (OSError, UnicodeDecodeError) as error:
        raise TokenError(f"the file of the admin token cannot be read or made ({type(error).__name__})") from None
    if not text:
        raise TokenError("the file of the admin token is empty")
    return Secret(text)


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE).decode("ascii").strip()
    except FileNotFoundError:
        return None


def _make(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = secrets.token_urlsafe(_RANDOM_BYTES)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
    return text
