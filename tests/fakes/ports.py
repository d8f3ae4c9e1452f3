"""A port that is kept for a program which cannot choose one by itself."""

import socket
import weakref


class KeptPort:
    """A loopback port that no other test is given for as long as this object lives; `number` can be listened on.

    It is bound and not listened on: the system gives such a port to nobody who asks for any, and lets those who name
    it take it, if they set SO_REUSEADDR as servers do.
    """

    def __init__(self) -> None:
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        self.number: int = held.getsockname()[1]
        weakref.finalize(self, held.close)
