"""The command line called in this process, beside a running event loop: what takes a second as a process of its own."""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from gateway.cli import run


def run_inside(arguments: tuple[str, ...], environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Run one command that reads no input, in a thread without a loop; return exit status, output and errors."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with _environment(environment), redirect_stdout(stdout), redirect_stderr(stderr):
        code = run(arguments)
    return code, stdout.getvalue(), stderr.getvalue()


@contextmanager
def _environment(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
