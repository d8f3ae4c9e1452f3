"""What a process of the gateway does first, so that its files and its memory stay its own."""

import contextlib
import ctypes
import os
import resource
from typing import Final

# prctl(2); a core pattern that is a pipe does not ask for RLIMIT_CORE.
_PR_SET_DUMPABLE: Final = 4


def harden() -> None:
    """Keep files to ourselves, and memory out of core dumps."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    forbid_dumps()


def forbid_dumps() -> bool:
    """Keep other processes of the same user from reading our memory, and core handlers from getting it (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
    return False
