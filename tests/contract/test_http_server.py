"""What the HTTP server under both listeners answers to well-formed requests, over a real socket."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
import uvloop

from gateway.http_server import Answer, HttpLimits, Listener, ListenError
from gateway.http_server.protocol import ConnectionLimits, Server
from gateway.logs import Log
from gateway.logs.field import Listener as ListenerName
from tests.contract.http_rooms import MARK, PATIENT, Rooms, serving
from tests.contract.http_wire import call, dial, head


@pytest.fixture
def rooms() -> Rooms:
    """Return the handlers."""
    return Rooms()


@pytest.fixture
async def port(rooms: Rooms) -> AsyncIterator[int]:
    """Return the port that they are served on."""
    async with serving(rooms.routes().answer) as (port, _):
        yield port


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_connection_too_many_is_told_so(loop_factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """On the event loop that the gateway runs on as well as on Python's own."""

    async def told() -> bytes:
        server = Server(Rooms().wait, ConnectionLimits(idle=1.0, connections=0))
        listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
        answer = await reader.read()
        writer.close()
        listening.close()
        return answer

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        answer = runner.run(told())
    assert (answer.startswith(b"HTTP/1.1 503 "), b"\r\nRetry-After: 1\r\n" in answer) == (True, True)


async def test_an_answer_has_these_headers_and_no_others(port: int) -> None:
    """Nothing tells of the software, its version or the machine."""
    reply = await call(port, "GET", "/things")
    expected = [
        ("content-type", "application/json"),
        ("server", "umschlag"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("date", "…"),
        ("content-length", "2"),
        ("connection", "close"),
    ]
    assert expected == [(name, "…" if name == "date" else value) for name, value in reply.pairs]
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", reply.headers["date"])
    assert reply.body == b"[]"


@pytest.mark.parametrize(
    "method, path, status, body",
    [
        ("GET", "/things/a-b", 200, b'["a-b"]'),
        ("DELETE", "/things/4", 200, b'["4"]'),
        ("GET", "/things?id=4#x", 200, b"[]"),
        ("GET", "http://elsewhere.example/things?x=1", 200, b"[]"),
        ("GET", "/nothing", 204, b""),
    ],
)
async def test_a_request_goes_to_the_handler_of_its_path(
    port: int, method: str, path: str, status: int, body: bytes
) -> None:
    """The query and the fragment are no part of the path, an absolute form is understood."""
    reply = await call(port, method, path)
    assert (status, body) == (reply.status, reply.body)


@pytest.mark.parametrize("path", ["/", "/thing", "/things/", "/things/a/b", "/%74hings", "//things", "*", f"/{MARK}"])
async def test_what_is_not_in_the_table_is_not_found(port: int, path: str) -> None:
    """There is one spelling of a path; the answer does not repeat it."""
    reply = await call(port, "OPTIONS" if path == "*" else "GET", path)
    assert (reply.status, reply.members()["type"]) == (404, "/problems/not-found")
    assert MARK.encode() not in reply.raw


@pytest.mark.parametrize(
    "method, path, status, allow",
    [
        ("POST", "/things", 405, "GET, HEAD, OPTIONS"),
        ("PUT", "/things/4", 405, "DELETE, GET, HEAD, OPTIONS"),
        ("GET", "/echo", 405, "OPTIONS, POST"),
        ("HEAD", "/echo", 405, "OPTIONS, POST"),
        ("TRACE", "/echo", 405, "OPTIONS, POST"),
        ("OPTIONS", "/echo", 204, "OPTIONS, POST"),
        ("OPTIONS", "/things/4", 204, "DELETE, GET, HEAD, OPTIONS"),
    ],
)
async def test_other_methods_learn_what_is_allowed(port: int, method: str, path: str, status: int, allow: str) -> None:
    """405 and OPTIONS carry Allow; nothing is said about other origins."""
    reply = await call(port, method, path, [("Origin", "https://elsewhere.example")])
    assert (status, allow) == (reply.status, reply.headers["allow"])
    assert not [name for name, _ in reply.pairs if name.startswith("access-control")]


async def test_head_is_get_without_the_body(port: int) -> None:
    """The length is the one that GET has, and the connection goes on in step."""
    async with dial(port) as wire:
        await wire.say(head("HEAD", "/things") + head("GET", "/things"))
        first, second = await wire.hear(to_head=True), await wire.hear()
    assert (first.status, first.headers["content-length"], first.body) == (200, "2", b"")
    assert (second.status, second.body) == (200, b"[]")


async def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    """Sixty at once, with bodies of their own lengths, on one connection."""
    wanted = [b"%d" % length for length in range(60)]
    async with dial(port) as wire:
        for length in range(60):
            await wire.say(head("POST", "/echo", [("Content-Length", str(length))]) + b"x" * length)
        heard = [(await wire.hear()).body for _ in wanted]
    assert wanted == heard


@pytest.mark.parametrize(
    "version, connection, expected",
    [("1.1", "keep-alive", None), ("1.1", "close", "close"), ("1.0", "keep-alive", "keep-alive"), ("1.0", "", "close")],
)
async def test_the_connection_stays_open_where_the_client_can(
    port: int, version: str, connection: str, expected: str | None
) -> None:
    """HTTP/1.1 keeps it unless told otherwise, HTTP/1.0 closes it unless told otherwise."""
    async with dial(port) as wire:
        await wire.say(f"GET /things HTTP/{version}\r\nHost: x\r\nConnection: {connection}\r\n\r\n".encode())
        reply = await wire.hear()
        assert expected == reply.headers.get("connection")
        if expected == "close":
            assert await wire.hear_rest() == b""
        else:
            await wire.say(head("GET", "/things"))
            assert (await wire.hear()).status == 200


@pytest.mark.parametrize("protocol, expected", [("websocket", "close"), ("h2c", None)])
async def test_no_other_protocol_is_spoken(port: int, protocol: str, expected: str | None) -> None:
    """Who asks for another one is answered in this one (RFC 9110 §7.8), and ends where it may go on in that."""
    upgrade = [("Connection", "Upgrade"), ("Upgrade", protocol), ("Content-Length", "3")]
    async with dial(port) as wire:
        await wire.say(head("POST", "/echo", upgrade) + b"abc")
        reply = await wire.hear()
        assert expected == reply.headers.get("connection")
        if expected is None:
            assert (reply.status, reply.body) == (200, b"3")
            await wire.say(head("GET", "/things"))
            assert (await wire.hear()).status == 200


async def test_a_bug_answers_500_and_logs_the_name_of_its_type(rooms: Rooms) -> None:
    """Neither the answer nor the log has the text of the exception."""
    written = io.StringIO()
    async with serving(rooms.routes().answer, written=written) as (port, _):
        reply = await call(port, "GET", "/fail")
    assert (reply.status, reply.members()["type"]) == (500, "/problems/internal-error")
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [(line["event"], line.get("error")) for line in lines] == [
        ("listening", None),
        ("request_failed", "KeyError"),
    ]
    assert MARK not in written.getvalue() + reply.raw.decode()


async def test_one_request_too_many_is_told_to_come_back(rooms: Rooms) -> None:
    """Beyond the bound the answer is 503 at once; room that becomes free is used."""
    async with serving(rooms.routes().answer, max_requests=2) as (port, _), dial(port) as one, dial(port) as two:
        for wire in (one, two):
            await wire.say(head("GET", "/wait"))
            await rooms.entered.acquire()
        refused = await call(port, "GET", "/things")
        rooms.may_leave.set()
        assert [(await wire.hear()).status for wire in (one, two)] == [200, 200]
        taken = await call(port, "GET", "/things")
    assert (
        refused.status,
        refused.headers["retry-after"],
        refused.members()["type"],
    ) == (503, "1", "/problems/busy")
    assert taken.status == 200


async def test_one_connection_too_many_is_told_so_and_closed(rooms: Rooms) -> None:
    """Four a request are kept open."""
    async with serving(rooms.routes().answer, max_requests=1) as (port, _):
        kept = [dial(port) for _ in range(4)]
        for connection in kept:
            wire = await connection.__aenter__()
            await wire.say(head("GET", "/things"))
            assert (await wire.hear()).status == 200
        async with dial(port) as wire:
            reply = await wire.hear()
            assert (reply.status, reply.headers["connection"]) == (503, "close")
            assert await wire.hear_rest() == b""
        for connection in kept:
            await connection.__aexit__(None, None, None)


async def test_a_stop_lets_the_requests_at_work_end(rooms: Rooms) -> None:
    """Idle connections end, the one at work gets its answer, no new connection is taken."""
    async with (
        serving(rooms.routes().answer) as (port, listener),
        dial(port) as idle,
        dial(port) as busy,
    ):
        await busy.say(head("GET", "/wait"))
        await rooms.entered.acquire()
        stopping = asyncio.create_task(listener.stop(timedelta(seconds=60)))
        await asyncio.sleep(0)
        rooms.may_leave.set()
        assert (await busy.hear()).status == 200
        assert [await busy.hear_rest(), await idle.hear_rest()] == [b"", b""]
        await stopping
        with pytest.raises(ConnectionError):
            await call(port, "GET", "/things")


async def test_a_stop_does_not_wait_longer_than_its_grace(rooms: Rooms) -> None:
    """A request that does not end is cut off."""
    async with serving(rooms.routes().answer) as (port, listener), dial(port) as wire:
        await wire.say(head("GET", "/wait"))
        await rooms.entered.acquire()
        await listener.stop(timedelta(milliseconds=10))
        assert await wire.hear_rest() == b""


async def test_a_taken_address_is_a_clean_error(rooms: Rooms) -> None:
    """The error does not name the address; no listener was started."""
    async with serving(rooms.routes().answer) as (port, _):
        other = Listener(ListenerName.HTTP, rooms.routes().answer, Log(io.StringIO()), HttpLimits(1, PATIENT))
        with pytest.raises(ListenError) as caught:
            await other.start(f"127.0.0.1:{port}")
        await other.stop(PATIENT)
    assert str(caught.value) == "the address cannot be listened on"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\rb", "ä"])
def test_a_header_cannot_hold_a_line_break(value: str) -> None:
    """A value that would end its line, or that is not ASCII, is a bug and raises at once."""
    with pytest.raises(ValueError, match=r"^the header X would hold a line break, or is not ASCII$"):
        Answer(200, headers=[("X", value)])
