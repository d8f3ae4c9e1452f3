"""Who runs a command: the user of the machine, as the audit names an operator."""

import os
import pwd
from pathlib import Path
from typing import Final

# Who logged in, which neither su nor sudo changes (https://man7.org/linux/man-pages/man5/proc_pid_loginuid.5.html).
_LOGIN: Final = Path("/proc/self/loginuid")
_NOBODY_LOGGED_IN: Final = (1 << 32) - 1


def operator(login: Path = _LOGIN) -> str:
    """Return `os:NAME`, and who that is: by the login that the system knows, else as sudo says."""
    name = _name_of(os.geteuid())
    person = _logged_in(login)
    if person is not None:
        return f"os:{name}" if person == name else f"os:{name} (login: {person})"
    behind = os.environ.get("SUDO_USER")
    return f"os:{name} (sudo: {behind})" if behind else f"os:{name}"


def _logged_in(login: Path) -> str | None:
    try:
        number = int(login.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if number == _NOBODY_LOGGED_IN else _name_of(number)


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # a container's user has no name
        return str(user)
