"""A mail program that tells all it knows: of the session, in every header, in the structure and beside the text."""

import asyncio
import base64
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

from tests.fakes.http_wire import Reply
from tests.oracle.marks import Mint

TELLING_HEADERS: Final = (
    "Received",
    "X-Originating-IP",
    "X-Mailer",
    "User-Agent",
    "X-PHP-Script",
    "X-Source-Host",
    "Thread-Index",
    "Thread-Topic",
    "Autocrypt",
    "Organization",
    "Disposition-Notification-To",
    "Return-Receipt-To",
    "In-Reply-To",
    "References",
    "Content-ID",
    "Content-Language",
    "Reply-To",
    "Cc",
    "Bcc",
    "Sender",
    "Resent-From",
    "Return-Path",
    "List-Unsubscribe",
    "DKIM-Signature",
    "ARC-Seal",
    "Authentication-Results",
    "X-Entirely-New",
)


def login(name: str, key: str) -> bytes:
    """Return the command that logs a client in."""
    return b"AUTH PLAIN " + base64.b64encode(f"\0{name}\0{key}".encode())


def opening(mint: Mint, name: str, key: str) -> list[bytes]:
    """Return the lines before the first mail."""
    return [f"EHLO {mint.ambient('ehlo')}.example.org".encode(), login(name, key)]


def envelope(sender: str, recipients: Sequence[str]) -> list[bytes]:
    """Return the lines of one mail's envelope."""
    return [f"MAIL FROM:<{sender}>".encode(), *(f"RCPT TO:<{to}>".encode() for to in recipients), b"DATA"]


def odd_lines(mint: Mint) -> Iterator[bytes]:
    """Return lines that are refused or not heeded: parameters, other verbs, addresses that are none."""
    for where, line in {
        "envid": "MAIL FROM:<a@example.org> ENVID={}",
        "auth": "MAIL FROM:<a@example.org> AUTH={}@example.org",
        "size": "MAIL FROM:<a@example.org> SIZE={}",
        "no-address": "MAIL FROM:{}",
        "route": "MAIL FROM:<@{}.example.org:a@example.org>",
        "early-rcpt": "RCPT TO:<{}@example.com>",
        "early-data": "DATA {}",
        "vrfy": "VRFY {}",
        "expn": "EXPN {}",
        "help": "HELP {}",
        "xclient": "XCLIENT ADDR={}",
        "unknown": "{}",
        "proxy": "PROXY TCP4 {}",
        "http": "GET /{} HTTP/1.1",
        "long": "MAIL FROM:<" + "{}" * 400 + ">",
    }.items():
        yield line.replace("{}", mint.ambient(f"smtp-{where}")).encode()
    yield b"MAIL FROM:<\xff" + mint.ambient("smtp-latin-1").encode() + b"@example.org>"
    yield b"\0" + mint.ambient("smtp-nul").encode()


def refused_logins(mint: Mint, name: str) -> Iterator[list[bytes]]:
    """Return dialogues that do not log in."""
    wrong = mint.ambient("wrong-key")
    yield [b"EHLO x", login(name, wrong)]
    yield [b"EHLO x", login(mint.ambient("wrong-name"), wrong), b"MAIL FROM:<a@example.org>"]
    yield [b"EHLO x", b"AUTH LOGIN", base64.b64encode(wrong.encode()), base64.b64encode(wrong.encode())]
    yield [b"EHLO x", b"AUTH PLAIN " + mint.ambient("no-base64").encode()]
    yield [b"EHLO x", b"AUTH " + mint.ambient("mechanism").encode()]
    yield [b"HELO " + mint.ambient("helo").encode(), b"MAIL FROM:<" + mint.ambient("no-login").encode() + b"@x>"]


def mail(mint: Mint, sender: str, to: str, *, subject: str, text: str) -> bytes:
    """Return a mail whose subject, text, sender and sender's name are documented, and nothing else in it is."""
    boundary = mint.ambient("boundary")
    told = [f"{name}: {mint.ambient(f'mail-{name}')}" for name in TELLING_HEADERS]
    zone = "Date: Tue, 24 Nov 2026 10:00:00 +0545"
    mine = [f"Message-ID: <{mint.ambient('message-id')}@{mint.ambient('message-id-host')}>", zone, "MIME-Version: 1.0"]
    mine += [f"From: {mint.content('smtp-name')} <{sender}> ({mint.ambient('from-comment')})", f"Subject: {subject}"]
    mine += [f"To: {to}, {mint.ambient('other-recipient')}@example.com"]
    head = [*told, *mine, f'Content-Type: multipart/mixed; boundary="{boundary}"; x={mint.ambient("parameter")}', ""]
    plain = ["Content-Type: text/plain; charset=utf-8", f"Content-Description: {mint.ambient('part')}", "", text]
    html = ["Content-Type: text/html; charset=utf-8", "", f"<p>{mint.ambient('html')}</p>"]
    name = mint.ambient("file-name")
    file = [f'Content-Type: image/png; name="{name}"', f'Content-Disposition: attachment; filename="{name}"', ""]
    file += [base64.b64encode(mint.ambient("attachment").encode()).decode()]
    parts = [line for part in (plain, html, file) for line in (f"--{boundary}", *part)]
    lines = [*head, mint.ambient("preamble"), *parts, f"--{boundary}--", mint.ambient("epilogue")]
    return "\r\n".join(lines).encode()


def odd_mails(mint: Mint) -> Iterator[bytes]:
    """Return mails that cannot be taken, or not as they are."""
    head = "From: a@praxis.example.org\r\nSubject: x\r\n"
    for where, said in {
        "two-senders": f"From: {{}}@example.org\r\n{head}\r\nx",
        "no-address": "From: {}\r\n\r\nx",
        "bare-lf": f"{head}\r\n{{}}\n.\nMAIL FROM:<x@example.org>",
        "bare-cr": f"{head}\r\n{{}}\r.\rx",
        "nul": f"{head}\r\n{{}}\0",
        "long-line": f"{head}\r\n" + "{}" * 500,
        "subject": "From: a@praxis.example.org\r\nSubject: " + "{}" * 100 + "\r\n\r\nx",
        "no-text": f'{head}Content-Type: image/png; name="{{}}"\r\n\r\nx',
        "charset": f"{head}Content-Type: text/plain; charset={{}}\r\n\r\n\xe4",
        "parts": f"{head}Content-Type: multipart/mixed; boundary={{}}\r\n\r\n" + "--boundary\r\n" * 200,
    }.items():
        yield said.replace("{}", mint.ambient(f"smtp-mail-{where}")).encode("latin-1")


def content(data: bytes) -> bytes:
    """Return a mail as it is said after DATA: dots doubled, and the end, without its line end."""
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in data.split(b"\r\n")) + b"\r\n."


async def converse(port: int, lines: Sequence[bytes]) -> Reply:
    """Say line after line, each when the one before is answered; return all answers, with the last one's status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard, status = b"", 0
    async with asyncio.timeout(60):
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            heard += await _answer(reader)
            for line in lines:
                writer.write(line + b"\r\n")
                answer = await _answer(reader)
                heard, status = heard + answer, int(answer[:3])
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    return Reply(status, heard, b"")


async def _answer(reader: asyncio.StreamReader) -> bytes:
    whole = line = await reader.readuntil(b"\n")
    while line[3:4] == b"-":
        line = await reader.readuntil(b"\n")
        whole += line
    return whole
