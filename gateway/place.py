"""Where a process stands: alone, or one of several on the same spool."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """One of `count` processes, with the sockets that it was given to listen on, by listener.

    One that is not alone has no admin listener: whoever started it speaks for all.
    """

    count: int = 1
    sockets: Mapping[str, Sequence[socket.socket]] = field(default_factory=dict)

    @property
    def is_alone(self) -> bool:
        """Whether there is no other."""
        return self.count == 1


ALONE: Final = Place()


def url_of(listen: str, port: int, *, tls: bool) -> str:
    """Return where a listener can be asked."""
    host = listen.rpartition(":")[0]
    shown = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 (where "any address" can be asked)
    return f"{'https' if tls else 'http'}://{shown}:{port}"
