"""Sockets that listen: bound here, or bound beforehand and shared among several processes."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import Any, Final

from gateway.core.written import host_and_port

_BACKLOG: Final = 1024


class ListenError(Exception):
    """The address cannot be listened on: it is taken, not of this machine, or reserved."""


async def listen_on(
    protocol: Callable[[], asyncio.BaseProtocol],
    listen: str,
    bound: Sequence[socket.socket],
    **options: Any,  # noqa: ANN401 (those of `create_server`)
) -> list[asyncio.Server]:
    """Serve a protocol on `host:port`, or on sockets that are bound there already. Raises ListenError."""
    loop = asyncio.get_running_loop()
    try:
        if bound:
            return [await loop.create_server(protocol, sock=each, backlog=_BACKLOG, **options) for each in bound]
        host, port = host_and_port(listen)
        return [await loop.create_server(protocol, host, port, backlog=_BACKLOG, **options)]
    except (OSError, OverflowError):
        raise ListenError("the address cannot be listened on") from None


def port_of(servers: Sequence[asyncio.Server]) -> int:
    """Return the port that the first of some servers listens on."""
    port: int = servers[0].sockets[0].getsockname()[1]
    return port


def bind_shared(listen: str, count: int) -> list[list[socket.socket]]:
    """Bind `host:port`, where port 0 takes a free one, for so many processes: each gets sockets of its own.

    All of them listen already: the system deals connections out among them, and those of a process that is gone wait
    for the one that takes its sockets over. Raises ListenError.
    """
    host, port = host_and_port(listen)
    with contextlib.ExitStack() as undo:
        try:
            shares = _bind_all(host, port, count, undo)
        except (OSError, OverflowError):
            raise ListenError("the address cannot be listened on") from None
        undo.pop_all()
    return shares


def _bind_all(host: str, port: int, count: int, undo: contextlib.ExitStack) -> list[list[socket.socket]]:
    shares: list[list[socket.socket]] = [[] for _ in range(count)]
    for family, address in _addresses(host, port):
        for share in shares:
            made = undo.enter_context(_bound(family, (address[0], port, *address[2:])))
            port = made.getsockname()[1]
            share.append(made)
    return shares


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _bound(family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        made.listen(_BACKLOG)
    except BaseException:
        made.close()
        raise
    return made
