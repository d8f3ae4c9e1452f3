"""Requests that are wrong in every way we know of, each with marks in it; none may be echoed, logged or kept."""

import json
from collections.abc import Iterator

from tests.fakes.http_wire import request
from tests.oracle.marks import Mint

SMS = {"recipient": "+4915112345678", "text": "x"}
MAIL = {"sender": "a@praxis.example.org", "recipient": "b@example.com", "subject": "x", "text": "x"}


def bodies(mint: Mint) -> Iterator[bytes]:
    """Return bodies for `POST /v1/sms` that are no message."""
    for where, body in {
        "not-json": "{}",
        "truncated": '{{"recipient": "{}',
        "array": '["{}"]',
        "string": '"{}"',
        "trailing": '{{"recipient": "+4915112345678", "text": "x"}} {}',
        "duplicate": '{{"recipient": "+4915112345678", "text": "x", "text": "{}"}}',
        "number": '{{"recipient": 1e999, "text": "{}"}}',
        "object": '{{"recipient": {{"{}": 1}}, "text": "x"}}',
        "list": '{{"recipient": ["{}"], "text": "x"}}',
        "nul": '{{"recipient": "+4915112345678", "text": "{}\\u0000"}}',
        "surrogate": '{{"recipient": "+4915112345678", "text": "{}\\ud800"}}',
        "no-number": '{{"recipient": "{}", "text": "x"}}',
        "sender-id": '{{"recipient": "+4915112345678", "text": "x", "sender_id": "{}"}}',
        "escape": '{{"recipient": "{}\\x", "text": "x"}}',
    }.items():
        yield body.format(mint.ambient(f"body-{where}")).encode()
    yield b'{"text": "' + mint.ambient("body-latin-1").encode() + b'\xe4", "recipient": "+4915112345678"}'
    yield mint.ambient("body-utf-16").encode("utf-16")
    yield b"[" * 50_000 + mint.ambient("body-nested").encode()
    yield json.dumps(SMS | {"text": mint.ambient("body-long") * 500}).encode()
    yield json.dumps(SMS | {"text": mint.ambient("body-huge") + "x" * 2_000_000}).encode()


def mails(mint: Mint) -> Iterator[bytes]:
    """Return bodies for `POST /v1/email` with a field that is wrong."""
    for field, value in (
        ("subject", "{}\r\nBcc: x@example.com"),
        ("sender", "{}"),
        ("sender", "{}@localhost"),
        ("sender", "A <a@example.org>, {} <b@example.org>"),
        ("recipient", "{} <"),
        ("recipient", '"{}@example.com'),
        ("recipient", "{}@example..com"),
        ("recipient", "a@{}.example.com, b@example.com"),
        ("subject", "{}" * 100),
    ):
        yield json.dumps(MAIL | {field: value.replace("{}", mint.ambient(f"mail-{field}"))}).encode()


def heads(mint: Mint, key: str) -> Iterator[bytes]:
    """Return requests that are well-formed HTTP and ask for what is not there or not allowed."""
    body = json.dumps(SMS).encode()

    def post(where: str, name: str, value: str = "{}", path: str = "/v1/sms") -> bytes:
        return request("POST", path, headers=[(name, value.format(mint.ambient(where)))], body=body)

    yield post("wrong-key", "Authorization", "Bearer {}")
    yield post("wrong-basic", "Authorization", "Basic {}")
    yield post("wrong-scheme", "Authorization", "{} x")
    yield post("wrong-credentials", "Authorization")
    yield request("POST", "/v1/email", body=body, key=key + mint.ambient("longer-key"))
    yield request("POST", f"/v1/{mint.ambient('path')}", body=body, key=key)
    yield request("GET", f"/v1/messages/{mint.ambient('id')}", key=key)
    yield request("DELETE", f"/v1/messages/{mint.ambient('deleted-id')}", key=key)
    yield request("GET", f"/v1/messages?cursor={mint.ambient('cursor')}&status=sent", key=key)
    yield request("GET", f"/v1/messages?status={mint.ambient('status')}", key=key)
    yield request("GET", f"/v1/usage?month={mint.ambient('month')}", key=key)
    yield request("GET", f"/problems/{mint.ambient('problem')}", key=key)
    yield request(f"{mint.ambient('method')}", "/v1/sms", body=body, key=key)
    for name in ("Send-At", "Expires-At", "Prefer", "Content-Encoding", "Expect", "Upgrade"):
        control = [(name, mint.ambient(f"control-{name}"))]
        yield request("POST", "/v1/sms", headers=control, body=b"{}", key=key)
    form = f"--{mint.ambient('boundary')}\r\nContent-Disposition: form-data; name=x; filename={mint.ambient('file')}"
    head = request("POST", "/v1/sms", body=form.encode(), key=key)
    kind = f"multipart/form-data; boundary={mint.ambient('media-type')}"
    yield head.replace(b"application/json", kind.encode())


