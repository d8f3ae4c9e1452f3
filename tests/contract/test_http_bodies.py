"""How a request's body is read: in bounds of size and time, however it is framed."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.contract.http_rooms import LIMIT, MARK, Rooms, serving
from tests.contract.http_wire import Reply, Wire, dial, head

CHUNKED = ("Transfer-Encoding", "chunked")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Return the port of a listener."""
    async with serving(Rooms().routes().answer) as (port, _):
        yield port


async def post(port: int, headers: list[tuple[str, str]], *pieces: bytes, path: str = "/echo") -> Reply:
    """Send a body in pieces, each in a packet of its own as far as that can be had."""
    async with dial(port) as wire:
        await wire.say(head("POST", path, headers))
        for piece in pieces:
            await asyncio.sleep(0.01)
            await wire.say(piece)
        return await wire.hear()


@pytest.mark.parametrize(
    "headers, pieces, expected",
    [
        ([("Content-Length", "0")], [], b"0"),
        ([], [], b"0"),
        ([("Content-Length", "6")], [b"ab", b"cd", b"ef"], b"6"),
        ([("Content-Length", str(LIMIT))], [b"x" * LIMIT], b"%d" % LIMIT),
        ([CHUNKED], [b"2\r\nab\r\n", b"3;x=y\r\ncde\r\n", b"0\r\n\r\n"], b"5"),
        ([CHUNKED], [b"2\r\n", b"a", b"b\r\n0", b"\r\nX-Trailer: y\r\n\r\n"], b"2"),
        ([CHUNKED], [b"%x\r\n" % LIMIT + b"x" * LIMIT + b"\r\n0\r\n\r\n"], b"%d" % LIMIT),
        ([("Content-Length", "1"), ("Content-Encoding", "identity")], [b"x"], b"1"),
    ],
)
async def test_a_body_is_read_however_it_comes(
    port: int, headers: list[tuple[str, str]], pieces: list[bytes], expected: bytes
) -> None:
    """In one piece or many, with a length or in chunks, up to the bound."""
    reply = await post(port, headers, *pieces)
    assert (reply.status, expected) == (200, reply.body)


@pytest.mark.parametrize(
    "headers, pieces",
    [
        ([("Content-Length", str(LIMIT + 1))], []),
        ([("Content-Length", str(10**18))], [MARK.encode()]),
        ([("Content-Length", str(LIMIT + 1))], [b"x" * (LIMIT + 1)]),
        ([CHUNKED], [b"%x\r\n" % LIMIT + b"x" * LIMIT + b"\r\n", b"1\r\nx\r\n"]),
        ([CHUNKED], [b"%x\r\n" % (LIMIT + 1) + b"x" * (LIMIT + 1) + b"\r\n0\r\n\r\n"]),
        ([("Content-Length", str(10**6)), ("Expect", "100-continue")], []),
    ],
)
async def test_a_body_that_is_too_large_is_refused_before_it_is_all_there(
    port: int, headers: list[tuple[str, str]], pieces: list[bytes]
) -> None:
    """By its length where there is one, else as soon as it is over the bound."""
    reply = await post(port, headers, *pieces)
    assert (reply.status, reply.members()["type"]) == (413, "/problems/too-large")
    assert MARK.encode() not in reply.raw


async def test_a_body_that_was_not_read_ends_the_connection(port: int) -> None:
    """What is left of it is not taken for the next request."""
    smuggled = head("GET", "/things")
    async with dial(port) as wire:
        await wire.say(head("POST", "/echo", [("Content-Length", str(10**6))]) + smuggled)
        reply = await wire.hear()
        wire.end()
        assert await wire.hear_rest() == b""
    assert (reply.status, reply.headers["connection"]) == (413, "close")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "GZIP", "gzip, identity", MARK])
async def test_a_compressed_body_is_refused(port: int, coding: str) -> None:
    """Nothing is unpacked, so nothing can be larger than it looks."""
    reply = await post(port, [("Content-Encoding", coding), ("Content-Length", "3")], b"abc")
    assert (reply.status, reply.members()["type"]) == (415, "/problems/unsupported-encoding")
    assert MARK.encode() not in reply.raw


async def test_who_waits_to_be_told_is_told_to_go_on(port: int) -> None:
    """100 comes before the body, the answer after it, and the next request after that."""
    async with dial(port) as wire:
        await wire.say(head("POST", "/echo", [("Content-Length", "3"), ("Expect", "100-Continue")]))
        told = await wire.hear()
        await wire.say(b"abc" + head("GET", "/things"))
        heard = [await wire.hear(), await wire.hear()]
    assert [reply.status for reply in (told, *heard)] == [100, 200, 200]
    assert told.raw == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert heard[0].body == b"3"


async def test_who_does_not_wait_is_not_told(port: int) -> None:
    """No 100 where the body is there already."""
    async with dial(port) as wire:
        await wire.say(head("POST", "/echo", [("Content-Length", "3"), ("Expect", "100-continue")]) + b"abc")
        reply = await wire.hear()
    assert (reply.status, reply.body) == (200, b"3")


async def test_http_1_0_is_never_told_to_go_on(port: int) -> None:
    """It does not know 100 (RFC 9110 §10.1.1)."""
    async with dial(port) as wire:
        await wire.say(b"POST /echo HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        await asyncio.sleep(0.01)
        await wire.say(b"abc")
        assert (await wire.hear()).status == 200


async def test_another_expectation_fails(port: int) -> None:
    """Only 100-continue can be met."""
    reply = await post(port, [("Content-Length", "3"), ("Expect", MARK)])
    assert (reply.status, reply.members()["type"]) == (417, "/problems/expectation-failed")
    assert MARK.encode() not in reply.raw


@pytest.mark.parametrize("header, drop", [(("Content-Length", "1000"), b"x"), (CHUNKED, b"1\r\nx\r\n")])
async def test_a_body_that_comes_too_slowly_is_refused(port: int, header: tuple[str, str], drop: bytes) -> None:
    """The time is for the whole body: a byte now and then does not win more."""
    async with dial(port) as wire:
        await wire.say(head("POST", "/hasty", [header]))
        dripping = asyncio.create_task(_drip(wire, drop))
        reply = await wire.hear()
        dripping.cancel()
    assert (reply.status, reply.headers["connection"]) == (408, "close")
    assert reply.members()["type"] == "/problems/request-timeout"


async def _drip(wire: Wire, drop: bytes) -> None:
    while True:
        await wire.say(drop)
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "pieces",
    [
        [b"zz\r\n"],
        [b"2\r\nabcd\r\n"],
        [b"-1\r\n"],
        [b"ffffffffffffffffff\r\n"],
        [b"2\r\nab\r\n", MARK.encode() + b"\r\n"],
    ],
)
async def test_chunks_that_are_none_are_refused(port: int, pieces: list[bytes]) -> None:
    """The answer is a problem, and the connection ends."""
    reply = await post(port, [CHUNKED], *pieces)
    assert (reply.status, reply.headers["connection"]) == (400, "close")
    assert MARK.encode() not in reply.raw


@pytest.mark.parametrize("headers, piece", [([("Content-Length", "10")], b"abc"), ([CHUNKED], b"a\r\nabc")])
async def test_a_body_that_breaks_off_gets_no_answer(port: int, headers: list[tuple[str, str]], piece: bytes) -> None:
    """The server closes its side too."""
    async with dial(port) as wire:
        await wire.say(head("POST", "/echo", headers) + piece)
        wire.end()
        heard = await wire.hear_rest()
    assert heard == b"" or b" 400 " in heard.split(b"\r\n")[0]
