"""Delivery by the real process: what is down is waited for or gone around, and a stop loses nothing."""

import asyncio
from pathlib import Path

from tests.fakes.capture_http import After, HttpCapture, reply, seven_accepts
from tests.fakes.capture_smtp import SmtpCapture
from tests.fakes.configuration import Tables
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import Reply
from tests.fakes.provider_tables import seven, smtp

SMS = {"recipient": "+4915112345678", "text": "Ihr Termin ist morgen."}
MAIL = {"sender": "a@praxis.example.org", "recipient": "b@example.com", "subject": "Termin", "text": "morgen\n"}


def _both(web: HttpCapture, mail: SmtpCapture) -> Tables:
    providers = {"web": seven(web), "mail": smtp(mail.port)}
    return {"providers": providers, "routes": {"sms": ["web"], "email": ["mail"]}}


async def test_a_provider_that_is_down_is_waited_for(web: HttpCapture, mail: SmtpCapture, tmp_path: Path) -> None:
    """While nothing listens a message is deferred; it is sent, once, when the provider is back."""
    await web.close()
    await mail.close()
    async with Gateway(tmp_path, _both(web, mail)) as gateway:
        key = await gateway.add_client("praxis")
        messages = [(await gateway.submit(channel, key, fields)).json()["id"] for channel, fields in _one_each()]
        for message in messages:
            status = await gateway.settled(message, key, at=["deferred"])
            assert status["reason"] == "unavailable"
        await web.listen()
        await mail.listen()
        for message in messages:
            status = await gateway.settled(message, key, at=["sent"])
            assert status["attempts"] > 1
    assert (len(web.taken), len(mail.mails)) == (1, 1)


def _one_each() -> list[tuple[str, dict[str, str]]]:
    return [("sms", SMS), ("email", MAIL)]


async def test_the_next_provider_takes_over(web: HttpCapture, tmp_path: Path) -> None:
    """Where the first provider is down or does not want us the message goes to the second, once."""
    async with HttpCapture(reply(503)) as busy, HttpCapture(reply(401)) as strict:
        providers = {"busy": seven(busy), "strict": seven(strict), "web": seven(web)}
        tables = {"providers": providers, "routes": {"sms": ["busy", "strict", "web"]}}
        async with Gateway(tmp_path, tables) as gateway:
            key = await gateway.add_client("praxis")
            message = (await gateway.submit("sms", key, SMS)).json()["id"]
            status = await gateway.settled(message, key, at=["sent"])
        taken = [len(capture.taken) for capture in (busy, strict, web)]
    assert (status["provider"], taken) == ("web", [1, 1, 1])


async def test_what_one_provider_may_have_does_not_go_to_the_next(web: HttpCapture, tmp_path: Path) -> None:
    """After a 500 nobody knows whether the message was taken: it is held, and no other provider sees it."""
    async with HttpCapture(reply(500)) as broken:
        tables = {"providers": {"broken": seven(broken), "web": seven(web)}, "routes": {"sms": ["broken", "web"]}}
        async with Gateway(tmp_path, tables) as gateway:
            key = await gateway.add_client("praxis")
            message = (await gateway.submit("sms", key, SMS)).json()["id"]
            status = await gateway.settled(message, key, at=["in_doubt"])
            after = (await gateway.submit("sms", key, SMS)).json()["id"]
            await gateway.settled(after, key, at=["in_doubt", "sent"])
        assert (status["provider"], status["attempts"]) == ("broken", 1)
        assert len(broken.taken) + len(web.taken) == 2


async def test_a_stop_lets_open_hand_overs_end(web: HttpCapture, tmp_path: Path) -> None:
    """SIGTERM while a provider thinks: newcomers hear 503, the answer is waited for, recorded, and not repeated."""
    gate = asyncio.Event()
    web.answer = lambda taken: After(gate, seven_accepts(taken))
    tables = {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}, "delivery": {"drain": "30s"}}
    gateway = Gateway(tmp_path, tables)
    async with gateway:
        key = await gateway.add_client("praxis")
        message = (await gateway.submit("sms", key, SMS)).json()["id"]
        await web.wait_for(1)
        stopping = asyncio.create_task(gateway.terminate())
        refused = await _refusal(gateway, key)
        assert (refused.status, refused.header("Content-Type")) == (503, "application/problem+json")
        assert int(refused.header("Retry-After") or 0) > 0
        assert not stopping.done()
        gate.set()
        assert await stopping == 0
    async with gateway:
        status = await gateway.status(message, key)
    handed_over = [taken for taken in web.taken if taken.members()["text"] == SMS["text"]]
    assert (status["status"], status["attempts"], len(handed_over)) == ("sent", 1, 1)


async def _refusal(gateway: Gateway, key: str) -> Reply:
    """Return the first answer that is no acceptance: the signal is on its way."""
    for _ in range(200):
        answer = await gateway.submit("sms", key, SMS | {"text": "Ein Nachzügler."})
        if answer.status != 202:
            return answer
        await asyncio.sleep(0.01)
    message = "the gateway never drains"
    raise AssertionError(message)