def not_http(mint: Mint, key: str) -> Iterator[bytes]:
    """Return bytes that no parser takes for HTTP/1.1, and framing that contradicts itself."""
    begun = f"POST /v1/sms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    for where, said in {
        "words": "{}\r\n\r\n",
        "version": "GET /{} HTTP/9.9\r\n\r\n",
        "http-0.9": "GET /{}\r\n\r\n",
        "no-colon": "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n\r\n",
        "nul": "GET / HTTP/1.1\r\nHost: x\r\nX-A: {}\0\r\n\r\n",
        "bare-lf": "GET / HTTP/1.1\nHost: x\nX-A: {}\n b\r\n\r\n",
        "blank-name": "GET / HTTP/1.1\r\nHost: x\r\nX {}: a\r\n\r\n",
        "host": "GET / HTTP/1.1\r\nHost: {}@x:y\r\n\r\n",
        "two-hosts": "GET / HTTP/1.1\r\nHost: x\r\nHost: {}\r\n\r\n",
        "absolute": "GET http://{}/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "connect": "CONNECT {}:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        "proxy": "PROXY TCP4 192.0.2.1 192.0.2.2 {} 443\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "http-2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{}",
        "smtp": "EHLO {}\r\nMAIL FROM:<x>\r\n\r\n",
        "length": begun + "Content-Length: {}\r\n\r\n",
        "two-lengths": begun + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n{}",
        "both-framings": begun + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        "framing": begun + "Transfer-Encoding: {}\r\n\r\n",
        "chunk": begun + "Transfer-Encoding: chunked\r\n\r\n{}\r\n",
        "chunk-end": begun + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}{}{}\r\n0\r\n\r\n",
        "trailer": begun + "Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\nX-Trailer: {}\r\n\r\n",
    }.items():
        yield said.replace("{}", mint.ambient(f"http-{where}")).replace("{{", "{").replace("}}", "}").encode("latin-1")
    yield b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + mint.ambient("http-long").encode() * 1000 + b"\r\n\r\n"
    lines = [f"X-{number}: {mint.ambient(f'http-many-{number}')}" for number in range(120)]
    yield "\r\n".join(["GET / HTTP/1.1", "Host: x", *lines, "", ""]).encode()
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + mint.ambient("http-tls").encode() + b"\r\n\r\n"
    yield (
        request("POST", "/v1/sms", body=b'{"text":"' + mint.ambient("http-pipelined").encode(), key=key)
        + b"\0\0\r\n\r\n"
    )


def admin_requests(mint: Mint) -> Iterator[bytes]:
    """Return requests to the admin listener from someone who may not ask."""
    yield request("GET", f"/api/{mint.ambient('admin-path')}?{mint.ambient('admin-query')}")
    yield request("GET", "/api/status", key=mint.ambient("admin-key"))
    yield request("GET", f"/login/{mint.ambient('admin-link')}")
    yield request("POST", "/login", body=f"token={mint.ambient('admin-form')}".encode())
    for name in ("Host", "Origin", "Cookie", "User-Agent", "X-Forwarded-For", "Referer"):
        yield request("GET", "/", headers=[(name, mint.ambient(f"admin-{name}"))])
    yield f"GET / HTTP/1.1\r\nHost: {mint.ambient('admin-host')}\r\n\r\n".encode()
    yield f"{mint.ambient('admin-words')}\r\n\r\n".encode()
