"""TLS of a listener: certificates that change under way, and those that clients must have."""

import asyncio
import io
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from gateway.http_server import Certificate, HttpLimits, Listener, TlsError
from gateway.http_server.certificate import Renewal
from gateway.logs import Log
from gateway.logs.field import Listener as ListenerName
from gateway.settings import HttpSection
from tests.contract.http_api import SMS, problem, serving_api
from tests.contract.http_rooms import Rooms
from tests.contract.http_wire import call, dial, head
from tests.fakes.certificates import pair_in

NAME = "127.0.0.1"


class Turns:
    """Sleeps until a test lets it go on, and says how often it has slept."""

    def __init__(self) -> None:
        self.asleep = asyncio.Semaphore(0)
        self.may_wake = asyncio.Semaphore(0)

    async def sleep(self, _seconds: float) -> None:
        """Sleep."""
        self.asleep.release()
        await self.may_wake.acquire()

    async def one(self) -> None:
        """Let one turn pass."""
        self.may_wake.release()
        await self.asleep.acquire()


def trusting(authority: trustme.CA, own: trustme.LeafCert | None = None) -> ssl.SSLContext:
    """Return the context of a client that trusts an authority, and may have a certificate itself."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if own is not None:
        own.configure_cert(context)
    return context


async def answers(port: int, context: ssl.SSLContext) -> bool:
    """Whether a client gets an answer."""
    with suppress(ssl.SSLError, ConnectionError, asyncio.IncompleteReadError):
        async with dial(port, context) as wire:
            await wire.say(head("GET", "/things"))
            return (await wire.hear()).status == 200
    return False


@asynccontextmanager
async def listening(certificate: Certificate, written: io.StringIO) -> AsyncIterator[int]:
    """Serve with a certificate."""
    limits = HttpLimits(100, timedelta(seconds=60))
    listener = Listener(ListenerName.HTTP, Rooms().routes().answer, Log(written), limits)
    try:
        yield await listener.start(f"{NAME}:0", certificate)
    finally:
        await listener.stop(timedelta(seconds=1))


async def test_a_renewed_certificate_is_served_without_a_restart(tmp_path: Path) -> None:
    """New connections get it; an open one goes on with what it began with."""
    old, new = trustme.CA(), trustme.CA()
    certificate = Certificate(*pair_in(tmp_path, old, NAME))
    async with listening(certificate, io.StringIO()) as port, dial(port, trusting(old)) as kept:
        await kept.say(head("GET", "/things"))
        assert (await kept.hear()).status == 200
        assert not certificate.renew()
        pair_in(tmp_path, new, NAME)
        assert certificate.renew()
        assert [await answers(port, trusting(each)) for each in (old, new)] == [False, True]
        await kept.say(head("GET", "/things"))
        assert (await kept.hear()).status == 200


async def test_a_listener_looks_after_its_certificate(tmp_path: Path) -> None:
    """Half a pair is refused, told once, and the old one goes on; the other half makes it whole."""
    old, new = trustme.CA(), trustme.CA()
    certificate, written, turns = Certificate(*pair_in(tmp_path, old, NAME)), io.StringIO(), Turns()
    renewal = Renewal(certificate, ListenerName.HTTP, Log(written), sleep=turns.sleep)
    async with listening(certificate, io.StringIO()) as port:
        renewal.start()
        await turns.asleep.acquire()
        key = (tmp_path / "key.pem").read_bytes()
        _, path = pair_in(tmp_path, new, NAME)
        whole = path.read_bytes()
        path.write_bytes(key)
        await turns.one()
        await turns.one()
        assert [await answers(port, trusting(each)) for each in (old, new)] == [True, False]
        path.unlink()
        await turns.one()
        path.write_bytes(whole)
        await turns.one()
        assert [await answers(port, trusting(each)) for each in (old, new)] == [False, True]
        await renewal.stop()
    events = [json.loads(line)["event"] for line in written.getvalue().splitlines()]
    assert events == ["certificate_refused", "certificate_refused", "certificate_renewed"]


async def test_clients_show_certificates_where_the_operator_wants_them(tmp_path: Path) -> None:
    """Those of the right authority, beside their keys; who has none is not answered at all."""
    ours, clients, strangers = trustme.CA(), trustme.CA(), trustme.CA()
    chain, key = pair_in(tmp_path, ours, NAME)
    client_ca = tmp_path / "clients.pem"
    clients.cert_pem.write_to_path(client_ca)
    section = HttpSection(listen=f"{NAME}:0", tls_cert=chain, tls_key=key, client_ca=client_ca)
    async with serving_api(tmp_path, section=section) as api:
        known = trusting(ours, clients.issue_cert("praxis"))
        async with dial(api.port, known) as wire:
            await wire.say(head("GET", "/v1/me", [api.bearer]))
            assert (await wire.hear()).status == 200
            await wire.say(head("GET", "/v1/me"))
            assert (await wire.hear()).status == 401
        for context in (trusting(ours), trusting(ours, strangers.issue_cert("praxis"))):
            assert not await answers(api.port, context)
        assert "praxis" not in api.desk.lines.getvalue()


async def test_another_authority_of_clients_holds_from_the_next_connection_on(tmp_path: Path) -> None:
    """With TLS 1.2 and 1.3; a session that began before is not resumed without a certificate."""
    ours, before, after = trustme.CA(), trustme.CA(), trustme.CA()
    client_ca = tmp_path / "clients.pem"
    before.cert_pem.write_to_path(client_ca)
    certificate = Certificate(*pair_in(tmp_path, ours, NAME), client_ca)
    one, two = trusting(ours, before.issue_cert("praxis")), trusting(ours, after.issue_cert("praxis"))
    async with listening(certificate, io.StringIO()) as port:
        assert [await answers(port, one), await answers(port, two)] == [True, False]
        after.cert_pem.write_to_path(client_ca)
        assert certificate.renew()
        assert [await answers(port, one), await answers(port, two)] == [False, True]


@pytest.mark.parametrize("content", [b"", b"no certificate"])
def test_an_authority_that_cannot_be_read_is_a_clean_error(tmp_path: Path, content: bytes) -> None:
    """Neither its path nor its text is in it."""
    wrong = tmp_path / "S3NT.pem"
    wrong.write_bytes(content)
    with pytest.raises(TlsError, match=r"^the CA of the clients' certificates cannot be read$"):
        Certificate(*pair_in(tmp_path, trustme.CA(), NAME), wrong)


async def test_certificates_of_clients_need_tls(tmp_path: Path) -> None:
    """They must not be believed to be asked for over plain HTTP."""
    section = HttpSection(listen=f"{NAME}:0", client_ca=tmp_path / "ca.pem")
    with pytest.raises(TlsError, match=r"^http.client_ca needs http.tls_cert and http.tls_key$"):
        async with serving_api(tmp_path, section=section):
            pass


FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix", "Forwarded", "X-Real-IP")


async def test_what_proxies_add_changes_nothing(tmp_path: Path) -> None:
    """Neither where a message is said to be, nor who may call."""
    mark = "S3NT-forwarded-4711"
    async with serving_api(tmp_path) as api:
        forwarded = [(name, mark) for name in FORWARDED]
        reply = await api.post("/v1/sms", SMS, ("Content-Type", "application/json"), *forwarded)
        assert (reply.status, reply.headers["location"]) == (202, f"/v1/messages/{reply.members()['id']}")
        assert mark.encode() not in reply.raw


async def test_no_other_site_may_read_answers(tmp_path: Path) -> None:
    """There is no CORS: neither preflights nor answers allow an origin."""
    async with serving_api(tmp_path) as api:
        asked = [("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST")]
        replies = [
            await call(api.port, "OPTIONS", "/v1/sms", asked),
            await call(api.port, "GET", "/v1/me", [api.bearer, *asked]),
            await call(api.port, "GET", "/v1/me", asked),
        ]
        assert [reply.status for reply in replies[:2]] == [204, 200]
        assert problem(replies[2]) == (401, "unauthorized", [])
        assert [name for reply in replies for name, _ in reply.pairs if name.startswith("access-control")] == []
