"""Which addresses may be connected to, and which certificates are trusted."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from gateway.guard import ForbiddenAddressError, connect_socket, is_public, socket_factory, tls_context

PUBLIC = [
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2a01:4f8:13a:8e7::2",
    "::ffff:8.8.8.8",  # mapped (RFC 4291 §2.5.5.2)
    "64:ff9b::808:808",  # NAT64
    "2002:808:808::1",  # 6to4
]
NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 (refused is what it shall be)
    "10.0.0.1",
    "100.64.0.0",  # carrier-grade NAT (RFC 6598)
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",  # link-local, where clouds keep their secrets
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.178.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",  # IPv4-compatible (RFC 4291 §2.5.5.1)
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",  # NAT64 of a local prefix (RFC 8215)
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "2001::1",  # Teredo
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "5f00::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_connected_to(address: str) -> None:
    """Addresses of the public network are public, in whatever they are wrapped."""
    assert is_public(address) is True


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_other_address_may(address: str) -> None:
    """Loopback, private, shared, link-local, multicast, reserved and documentation addresses are not."""
    assert is_public(address) is False


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Yield a port of loopback that listens, on IPv4."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "::ffff:127.0.0.1"])
async def test_loopback_is_refused_however_it_is_written(host: str, port: int) -> None:
    """A name and every way to write the address end at the same check; the error names neither."""
    with pytest.raises(OSError, match=r"may use") as caught:
        await connect_socket(host, port, allow_private_network=False)
    assert host not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_private_network_may_be_allowed(host: str, port: int) -> None:
    """With the operator's word the socket is connected, and does not block."""
    with await connect_socket(host, port, allow_private_network=True) as connected:
        assert connected.getpeername() == ("127.0.0.1", port)
        assert connected.getblocking() is False


@pytest.mark.parametrize("host", ["no such host", "x" * 70, "a..b", "xn--\x00"])
async def test_a_host_that_is_none_is_an_os_error(host: str) -> None:
    """What cannot be resolved, or cannot even be asked for, ends alike."""
    with pytest.raises(OSError, match=r".") as caught:
        await connect_socket(host, 25, allow_private_network=True)
    assert host not in str(caught.value)


def test_the_factory_sees_the_address_itself() -> None:
    """What is checked is the address that the socket is for, not a name that may mean another one a moment later."""
    info = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "api.example", ("127.0.0.1", 443))
    with pytest.raises(
        ForbiddenAddressError, match=r"^\[Errno 13\] the address is not one that this provider may use$"
    ):
        socket_factory(allow_private_network=False)(info)
    with socket_factory(allow_private_network=True)(info) as made:
        assert made.family == socket.AF_INET


def test_the_public_network_may_be_closed() -> None:
    """What goes unencrypted stays in the operator's own network."""
    info = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "api.example", ("8.8.8.8", 80))
    with pytest.raises(ForbiddenAddressError):
        socket_factory(allow_private_network=True, allow_public_network=False)(info)
    with socket_factory(allow_private_network=False)(info) as made:
        assert made.family == socket.AF_INET


def test_tls_begins_at_1_2_and_verifies() -> None:
    """Certificate and name are verified, and nothing older than TLS 1.2 is spoken."""
    context = tls_context()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_ca_file_is_the_only_one_trusted(tmp_path: Path) -> None:
    """With a private CA nothing else signs for this provider."""
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    assert len(tls_context(tmp_path / "ca.pem").get_ca_certs()) == 1


def test_ssl_cert_file_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that OpenSSL knows takes the place of the system's certificates."""
    trustme.CA(organization_name="Of the house").cert_pem.write_to_path(tmp_path / "house.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "house.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    assert "Of the house" in str(tls_context().get_ca_certs())


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_ca_file_without_certificates_is_an_os_error(content: bytes | None, tmp_path: Path) -> None:
    """A file that is absent, empty or something else is found when the context is made."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(OSError, match=r"."):
        tls_context(file)
