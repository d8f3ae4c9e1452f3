"""Clients' programs are told what became of messages: signed, again until it is taken, nothing but what is known."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from standardwebhooks import WebhookVerificationError

from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.delivery.event_secrets import SecretBox
from gateway.spool.events import Pause
from gateway.spool.store import AttemptEnd
from tests.contract.event_rooms import CLIENT, FAILS, TAKES, Teller, headers, telling, verified
from tests.fakes.capture_http import Cut, Hang, HttpCapture, reply


@pytest.fixture
async def teller(tmp_path: Path) -> AsyncIterator[Teller]:
    """Events that may go to loopback."""
    async with telling(tmp_path) as found:
        yield found


@pytest.fixture
async def program() -> AsyncIterator[HttpCapture]:
    """A client's program that takes events."""
    async with HttpCapture(TAKES) as capture:
        yield capture


async def test_a_client_is_told_what_is_known(teller: Teller, program: HttpCapture) -> None:
    """The signature is good to the official library; there is no address in it and no content."""
    secret = await teller.webhook(f"{program.url}/events?for=praxis")
    number = await teller.message(AttemptEnd(State.FAILED, Reason.INVALID_RECIPIENT))
    await teller.turn()
    [taken] = program.taken
    event = verified(secret, taken)
    assert isinstance(event, dict)
    assert datetime.fromisoformat(event["timestamp"]).timestamp() == teller.clock.now
    assert event == {
        "type": "message.failed",
        "timestamp": event["timestamp"],
        "data": {
            "id": number,
            "status": "failed",
            "reason": "invalid_recipient",
            "provider": "alpha",
            "attempts": 1,
            "updated_at": event["timestamp"],
        },
    }
    assert taken.head.startswith(b"POST /events?for=praxis HTTP/1.1\r\n")
    assert ((await teller.hook()).waiting, teller.counted("taken")) == (0, 1.0)


async def test_nothing_else_goes_out(teller: Teller, program: HttpCapture) -> None:
    """The headers are the same for every client, and name no library."""
    await teller.webhook(program.url)
    await teller.message()
    await teller.turn()
    known = headers(program.taken[0])
    assert sorted(known) == [
        "accept", "accept-encoding", "content-length", "content-type", "host", "user-agent", "webhook-id",
        "webhook-signature", "webhook-timestamp",
    ]  # fmt: skip
    assert known["user-agent"] == "Umschlag"


async def test_both_secrets_sign_while_they_overlap(teller: Teller, program: HttpCapture) -> None:
    """A client may change to the new one whenever it likes until then; afterwards the new one signs alone."""
    old = await teller.webhook(program.url)
    new = await teller.rotate(60)
    await teller.message()
    await teller.turn()
    assert verified(old, program.taken[0]) == verified(new, program.taken[0])
    await teller.message()
    await teller.turn(60)
    verified(new, program.taken[1])
    with pytest.raises(WebhookVerificationError):
        verified(old, program.taken[1])


async def test_who_fails_is_told_again(teller: Teller, program: HttpCapture) -> None:
    """The same event with the same id, later and later; its log has a status, and nothing of what was answered."""
    await teller.webhook(program.url)
    await teller.message()
    program.answer = FAILS
    await teller.turn()
    await teller.turn()
    assert len(program.taken) == 1
    await teller.turn(30)
    assert (len(program.taken), (await teller.hook()).failures) == (2, 2)
    program.answer = TAKES
    await teller.turn(60)
    assert len({headers(taken)["webhook-id"] for taken in program.taken}) == 1
    assert [(await teller.hook()).failures, teller.counted("missed"), teller.counted("taken")] == [0, 2.0, 1.0]
    lines = [json.loads(line) for line in teller.lines.getvalue().splitlines()]
    assert [(line["event"], line["status"]) for line in lines] == [("event_failed", 500)]


async def test_retry_after_is_kept(teller: Teller, program: HttpCapture) -> None:
    """A program that says when it wants to be told again is not told before."""
    await teller.webhook(program.url)
    await teller.message()
    program.answer = reply(503, headers={"Retry-After": "600"})
    await teller.turn()
    await teller.turn(599)
    assert len(program.taken) == 1
    await teller.turn(1)
    assert len(program.taken) == 2


async def test_one_that_is_not_taken_does_not_keep_the_others(teller: Teller, program: HttpCapture) -> None:
    """An event that a program chokes on is tried again by itself; what comes meanwhile is told."""
    await teller.webhook(program.url)
    poison = (await teller.message()).encode()
    others = [await teller.message() for _ in range(20)]
    program.answer = lambda taken: FAILS if poison in taken.body else TAKES
    await teller.turn()
    await teller.turn()
    told = [json.loads(taken.body)["data"]["id"] for taken in program.taken]
    assert (sorted(set(told)), (await teller.hook()).waiting) == (sorted([poison.decode(), *others]), 1)


async def test_after_a_day_it_is_paused(teller: Teller, program: HttpCapture) -> None:
    """A program that took nothing for a day is told nothing more, and what waited is dropped."""
    await teller.webhook(program.url)
    program.answer = FAILS
    await teller.message()
    await teller.turn()
    for _ in range(13):
        await teller.turn(2 * 3600)
        await teller.message()
        await teller.turn(3600)
    hook = await teller.hook()
    assert (hook.pause, hook.waiting, hook.dropped, teller.counted("dropped")) == (Pause.FAILING, 0, 9, 9.0)
    so_far = len(program.taken)
    await teller.message()
    await teller.turn(3600)
    assert len(program.taken) == so_far
    assert teller.metrics.registry.get_sample_value("umschlag_webhooks_paused") == 1.0
    assert "events_paused" in teller.lines.getvalue()


