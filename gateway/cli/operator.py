"""Who runs a command: the user of the machine, as the audit names an operator."""

import os
import pwd


def operator() -> str:
    """Return `os:NAME`, and behind whom it is where sudo says so."""
    user = os.geteuid()
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:  # a container's user has no name
        name = str(user)
    behind = os.environ.get("SUDO_USER")
    return f"os:{name} (sudo: {behind})" if behind else f"os:{name}"
