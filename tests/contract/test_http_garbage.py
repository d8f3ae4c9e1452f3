"""What the HTTP server does with what is not HTTP, comes late, or breaks off: a constant answer or a bare close."""

import asyncio
import io
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from gateway.http_server import Certificate, TlsError, server_tls
from tests.contract.http_rooms import MARK, Rooms, serving
from tests.contract.http_wire import call, dial, head

HOST = b"Host: gateway.example\r\n"
M = MARK.encode()

GARBAGE = {
    "no HTTP": M + b"\r\n\r\n",
    "binary": bytes(range(256)) + M,
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + M,
    "SMTP": b"EHLO " + M + b"\r\nMAIL FROM:<x@example.org>\r\n",
    "an unknown method": M + b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "an unknown version": b"GET / HTTP/9.9" + M + b"\r\n" + HOST + b"\r\n",
    "HTTP/0.9": b"GET /" + M + b"\r\n",
    "no host": b"GET /" + M + b" HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + b"Host: " + M + b"\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\n" + HOST + M + b"\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\n" + HOST + M + b" : x\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n " + M + b"\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + M + b"\x00\r\n\r\n",
    "a bare CR in a header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r" + M + b"\r\n\r\n",
    "a long line": b"GET /" + M * 1000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a long header": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + M * 1000 + b"\r\n\r\n",
    "a long header name": b"GET / HTTP/1.1\r\n" + HOST + M * 1000 + b": x\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: %s\r\n" % (n, M) for n in range(200)) + b"\r\n",
    "a length that is no number": b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: " + M + b"\r\n\r\n",
    "a negative length": b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n" + M,
    "two lengths": b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n" + M,
    "length and chunks": b"POST /echo HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + M,
    "an unknown framing": b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: " + M + b"\r\n\r\n",
    "a target that is no URL": b"GET " + M + b"://[ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a host in brackets that is none": b"GET http://[" + M + b"/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path that is no UTF-8": b"GET /\xff\xfe" + M + b" HTTP/1.1\r\n" + HOST + b"\r\n",
}