async def test_gone_is_gone(teller: Teller, program: HttpCapture) -> None:
    """410 pauses at once."""
    await teller.webhook(program.url)
    program.answer = reply(410)
    await teller.message()
    await teller.turn()
    assert (await teller.hook()).pause is Pause.GONE
    await teller.message()
    await teller.turn(3600)
    assert len(program.taken) == 1


@pytest.mark.parametrize("answer", [Cut(), Cut(before_body=True), reply(302, headers={"Location": "/elsewhere"})])
async def test_what_is_no_2xx_is_no_yes(teller: Teller, program: HttpCapture, answer: Cut) -> None:
    """A cut line and a redirect, which is not followed, are tried again later."""
    await teller.webhook(program.url)
    program.answer = answer
    await teller.message()
    await teller.turn()
    assert (len(program.taken), (await teller.hook()).waiting) == (1, 1)


async def test_silence_ends(tmp_path: Path, program: HttpCapture) -> None:
    """A program that never answers holds up nobody for longer than the time-out."""
    program.answer = Hang()
    async with telling(tmp_path, wait=0.05) as teller:
        await teller.webhook(program.url)
        await teller.message()
        await teller.turn()
        assert (await teller.hook()).failures == 1


async def test_private_addresses_are_refused(tmp_path: Path, program: HttpCapture) -> None:
    """Unless the operator allows them nothing is connected to that is not public, and nothing goes out in clear."""
    async with telling(tmp_path, private=False) as teller:
        for url in (program.url, program.url.replace("http:", "https:"), "https://localhost:1"):
            await teller.webhook(url)
            await teller.message()
            await teller.turn(3600)
            assert (await teller.hook()).failures == 1
    assert program.taken == []


async def test_an_erased_message_is_not_told_of(teller: Teller, program: HttpCapture) -> None:
    """Erasing reaches what waits to be told."""
    await teller.webhook(program.url)
    number = await teller.message()
    await teller.store.erase(number, CLIENT, teller.clock.now)
    await teller.turn()
    assert program.taken == []


async def test_events_are_told_after_a_restart(tmp_path: Path, program: HttpCapture) -> None:
    """What was not taken before is told by the next process, and no claim of the last one is in the way for long."""
    async with telling(tmp_path) as before:
        await before.webhook(program.url)
        number = await before.message()
    async with telling(tmp_path) as after:
        await after.turn()
    assert [json.loads(taken.body)["data"]["id"] for taken in program.taken] == [number]


async def test_two_processes_tell_once(tmp_path: Path, program: HttpCapture) -> None:
    """What one of them has claimed, the other leaves alone."""
    async with telling(tmp_path) as one, telling(tmp_path) as other:
        await one.webhook(program.url)
        numbers = [await one.message() for _ in range(40)]
        await one.events.look()
        await other.events.look()
        await one.events.rest()
        await other.events.rest()
    assert sorted(json.loads(taken.body)["data"]["id"] for taken in program.taken) == sorted(numbers)


async def test_another_keyring_pauses_nobody_at_once(teller: Teller, program: HttpCapture) -> None:
    """A secret that does not open is a failure like any other: nothing goes out unsigned."""
    await teller.webhook(program.url)
    await teller.store.set_webhook(CLIENT, program.url, b"x" * 60)
    await teller.message()
    await teller.turn()
    assert (program.taken, (await teller.hook()).failures) == ([], 1)


def holding(folder: Path, said: bytes) -> list[Path]:
    """Return the files that have these bytes."""
    return [path for path in folder.rglob("*") if path.is_file() and said in path.read_bytes()]


async def test_secrets_are_sealed(tmp_path: Path, program: HttpCapture) -> None:
    """No file has the secret, and it is one client's alone."""
    async with telling(tmp_path) as teller:
        secret = await teller.webhook(program.url)
        await teller.message()
        await teller.turn()
        sealed = (await teller.hook()).secret
        assert SecretBox(teller.keyring).open(sealed, CLIENT) == secret
    said = secret.reveal().removeprefix("whsec_").encode()
    assert holding(tmp_path, said) == []


async def test_a_new_notice_is_told(teller: Teller, program: HttpCapture) -> None:
    """Its version, since when it is in force and where it is read: nothing of any client."""
    secret = await teller.webhook(program.url)
    for version in ("a", "b"):
        await teller.store.publish_disclosure(version, "{}", teller.clock.now)
    program.answer = FAILS
    await teller.turn()
    program.answer = TAKES
    await teller.turn(60)
    event = verified(secret, program.taken[1])
    assert isinstance(event, dict)
    since = event["timestamp"]
    assert datetime.fromisoformat(since).timestamp() == teller.clock.now - 60
    data = {"version": "b", "since": since, "path": "/v1/privacy"}
    assert event == {"type": "privacy.changed", "timestamp": since, "data": data}
    assert len({headers(taken)["webhook-id"] for taken in program.taken}) == 1
    assert (await teller.hook()).waiting == 0


async def test_a_new_notice_is_told_once(tmp_path: Path, program: HttpCapture) -> None:
    """Several processes publish the same version when they reload, and all of them tell events."""
    async with telling(tmp_path) as one, telling(tmp_path) as other:
        await one.webhook(program.url)
        for each in (one, other):
            for version in ("a", "b") if each is one else ("b",):
                await each.store.publish_disclosure(version, "{}", each.clock.now)
        for each in (one, other, one, other):
            await each.events.look()
        await one.events.rest()
        await other.events.rest()
    assert [json.loads(taken.body)["data"]["version"] for taken in program.taken] == ["b"]
