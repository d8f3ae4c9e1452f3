"""The writer process: `python -m gateway.spool.sqlite.writer_main DESCRIPTOR` commits what it is told over a socket."""

import gc
import os
import socket
import sqlite3
import sys
import threading
from collections.abc import Iterator
from typing import Any, Final

from gateway.hardening import harden
from gateway.spool.sqlite import store as _all_kinds  # noqa: F401 (each kind is made where it is used)
from gateway.spool.sqlite.checkpointer import Checkpoint, Checkpointer
from gateway.spool.sqlite.database import store_error
from gateway.spool.sqlite.jobs import Job
from gateway.spool.sqlite.kinds import kind_named
from gateway.spool.sqlite.transactor import Transactor
from gateway.spool.sqlite.wire import Checked, Close, Commit, Committed, Cut, Incoming, Open, WasCut, encode, sendable

_PIECE: Final = 1 << 20  # bytes

# As the gateway itself has it: nothing on the way of a message needs a look of the garbage collector.
_GARBAGE_AFTER: Final = 10_000


class _Line:
    """The socket to the gateway: heard by one thread, said into by any."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._incoming = Incoming()
        self._turn = threading.Lock()

    def say(self, said: object) -> None:
        """Say something whole."""
        head, data = encode(said)
        with self._turn:
            self._line.sendall(head + data)

    def hear(self) -> Iterator[Any]:
        """Yield what is said, until the other side is gone."""
        while piece := self._line.recv(_PIECE):
            yield from self._incoming.feed(piece)


class _Writer:
    """Writes the one file, from the `Open` that is said first to `Close`."""

    def __init__(self, line: _Line, opening: Open) -> None:
        self._line = line
        gate = threading.Lock()
        self._checkpointer = Checkpointer(opening.database, gate, opening.cut_every, self._tell_checkpoint)
        self._transactor = Transactor(opening.database.connect, gate)

    def commit(self, commit: Commit) -> None:
        """Run a transaction and say its answers."""
        jobs = [Job(kind_named(name), request) for name, request in commit.jobs]
        self._transactor.commit(jobs)
        self._line.say(Committed(sendable([job.answer for job in jobs]), self._transactor.changes))
        self._checkpointer.committed()

    def cut(self, cut: Cut) -> None:
        """Cut the log in a thread of its own: commits go on while it is written back."""
        threading.Thread(target=self._cut, args=(cut.number,), daemon=True).start()

    def close(self) -> None:
        """Cut the log as far as readers allow, and let go of the file."""
        self._transactor.disconnect()
        self._checkpointer.close()

    def _cut(self, number: int) -> None:
        try:
            self._line.say(WasCut(number, self._checkpointer.cut()))
        except sqlite3.Error as error:
            self._line.say(WasCut(number, store_error(error)))

    def _tell_checkpoint(self, checkpoint: Checkpoint) -> None:
        self._line.say(Checked(checkpoint))


def write(line: _Line) -> bool:
    """Do what is said; whether the end of it was said, too."""
    writer: _Writer | None = None
    for said in line.hear():
        if isinstance(said, Open):
            writer = _Writer(line, said)
        elif writer is None:
            return False
        elif isinstance(said, Commit):
            writer.commit(said)
        elif isinstance(said, Cut):
            writer.cut(said)
        elif isinstance(said, Close):
            writer.close()
            return True
    return writer is None


def main(descriptor: int) -> None:
    """Write over an inherited socket until it is told to end, or the gateway is gone."""
    harden()
    gc.freeze()
    gc.set_threshold(_GARBAGE_AFTER)
    with socket.socket(fileno=descriptor) as line:
        try:
            ends_in_order = write(_Line(line))
        except OSError:
            ends_in_order = False
        if not ends_in_order:
            # Its gateway has crashed, and so does this: who takes over must not wait until the log is written back.
            os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