# Strange, but HTTP: what is expected is the status.
STRANGE = {
    "CONNECT": (b"CONNECT " + M + b".example:443 HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "a WebSocket": (
        b"GET /things HTTP/1.1\r\n"
        + HOST
        + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: "
        + M
        + b"\r\nSec-WebSocket-Version: 13\r\n\r\n",
        200,
    ),
    "HTTP/2 by upgrade": (
        b"GET /things HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
        200,
    ),
    "CONNECT to no host": (b"CONNECT [" + M + b" HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "a header that is no UTF-8": (b"GET /things HTTP/1.1\r\n" + HOST + b"X: \xff\xfe" + M + b"\r\n\r\n", 200),
    "a path of dots": (b"GET /../../etc/" + M + b" HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "an upgrade and garbage behind": (
        b"GET /things HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + M + b"\r\n\r\n",
        200,
    ),
}


@pytest.fixture
def written() -> io.StringIO:
    """Return where the log is written."""
    return io.StringIO()


@pytest.fixture
async def port(written: io.StringIO) -> AsyncIterator[int]:
    """Return the port of a listener with a short patience."""
    rooms = Rooms()
    async with serving(rooms.routes().answer, written=written, read_timeout=timedelta(seconds=0.3)) as (port, _):
        yield port


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
async def test_what_is_not_http_gets_a_constant_problem_or_nothing(
    port: int, written: io.StringIO, garbage: bytes
) -> None:
    """The connection ends, nothing is repeated, nothing is logged, and the next caller is served."""
    async with dial(port) as wire:
        await wire.say(garbage)
        heard = await wire.hear_rest()
    assert heard == b"" or heard.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert heard == b"" or b"/problems/malformed-http" in heard
    assert M not in heard
    assert written.getvalue().count("\n") == 1
    assert (await call(port, "GET", "/things")).status == 200


@pytest.mark.parametrize("garbage, expected", STRANGE.values(), ids=STRANGE.keys())
async def test_what_is_strange_is_answered_as_what_it_is(
    port: int, written: io.StringIO, garbage: bytes, expected: int
) -> None:
    """An upgrade is declined, a tunnel is not found, and nothing is repeated."""
    async with dial(port) as wire:
        await wire.say(garbage)
        heard = await wire.hear_rest()
    assert expected == int(heard.split()[1])
    assert M not in heard
    assert "request_failed" not in written.getvalue()


@pytest.mark.parametrize("begun", [b"", b"GE", b"GET /things HTTP/1.1\r\n", b"GET /things HTTP/1.1\r\nHost: " + M])
async def test_a_head_that_does_not_come_ends_the_connection(port: int, begun: bytes) -> None:
    """Whoever says nothing, or not enough, for the read time-out is cut off without a word."""
    async with dial(port) as wire:
        await wire.say(begun)
        assert await wire.hear_rest() == b""


async def test_a_connection_that_is_kept_open_and_idle_is_closed(port: int) -> None:
    """The same time-out holds between two requests."""
    async with dial(port) as wire:
        await wire.say(head("GET", "/things"))
        assert (await wire.hear()).status == 200
        assert await wire.hear_rest() == b""


async def test_a_client_that_does_not_read_is_cut_off(port: int) -> None:
    """What it was sent is not kept for it any longer than the time-out."""
    async with dial(port) as wire:
        await wire.say(head("GET", "/much"))
        await asyncio.sleep(0.6)
        assert len(await wire.hear_rest()) < 16 << 20


async def test_a_client_that_hangs_up_while_it_is_served_is_no_fault_of_ours(written: io.StringIO) -> None:
    """Nothing is logged, and the place that it took is free again."""
    rooms = Rooms()
    async with serving(rooms.routes().answer, written=written, max_requests=1) as (port, _):
        async with dial(port) as wire:
            await wire.say(head("GET", "/wait"))
            await rooms.entered.acquire()
            wire.hang_up()
        rooms.may_leave.set()
        statuses = [(await call(port, "GET", "/things")).status for _ in range(100)]
    assert statuses[-1] == 200
    assert "request_failed" not in written.getvalue()


@pytest.fixture
def ca() -> trustme.CA:
    """Return a certificate authority."""
    return trustme.CA()


@pytest.fixture
def pair(ca: trustme.CA, tmp_path: Path) -> tuple[Path, Path]:
    """Return a chain and its key as files."""
    issued = ca.issue_cert("127.0.0.1")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return chain, key


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_tls_is_spoken_from_1_2_on(ca: trustme.CA, pair: tuple[Path, Path], version: ssl.TLSVersion) -> None:
    """Both versions in use are taken."""
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)
    trusting.minimum_version = trusting.maximum_version = version
    async with serving(Rooms().routes().answer, tls=Certificate(*pair)) as (port, _), dial(port, trusting) as wire:
        await wire.say(head("GET", "/things"))
        assert (await wire.hear()).status == 200


async def test_older_tls_and_plain_http_are_refused_on_a_tls_port(pair: tuple[Path, Path]) -> None:
    """Neither gets an answer in clear."""
    tls = Certificate(*pair)
    assert tls.context.minimum_version == ssl.TLSVersion.TLSv1_2
    async with serving(Rooms().routes().answer, tls=tls) as (port, _), dial(port) as wire:
        await wire.say(head("GET", "/things"))
        assert b"HTTP" not in await wire.hear_rest()


def test_a_certificate_that_cannot_be_used_is_a_clean_error(
    ca: trustme.CA, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    """Missing, no certificate, or of another key: the error names neither path nor text, and asks for no password."""
    chain, key = pair
    other = tmp_path / "other.pem"
    other.write_bytes(trustme.CA().issue_cert("127.0.0.1").private_key_pem.bytes())
    for wrong in [(chain, tmp_path / "none.pem"), (key, key), (chain, other)]:
        with pytest.raises(TlsError) as caught:
            server_tls(*wrong)
        assert str(caught.value) == "the certificate or its key cannot be read, or they do not belong together"
        assert caught.value.__cause__ is None
