"""Outbound HTTP: one exchange on the wire, to allowed places, and whether the bytes left."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from gateway.core.outcome import Reason
from gateway.http_client import MAX_ANSWER, AiohttpClient, Connection, HttpRequest, HttpResponse, Lost, Unsent
from tests.fakes.vendor import Line, Vendor, answer, encode, hang_up, raw, refusing_port, reset_after_body, silence

KEY = "S3NT-KEY"


def local(base_url: str, timeout: timedelta = timedelta(seconds=20)) -> Connection:
    """Return what a client needs to know of a vendor on loopback."""
    return Connection(base_url, timeout, max_concurrency=4, allow_private_network=True)


def hasty(base_url: str) -> Connection:
    """Return the same for one whose answer nobody waits for."""
    return local(base_url, timedelta(seconds=0.25))


@asynccontextmanager
async def opened(to: Connection | str) -> AsyncIterator[AiohttpClient]:
    """Yield an open client; to a base URL alone it may use loopback, and has time enough."""
    client = AiohttpClient(local(to) if isinstance(to, str) else to)
    await client.open()
    try:
        yield client
    finally:
        await client.close()


def post(base_url: str, path: str = "/send", body: bytes = b"{}") -> HttpRequest:
    """Return a request as adapters write them."""
    return HttpRequest("POST", base_url + path, {"Content-Type": "application/json", "X-Key": KEY}, body)


async def test_an_exchange() -> None:
    """The request goes out as written, and the answer comes back with its header names in lower case."""
    async with Vendor(otherwise=answer(201, "ok", [("X-Id", "7")])) as vendor, opened(vendor.url) as client:
        response = await client.exchange(post(vendor.url, "/send?to=%2B49%20x"))
    assert isinstance(response, HttpResponse)
    assert (response.status, response.body, response.headers["x-id"]) == (201, b"ok", "7")
    assert [(each.method, each.target, each.body) for each in vendor.requests] == [
        ("POST", "/send?to=%2B49%20x", b"{}")
    ]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_nothing_ambient_goes_out(method: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the vendor sees besides the request is the same on every machine: no library, no proxy, no .netrc."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password S3NT-NETRC\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    async with Vendor() as vendor, refusing_port() as port, opened(vendor.url) as client:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{port}")
        body = b"{}" if method == "POST" else b""
        await client.exchange(HttpRequest(method, vendor.url + "/", {}, body))
        expected = {
            "host": f"127.0.0.1:{vendor.port}",
            "user-agent": "Umschlag",
            "accept": "*/*",
            "accept-encoding": "identity",
        } | ({"content-length": "2"} if body else {})
    assert [dict(each.headers) for each in vendor.requests] == [expected]


async def test_redirects_are_not_followed_and_cookies_not_kept() -> None:
    """A redirect is an answer like any other, and no answer leaves a trace in the next request."""
    moved = answer(307, "", [("Location", "/elsewhere"), ("Set-Cookie", "id=S3NT-COOKIE")])
    async with Vendor(otherwise=moved) as vendor, opened(vendor.url) as client:
        answers = [await client.exchange(post(vendor.url)) for _ in range(2)]
    assert [each.status for each in answers if isinstance(each, HttpResponse)] == [307, 307]
    assert [each.target for each in vendor.requests] == ["/send", "/send"]
    assert [each.header("cookie") for each in vendor.requests] == [None, None]


async def test_connections_are_kept() -> None:
    """One exchange after the other uses one connection."""
    async with Vendor() as vendor, opened(vendor.url) as client:
        for _ in range(3):
            await client.exchange(post(vendor.url))
    assert (len(vendor.requests), vendor.connections) == (3, 1)


async def test_no_more_connections_than_allowed() -> None:
    """Whatever is over `max_concurrency` waits for a connection."""
    both = asyncio.Barrier(2)

    async def meet(line: Line) -> bool:
        await both.wait()
        return await answer(200)(line)

    # Six requests at once; each answer waits until two of them are there.
    async with Vendor(otherwise=meet) as vendor, opened(replace(local(vendor.url), max_concurrency=2)) as client:
        ends = await asyncio.gather(*(client.exchange(post(vendor.url)) for _ in range(6)))
    assert [end.status for end in ends if isinstance(end, HttpResponse)] == [200] * 6
    assert vendor.connections == 2


@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "DELETE"])
async def test_nothing_is_sent_twice(method: str) -> None:
    """A kept connection that breaks loses the request; not even a method that may be repeated is."""
    async with Vendor(script=[answer(200), hang_up, reset_after_body()]) as vendor, opened(vendor.url) as client:
        ends = [await client.exchange(HttpRequest(method, vendor.url + "/", {}, b"")) for _ in range(3)]
    assert ends[1:] == [Lost(Reason.CONNECTION_LOST)] * 2
    assert len(vendor.requests) == 3


async def test_an_answer_is_read_to_its_limit() -> None:
    """A body of the limit comes back whole, one byte more is unclear."""
    script = [answer(200, b"x" * size) for size in (MAX_ANSWER, MAX_ANSWER + 1)]
    async with Vendor(script=script) as vendor, opened(vendor.url) as client:
        whole = await client.exchange(post(vendor.url))
        assert await client.exchange(post(vendor.url)) == Lost(Reason.UNCLEAR_ANSWER)
    assert isinstance(whole, HttpResponse)
    assert len(whole.body) == MAX_ANSWER


async def test_a_packed_answer_is_not_unpacked() -> None:
    """Nothing was asked for but plain bytes; a small body cannot become a big one."""
    packed = raw(encode(200, b"\x1f\x8b no gzip", [("Content-Encoding", "gzip")]))
    async with Vendor(otherwise=packed) as vendor, opened(vendor.url) as client:
        response = await client.exchange(post(vendor.url))
    assert isinstance(response, HttpResponse)
    assert response.body == b"\x1f\x8b no gzip"


async def test_a_large_body_that_nobody_reads_is_lost() -> None:
    """A request that left in part may be a message all the same."""
    async with Vendor(otherwise=reset_after_body()) as vendor, opened(vendor.url) as client:
        ends = await client.exchange(post(vendor.url, body=b"x" * 1_000_000))
    assert ends == Lost(Reason.CONNECTION_LOST)


@pytest.mark.parametrize(
    "base_url",
    [
        "http://127.0.0.1:{port}",
        "http://localhost:{port}",
        "https://127.0.0.1:{port}",
        "https://[::ffff:7f00:1]:{port}",
    ],
)
async def test_a_private_network_is_refused(base_url: str) -> None:
    """Without the operator's word nothing connects to loopback, and plain HTTP goes nowhere."""
    async with Vendor() as vendor:
        url = base_url.format(port=vendor.port)
        async with opened(replace(local(url), allow_private_network=False)) as client:
            assert await client.exchange(post(url)) == Unsent(Reason.UNAVAILABLE)
    assert vendor.connections == 0


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("POST", "http://127.0.0.1:1@api.example/", {}, b""),
        HttpRequest("POST", "http://api.example/", {}, b""),
        HttpRequest("POST", "https://api.example/", {}, b""),
        HttpRequest("POST", "ftp://{here}/", {}, b""),
        HttpRequest("POST", "http://[::1", {}, b""),
        HttpRequest("POST", "/send", {}, b""),
        HttpRequest("POST", "http://{here}/", {"X-Key": "two\r\nX-Lines: 1"}, b""),
        HttpRequest("POST", "http://{here}/", {"X-Key": "Grüße"}, b""),
        HttpRequest("POST", "http://{here}/", {"X Key": "1"}, b""),
    ],
    ids=lambda request: f"{request.url} {dict(request.headers)}",
)
async def test_a_request_that_cannot_be_written_is_not_sent(request_: HttpRequest) -> None:
    """Another origin than the provider's, and headers that would end early, stop before the connection."""
    async with Vendor() as vendor, opened(vendor.url) as client:
        url = request_.url.replace("{here}", f"127.0.0.1:{vendor.port}")
        ends = await client.exchange(HttpRequest("POST", url, request_.headers, b""))
    assert ends == Unsent(Reason.UNAVAILABLE)
    assert vendor.connections == 0


