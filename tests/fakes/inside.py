"""The command line called in this process, beside a running event loop: a process of its own would take a second."""

import io
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from gateway.cli import run

# There is one environment and one standard output.
_ALONE = threading.Lock()


def run_inside(arguments: Sequence[str], environment: Mapping[str, str], stdin: bytes) -> tuple[int, str, str]:
    """Run one command, in a thread that has no loop; return its exit status, output and errors."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with _ALONE, _instead(environment, stdin), redirect_stdout(stdout), redirect_stderr(stderr):
        code = run(arguments)
    return code, stdout.getvalue(), stderr.getvalue()


@contextmanager
def _instead(environment: Mapping[str, str], stdin: bytes) -> Iterator[None]:
    before, terminal = dict(os.environ), sys.stdin
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    try:
        yield
    finally:
        sys.stdin = terminal
        os.environ.clear()
        os.environ.update(before)
