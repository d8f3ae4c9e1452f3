"""Debian's smtp-sink, a mail server that none of us wrote: it takes everything and keeps each message in a file."""

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Final

import pytest

from tests.fakes.ports import KeptPort

PROGRAM: Final = which("smtp-sink", path="/usr/sbin:/usr/bin")

needs_smtp_sink = pytest.mark.skipif(PROGRAM is None, reason="smtp-sink is missing (Debian: postfix)")


@dataclass(frozen=True, slots=True)
class MailSink:
    """A running smtp-sink: its port and the folder with a file a message."""

    port: int
    folder: Path

    def mails(self) -> Sequence[bytes]:
        """Return each message as it was kept: the lines of the envelope, then the mail."""
        return [path.read_bytes() for path in sorted(self.folder.iterdir())]


@asynccontextmanager
async def mail_sink() -> AsyncIterator[MailSink]:
    """Run smtp-sink until the end of the block."""
    assert PROGRAM is not None
    kept = KeptPort()
    with _open_folder() as folder:
        becomes = ("-u", "nobody") if os.geteuid() == 0 else ()
        arguments = ("-d", f"{folder}/%H%M%S.", f"127.0.0.1:{kept.number}", "1000")
        process = await asyncio.create_subprocess_exec(PROGRAM, *becomes, *arguments)
        try:
            await _until_open(kept.number)
            yield MailSink(kept.number, folder)
        finally:
            process.kill()
            await process.wait()


@contextmanager
def _open_folder() -> Iterator[Path]:
    """Make a folder for all: as root the program demands another user to become, who has to be able to write."""
    with tempfile.TemporaryDirectory(prefix="umschlag-sink-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


async def _until_open(port: int) -> None:
    for _ in range(200):
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        await asyncio.sleep(0.05)
    message = "smtp-sink does not listen"
    raise AssertionError(message)
