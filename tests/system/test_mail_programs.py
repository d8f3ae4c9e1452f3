"""The mail programs that people have, against the real process: what they send becomes the documented fields."""

import asyncio
import shutil
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.fakes.gateway import Gateway
from tests.fakes.mail_samples import SAMPLES, SENDER, SUBJECT
from tests.fakes.ports import KeptPort

ADDRESS = "praxis@praxis.example.org"


def _needs(program: str) -> Callable[[Any], Any]:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is missing (Debian: {program})")


@dataclass
class Room:
    """A gateway with a certificate, its client, and the files that programs want."""

    gateway: Gateway
    tls_port: int
    key: str
    folder: Path
    ca: Path

    def file(self, name: str, text: str | bytes) -> Path:
        """Write a file that only its owner reads."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(0o600)
        return path

    async def run(self, *command: str, stdin: bytes = b"") -> None:
        """Run a program that must succeed."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8"},
        )
        said, _ = await asyncio.wait_for(process.communicate(stdin), 60)
        assert process.returncode == 0, said.decode(errors="replace")[-2000:]

    async def taken(self, count: int) -> dict[str, dict[str, Any]]:
        """Return what the sandbox took, by recipient, as soon as there are so many."""
        for _ in range(600):
            found = (await self.gateway.admin("/api/sandbox/messages")).json()["messages"]
            if len(found) >= count:
                return {message["recipient"]: message for message in found}
            await asyncio.sleep(0.05)
        message = "not all messages arrived"
        raise AssertionError(message)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Serve with STARTTLS and inside of TLS, mail and numbers to the sandbox."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    tls, plain = KeptPort(), KeptPort()
    smtp = {
        "listen": f"127.0.0.1:{plain.number}",
        "listen_tls": f"127.0.0.1:{tls.number}",
        "tls_cert": str(tmp_path / "cert.pem"),
        "tls_key": str(tmp_path / "key.pem"),
        "sms_domain": "sms.example.org",
    }
    box = {"providers": {"box": {"type": "sandbox"}}, "routes": {"email": ["box"], "sms": ["box"]}}
    gateway = Gateway(tmp_path / "gateway", {"smtp": smtp, "gateway": {"name": "gateway.example.org"}, **box})
    gateway.smtp_port = plain.number
    async with gateway:
        key = await gateway.add_client("praxis", "--senders", "*@praxis.example.org")
        yield Room(gateway, tls.number, key, tmp_path, tmp_path / "ca.pem")


def _expected(program: str) -> dict[str, tuple[str, str, str]]:
    return {f"{program}.{name}@example.org": (SENDER, SUBJECT, sample.text) for name, sample in SAMPLES.items()}


def _found(taken: dict[str, dict[str, Any]]) -> dict[str, tuple[str, str, str]]:
    return {to: (mail["sender"], mail["subject"], mail["text"]) for to, mail in taken.items()}


@_needs("msmtp")
async def test_msmtp(room: Room) -> None:
    """Over STARTTLS, with every kind of mail; one of them to a number and to a mailbox."""
    configuration = room.file(
        "msmtprc",
        f"account default\nhost localhost\nport {room.gateway.smtp_port}\nfrom {ADDRESS}\nauth on\nuser praxis\n"
        f"password {room.key}\ntls on\ntls_starttls on\ntls_trust_file {room.ca}\n",
    )
    for name, sample in SAMPLES.items():
        to = f"msmtp.{name}@example.org"
        await room.run("msmtp", "-C", str(configuration), to, stdin=sample.content.replace(b"\r\n", b"\n"))
    assert _found(await room.taken(len(SAMPLES))) == _expected("msmtp")
    both = ["01761234567@sms.example.org", "beide@example.org"]
    await room.run("msmtp", "-C", str(configuration), *both, stdin=SAMPLES["umlauts"].content.replace(b"\r\n", b"\n"))
    taken = await room.taken(len(SAMPLES) + 2)
    assert taken["+491761234567"]["text"] == SAMPLES["umlauts"].text.rstrip("\n")
    assert taken["beide@example.org"]["text"] == SAMPLES["umlauts"].text


