"""Providers are asked what became of messages: when, how often, and what happens where they do not answer."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path

import pytest

from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.delivery.polling import AGES, TURN
from tests.fakes.callbacks import SEVEN_ID, Office, office
from tests.fakes.vendor import Line, Step, answer, hang_up

MINUTE = 60


def seven(*answers: Step, taken: Step | None = None) -> Step:
    """Take messages as seven does, and answer questions in turn, the last one ever after."""
    waiting = list(answers)

    async def step(line: Line) -> bool:
        if line.head.method == "POST":
            messages = [{"id": SEVEN_ID, "success": True, "error": None, "parts": 1}]
            return await (taken or answer(200, {"success": "100", "messages": messages}))(line)
        return await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(line)

    return step


def says(status: str) -> Step:
    """Answer a question about the one message."""
    return answer(200, json.dumps([{"id": SEVEN_ID, "status": status}]))


async def turned(place: Office, seconds: int) -> int:
    """Let time pass, have a look, and return how many questions the vendor has got by now."""
    place.dispatch.clock.turn(seconds)
    await place.reporting.poller.look()
    return len([request for request in place.vendor.requests if request.method == "GET"])


async def test_a_message_is_asked_for_at_growing_ages(tmp_path: Path) -> None:
    """After one minute, two, four, eight: once each, until its end is known."""
    async with office(tmp_path, "silent", step=seven(says("TRANSMITTED"))) as place:
        await turned(place, MINUTE)
        await place.sent("silent")
        asked = [await turned(place, MINUTE) for _ in range(20)]
        assert asked == [0, 1, 2, 2, *[3] * 4, *[4] * 8, *[5] * 4]


async def test_the_answer_is_what_became_of_it(tmp_path: Path) -> None:
    """The question has the vendor's id and our key, and the answer moves the message; nobody asks again."""
    async with office(tmp_path, "silent", step=seven(says("DELIVERED"))) as place:
        number = await place.sent("silent")
        await turned(place, 2 * MINUTE)
        assert (await place.status(number)).state is State.DELIVERED
        question = place.vendor.requests[-1]
        assert (question.target, question.header("x-api-key")) == (f"/api/status?msg_id={SEVEN_ID}", "key-for-trials")
        assert [await turned(place, MINUTE) for _ in range(5)] == [1] * 5


async def test_a_doubt_without_the_vendors_id_cannot_be_asked_for(tmp_path: Path) -> None:
    """Where the vendor is asked by an id of its own that it never gave, there is no question."""
    async with office(tmp_path, "silent", step=seven(says("DELIVERED"), taken=hang_up)) as place:
        await place.sent("silent", State.IN_DOUBT)
        assert [await turned(place, MINUTE) for _ in range(5)] == [0] * 5


async def test_who_calls_is_asked_for_what_it_may_have_forgotten(tmp_path: Path) -> None:
    """A vendor whose calls are taken is asked after half an hour, not before."""
    async with office(tmp_path, "seven", step=seven(says("DELIVERED"))) as place:
        number = await place.sent()
        assert [await turned(place, MINUTE) for _ in range(32)] == [0] * 32
        await turned(place, MINUTE)
        await turned(place, MINUTE)
        assert (await place.status(number)).state is State.DELIVERED


async def test_missed_turns_are_made_up_for(tmp_path: Path) -> None:
    """A gateway that slept asks once for what would have been due meanwhile."""
    async with office(tmp_path, "silent", step=seven(says("TRANSMITTED"))) as place:
        await turned(place, MINUTE)
        await place.sent("silent")
        assert await turned(place, 10 * MINUTE) == 4


async def test_a_vendor_that_does_not_answer_is_left_alone(tmp_path: Path) -> None:
    """The first silence ends the turn, and the turns between two tries grow."""
    async with office(tmp_path, "silent", step=seven(answer(503))) as place:
        for _ in range(3):
            await place.sent("silent")
        asked = [await turned(place, MINUTE) for _ in range(12)]
        assert asked == [0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
        lines = [json.loads(line) for line in place.dispatch.lines.getvalue().splitlines()]
        reasons = {(line["provider"], line["reason"]) for line in lines if line["event"] == "poll_failed"}
        assert reasons == {("silent", Reason.UNAVAILABLE.value)}


async def test_an_answer_that_cannot_be_read_is_one_messages_alone(tmp_path: Path) -> None:
    """The next message is asked for in the same turn."""
    async with office(tmp_path, "silent", step=seven(answer(200, "no JSON"), says("DELIVERED"))) as place:
        first, second = await place.sent("silent"), await place.sent("silent")
        await turned(place, 2 * MINUTE)
        states = {(await place.status(number)).state for number in (first, second)}
        assert states == {State.SENT, State.DELIVERED}
        assert len(place.vendor.requests) == 4


async def test_hints_are_asked_for_once_and_are_few(tmp_path: Path) -> None:
    """A hundred calls about one message are one question."""
    taken = answer(201, {"uuid": "u-1", "status_code": 100})
    asked = answer(200, {"uuid": "u-1", "dlr_code": 2})

    async def lox24(line: Line) -> bool:
        return await (taken if line.head.method == "POST" else asked)(line)

    async with office(tmp_path, "lox24", step=lox24) as place:
        await place.sent("lox24")
        await place.reporting.stop_asking()
        body = json.dumps({"name": "sms.delivery", "data": {"id": "u-1", "dlr_code": 1}}).encode()
        replies = await asyncio.gather(*(place.call("POST", "/callbacks/lox24", (), body) for _ in range(10)))
        assert {reply.status for reply in replies} == {200}
        assert not await place.reporting.poller.follow_hint()
        assert [request.method for request in place.vendor.requests] == ["POST", "GET"]


async def test_a_hint_for_a_provider_that_is_gone_is_dropped(tmp_path: Path) -> None:
    """The configuration may change between the call and the question."""
    taken = answer(201, {"uuid": "u-1", "status_code": 100})
    async with office(tmp_path, "lox24", step=taken) as place:
        await place.sent("lox24")
        await place.reporting.stop_asking()
        body = json.dumps({"name": "sms.delivery", "data": {"id": "u-1", "dlr_code": 1}}).encode()
        assert (await place.call("POST", "/callbacks/lox24", (), body)).status == 200
        place.dispatch.providers.clear()
        await place.dispatch.switch()
        assert not await place.reporting.poller.follow_hint()
        assert len(place.vendor.requests) == 1


def test_the_ages_double_for_three_days() -> None:
    """From one minute to nearly three days, so that a message is asked for some dozen times at most."""
    assert (AGES[0], len(AGES), AGES[-1]) == (TURN, 13, 245_760)
    assert [after // before for before, after in pairwise(AGES)] == [2] * 12


@pytest.mark.parametrize("name", ["house"])
async def test_who_cannot_be_asked_is_not(tmp_path: Path, name: str) -> None:
    """A vendor without questions gets none."""
    async with office(tmp_path, name, step=answer(200, "OK 1")) as place:
        await place.sent(name)
        assert [await turned(place, MINUTE) for _ in range(4)] == [0] * 4
