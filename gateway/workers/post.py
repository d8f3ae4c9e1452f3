"""What a worker is given by the process that started it: its number, its sockets, and the line between the two."""

import re
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

_POST: Final = re.compile(r"(\d{1,3})/(\d{1,3}):link=(\d+)((?:,[a-z_]+=\d+)*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Post:
    """Worker `number` of `count`, counted from 1, with the sockets that it listens on, by listener."""

    number: int
    count: int
    link: socket.socket
    sockets: Mapping[str, Sequence[socket.socket]] = field(default_factory=dict)

    @property
    def descriptors(self) -> Sequence[int]:
        """The file descriptors that the worker inherits."""
        return [self.link.fileno(), *(each.fileno() for _, each in self._listening())]

    def __str__(self) -> str:
        """Write it as an argument of the worker's command line: numbers alone."""
        listening = "".join(f",{name}={each.fileno()}" for name, each in self._listening())
        return f"{self.number}/{self.count}:link={self.link.fileno()}{listening}"

    def _listening(self) -> Iterable[tuple[str, socket.socket]]:
        return [(name, each) for name, sockets in self.sockets.items() for each in sockets]


def parse_post(text: str) -> Post:
    """Take up a post whose descriptors were inherited. Raises ValueError."""
    found = _POST.fullmatch(text)
    if found is None:
        raise ValueError("this is for a process that another one has started")
    sockets: dict[str, list[socket.socket]] = {}
    try:
        for name, number in re.findall(r",([a-z_]+)=(\d+)", found[4]):
            sockets.setdefault(name, []).append(socket.socket(fileno=int(number)))
        return Post(int(found[1]), int(found[2]), socket.socket(fileno=int(found[3])), sockets)
    except OSError:
        raise ValueError("its sockets are not there") from None
