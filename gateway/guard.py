"""Which addresses may be connected to, with the TLS that every outbound connection speaks."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any, Final

import aiohappyeyeballs

# (family, type, protocol, canonical name, address) as getaddrinfo returns it.
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]

# Written out, because what `ipaddress` calls global differs between patch releases of Python.
# https://www.iana.org/assignments/iana-ipv4-special-registry, RFC 5771 (multicast)
_NOT_PUBLIC_4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
# The only range that is given out for the public network (RFC 4291 §2.4, IANA's global unicast registry) …
_PUBLIC_6: Final = IPv6Network("2000::/3")
# … less these: https://www.iana.org/assignments/iana-ipv6-special-registry
_NOT_PUBLIC_6: Final = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))

_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052 §2.1
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")  # RFC 3056 §2

HAPPY_EYEBALLS_DELAY: Final = 0.25  # seconds, RFC 8305 §5


class ForbiddenAddressError(OSError):
    """The address is not public, or is public, and this provider may not use such."""

    def __init__(self) -> None:
        """Say no more than that."""
        super().__init__(errno.EACCES, "the address is not one that this provider may use")


def is_public(address: str) -> bool:
    """Whether an IP address (v4, v6, also with a scope) is one of the public network.

    An IPv4 address that an IPv6 address carries (mapped, NAT64, 6to4) is judged in its place.
    """
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        carried = _carried(found)
        if carried is None:
            return found in _PUBLIC_6 and not any(found in network for network in _NOT_PUBLIC_6)
        found = carried
    return not any(found in network for network in _NOT_PUBLIC_4)


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    return address.ipv4_mapped


def socket_factory(
    *, allow_private_network: bool, allow_public_network: bool = True
) -> Callable[[AddressInfo], socket.socket]:
    """Return what makes the socket for an address, or raises ForbiddenAddressError.

    It sees the very address that is connected to, so a name that resolves differently the next time gains nothing.
    What goes unencrypted may be kept from the public network.
    """

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not (allow_public_network if is_public(address[0]) else allow_private_network):
            raise ForbiddenAddressError
        return socket.socket(family, kind, protocol)

    return make


async def connect_socket(
    host: str, port: int, *, allow_private_network: bool, allow_public_network: bool = True
) -> socket.socket:
    """Resolve a host and return a connected, non-blocking socket to an address that is allowed.

    Raises OSError (ForbiddenAddressError where an address is not allowed). Has no time-out of its own.
    """
    loop = asyncio.get_running_loop()
    try:
        infos: Sequence[AddressInfo] = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except ValueError:  # what cannot be written as a host name (IDNA); the error would repeat it
        raise OSError(errno.EINVAL, "the host name is not valid") from None
    return await aiohappyeyeballs.start_connection(
        infos,
        happy_eyeballs_delay=HAPPY_EYEBALLS_DELAY,
        socket_factory=socket_factory(
            allow_private_network=allow_private_network, allow_public_network=allow_public_network
        ),
    )


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return the TLS that verifies certificate and name, 1.2 at least.

    With `ca_file` it trusts the certificates in it alone; else the system's, or those in `SSL_CERT_FILE`.
    Raises OSError where the file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