async def test_a_refused_connection_is_unsent() -> None:
    """Where nobody listens, no byte left."""
    async with refusing_port() as port, opened(f"http://127.0.0.1:{port}") as client:
        assert await client.exchange(post(f"http://127.0.0.1:{port}")) == Unsent(Reason.UNAVAILABLE)


async def test_a_name_that_is_none_is_unsent() -> None:
    """A host that cannot be found is down."""
    async with opened("http://nobody.invalid") as client:
        assert await client.exchange(post("http://nobody.invalid")) == Unsent(Reason.UNAVAILABLE)


async def test_cancellation_comes_through() -> None:
    """Who waits may stop waiting; that is no outcome."""
    asked = asyncio.Event()

    async def ask(line: Line) -> bool:
        asked.set()
        return await silence(line)

    async with Vendor(otherwise=ask) as vendor, opened(vendor.url) as client:
        task = asyncio.create_task(client.exchange(post(vendor.url)))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_client_may_be_closed_twice() -> None:
    """Closing what is closed, or was never open, does nothing."""
    client = AiohttpClient(Connection("https://api.example", timedelta(seconds=1), 1))
    await client.close()
    await client.open()
    await client.close()
    await client.close()


def server_tls(ca: trustme.CA, *names: str) -> ssl.SSLContext:
    """Return the TLS of a server that `ca` signs for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(*names).configure_cert(context)
    return context


def trusting(vendor: Vendor, folder: Path) -> Connection:
    """Return what a client needs to know of a vendor whose CA stands in a folder."""
    return replace(local(vendor.url), ca_file=folder / "ca.pem")


async def test_tls_with_a_private_ca(tmp_path: Path) -> None:
    """A server that the provider's CA signed for is spoken to."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with (
        Vendor(tls=server_tls(ca, "localhost")) as vendor,
        opened(trusting(vendor, tmp_path)) as client,
    ):
        response = await client.exchange(post(vendor.url))
    assert isinstance(response, HttpResponse)
    assert response.status == 204


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("wrong", ["name", "signer", "version"])
async def test_a_server_that_is_not_verified_gets_nothing(wrong: str, tmp_path: Path) -> None:
    """A wrong name, an unknown signer and old TLS end before the first byte of the request."""
    ca = trustme.CA()
    (trustme.CA() if wrong == "signer" else ca).cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = server_tls(ca, "other.example" if wrong == "name" else "localhost")
    if wrong == "version":
        tls.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        tls.maximum_version = ssl.TLSVersion.TLSv1_1
        tls.set_ciphers("ALL:@SECLEVEL=0")
    async with Vendor(tls=tls) as vendor, opened(trusting(vendor, tmp_path)) as client:
        assert await client.exchange(post(vendor.url)) == Unsent(Reason.UNAVAILABLE)
    assert vendor.requests == []


async def test_a_server_without_tls_gets_nothing() -> None:
    """Who does not speak TLS is waited for until the time is up, and is sent no byte of the request."""
    async with Vendor() as vendor:
        url = f"https://localhost:{vendor.port}"
        async with opened(hasty(url)) as client:
            assert await client.exchange(post(url)) == Unsent(Reason.TIMEOUT)
    assert vendor.requests == []


async def test_a_lost_exchange_says_nothing_of_the_request(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither what comes back nor what is printed holds the key, the path or the body."""
    async with Vendor(otherwise=hang_up) as vendor, opened(vendor.url) as client:
        ends = await client.exchange(post(vendor.url, "/S3NT-PATH", b"S3NT-BODY"))
    shown = repr(ends) + repr(post("https://api.example")) + "".join(capfd.readouterr())
    assert "S3NT" not in shown
    assert KEY not in shown