@_needs("curl")
async def test_curl(room: Room) -> None:
    """`smtp://` with STARTTLS and `smtps://`, with every kind of mail."""
    login = room.file("netrc", f"machine localhost login praxis password {room.key}\n")
    for number, (name, sample) in enumerate(SAMPLES.items()):
        mail = room.file("mail", sample.content)
        url = f"smtps://localhost:{room.tls_port}" if number % 2 else f"smtp://localhost:{room.gateway.smtp_port}"
        await room.run(
            "curl", "-sS", "--ssl-reqd", "--cacert", str(room.ca), "--netrc-file", str(login), "--mail-from", ADDRESS,
            "--mail-rcpt", f"curl.{name}@example.org", "-T", str(mail), url,
        )  # fmt: skip
    assert _found(await room.taken(len(SAMPLES))) == _expected("curl")


@_needs("swaks")
async def test_swaks(room: Room) -> None:
    """AUTH LOGIN and PLAIN, in clear on loopback, with and without pipelining; it adds line ends of its own."""
    room.file(".swaksrc", f"auth-user praxis\nauth-password {room.key}\n")
    for number, (name, sample) in enumerate(SAMPLES.items()):
        mail = room.file("mail", sample.content)
        options = ["--auth", "LOGIN" if number % 2 else "PLAIN", *(["--pipeline"] if number % 3 else [])]
        await room.run(
            "swaks", "--server", "localhost", "--port", str(room.gateway.smtp_port), "--ehlo", "S3NT-pc", *options,
            "--from", ADDRESS, "--to", f"swaks.{name}@example.org", "--data", f"@{mail}",
        )  # fmt: skip
    found = _found(await room.taken(len(SAMPLES)))
    assert {to: (*mail[:2], mail[2].rstrip("\n") + "\n") for to, mail in found.items()} == _expected("swaks")


@_needs("mutt")
async def test_mutt(room: Room) -> None:
    """A mail that mutt writes itself, with an attachment and a signature."""
    configuration = room.file(
        "muttrc",
        f'set smtp_url="smtp://praxis@localhost:{room.gateway.smtp_port}/" smtp_pass="{room.key}"\n'
        f'set ssl_starttls=yes ssl_force_tls=yes ssl_ca_certificates_file="{room.ca}" ssl_verify_dates=no\n'
        f'set from="{SENDER}" use_from=yes envelope_from=yes copy=no text_flowed=yes send_charset="utf-8"\n',
    )
    page = room.file("S3NT.txt", "S3NT")
    command = ["mutt", "-F", str(configuration), "-s", SUBJECT, "-a", str(page), "--", "mutt@example.org"]
    await room.run(*command, stdin=b"Ein Satz, \nder weitergeht.\n")
    taken = await room.taken(1)
    expected = {"mutt@example.org": (SENDER, SUBJECT, "Ein Satz, der weitergeht.\n")}
    assert expected == {
        to: (sender, subject, text.rstrip("\n") + "\n") for to, (sender, subject, text) in _found(taken).items()
    }


async def test_smtplib(room: Room) -> None:
    """Python's own client: every kind of mail over one connection, then one mail for fifty recipients."""
    trusted = ssl.create_default_context(cafile=str(room.ca))
    many = [f"nr{number}@example.org" for number in range(50)]

    def send() -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP("localhost", room.gateway.smtp_port, timeout=60) as client:
            client.starttls(context=trusted)
            client.login("praxis", room.key)
            for name, sample in SAMPLES.items():
                client.sendmail(ADDRESS, [f"smtplib.{name}@example.org"], sample.content, ["BODY=8BITMIME"])
            return client.sendmail(ADDRESS, [*many, "S3NT", "+49@sms.example.org"], SAMPLES["html"].content)

    refused = await asyncio.to_thread(send)
    assert {to: said[0] for to, said in refused.items()} == {"S3NT": 553, "+49@sms.example.org": 553}
    taken = _found(await room.taken(len(SAMPLES) + 50))
    assert {to: fields for to, fields in taken.items() if to not in many} == _expected("smtplib")
    assert {taken[to][2] for to in many} == {SAMPLES["html"].text}
    spool = b"".join(path.read_bytes() for path in room.gateway.home.rglob("*") if path.is_file())
    assert (b"S3NT" in spool, "S3NT" in room.gateway.stderr.read_text(encoding="utf-8")) == (False, False)
