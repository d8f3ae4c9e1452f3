"""Providers' calls over a real port and the real spool: what becomes of messages, and of forgers."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.store import StoreUnavailableError
from tests.fakes.callbacks import ACCEPTED, CALLBACK_SECRET, SEVEN_ID, Office, office
from tests.fakes.failing_store import FailingStore
from tests.fakes.vendor import Line, Step, answer, hang_up


def problem(reply: object) -> tuple[int, str]:
    """Return status and slug of a problem."""
    return reply.status, json.loads(reply.body)["type"].removeprefix("/problems/")  # type: ignore[attr-defined] # a Reply


async def told(place: Office, message_id: str) -> tuple[State, Reason | None]:
    """Return where a message stands, and why."""
    found = await place.status(message_id)
    return found.state, found.reason


@pytest.mark.parametrize(
    "word, state, reason",
    [
        ("DELIVERED", State.DELIVERED, None),
        ("NOTDELIVERED", State.UNDELIVERED, Reason.UNROUTABLE),
        ("EXPIRED", State.UNDELIVERED, Reason.DEADLINE),
        ("TRANSMITTED", State.SENT, None),
        ("UNKNOWN", State.SENT, None),
        ("SOMETHING_NEW", State.SENT, None),
    ],
)
async def test_the_vendors_word_becomes_ours(tmp_path: Path, word: str, state: State, reason: Reason | None) -> None:
    """A signed call moves the message that it names, and is answered with 200."""
    async with office(tmp_path) as place:
        number = await place.sent()
        reply = await place.seven(word)
        assert (reply.status, reply.body) == (200, b"")
        assert await told(place, number) == (state, reason)


async def test_what_ends_is_counted(tmp_path: Path) -> None:
    """The metric of finished messages has `delivered`, and that of reports what they did."""
    async with office(tmp_path) as place:
        await place.sent()
        await place.seven("DELIVERED", nonce="n1")
        await place.seven("DELIVERED", nonce="n2")
        metric = "umschlag_messages_finished_total"
        finished = place.dispatch.metrics.registry.get_sample_value(metric, {"channel": "sms", "status": "delivered"})
        assert (finished, place.count("seven", "changed"), place.count("seven", "nothing")) == (1, 1, 1)


async def test_out_of_order_and_repeated(tmp_path: Path) -> None:
    """Nothing goes backwards: each call is taken, and the first end counts."""
    async with office(tmp_path) as place:
        number = await place.sent()
        words = ("TRANSMITTED", "DELIVERED", "TRANSMITTED", "FAILED", "DELIVERED")
        replies = [await place.seven(word, nonce=f"n{index}") for index, word in enumerate(words)]
        assert [reply.status for reply in replies] == [200] * 5
        assert await told(place, number) == (State.DELIVERED, None)


async def test_a_report_that_comes_before_the_answer_to_the_hand_over(tmp_path: Path) -> None:
    """It is held, and counts when the vendor's id is known."""
    arrived, released = asyncio.Event(), asyncio.Event()

    async def slow(line: Line) -> bool:
        arrived.set()
        await released.wait()
        return await ACCEPTED(line)

    async with office(tmp_path, step=slow) as place:
        number = await place.dispatch.accept()
        await arrived.wait()
        assert (await place.seven("DELIVERED")).status == 200
        assert await told(place, number) == (State.SENDING, None)
        released.set()
        await place.dispatch.becomes(number, State.SENT)
        place.dispatch.clock.turn(2)
        await place.dispatch.becomes(number, State.DELIVERED)
        assert (place.count("seven", "early"), place.count("seven", "changed")) == (1, 1)


async def test_a_report_settles_a_doubt(tmp_path: Path) -> None:
    """Nobody knows whether it was taken, until the vendor repeats our reference."""
    async with office(tmp_path, step=hang_up) as place:
        number = await place.sent(state=State.IN_DOUBT)
        reference = json.loads(place.vendor.requests[0].body)["foreign_id"]
        assert (await place.seven("DELIVERED", data={"foreign_id": reference})).status == 200
        found = await place.status(number)
        assert (found.state, found.reason, found.provider_ref) == (State.DELIVERED, None, SEVEN_ID)


async def test_a_report_after_erasure(tmp_path: Path) -> None:
    """It is answered as any other, counted and forgotten."""
    async with office(tmp_path) as place:
        number = await place.sent()
        reference = json.loads(place.vendor.requests[0].body)["foreign_id"]
        await place.dispatch.spool.erase(number, place.dispatch.clients[0].id, 0)
        assert (await place.seven("DELIVERED", data={"foreign_id": reference})).status == 200
        assert place.count("seven", "unknown") == 1


async def test_a_report_of_nothing_we_know_is_dropped_in_the_end(tmp_path: Path) -> None:
    """It might be early, and is held; after some minutes it is forgotten."""
    async with office(tmp_path) as place:
        assert (await place.seven("DELIVERED")).status == 200
        assert place.count("seven", "early") == 1
        for _ in range(8):
            place.dispatch.clock.turn(200)
            await asyncio.sleep(0)
            await place.reporting.reports.tell_again()
        await place.counted("seven", "unknown")


async def test_a_replay_is_refused(tmp_path: Path) -> None:
    """The same signed call a second time: 401, and nothing changes."""
    async with office(tmp_path) as place:
        number = await place.sent()
        assert [(await place.seven("TRANSMITTED")).status for _ in range(2)] == [200, 401]
        assert (place.count("seven", "replayed"), await told(place, number)) == (1, (State.SENT, None))


async def test_a_call_that_could_not_be_written_down_may_come_again(tmp_path: Path) -> None:
    """While the spool is away the vendor hears 503, and its repeat counts although it is signed the same."""
    broken: list[FailingStore] = []

    def between(store: object) -> FailingStore:
        broken.append(FailingStore(store, StoreUnavailableError))  # type: ignore[arg-type] # the real store
        return broken[0]

    async with office(tmp_path, between=between) as place:
        number = await place.sent()
        broken[0].before["report"] = 1
        replies = [await place.seven("DELIVERED") for _ in range(2)]
        assert [reply.status for reply in replies] == [503, 200]
        assert problem(replies[0]) == (503, "storage-unavailable")
        assert await told(place, number) == (State.DELIVERED, None)


async def test_forgers(tmp_path: Path) -> None:
    """Another key, another signature, no signature, another time, another provider's path: 401."""
    async with office(tmp_path, "seven", "silent") as place:
        number = await place.sent()
        forged = [
            await place.seven("DELIVERED", key="another"),
            await place.seven("DELIVERED", headers={"X-Signature": "0" * 64}),
            await place.seven("DELIVERED", headers={"X-Timestamp": "0"}),
            await place.seven("DELIVERED", headers={"X-Nonce": "other"}),
            await place.call("POST", "/callbacks/seven", (), b"{}"),
            await place.call("POST", f"/callbacks/seven/{CALLBACK_SECRET}", (), b"{}"),
            await place.call("GET", "/callbacks/seven"),
        ]
        assert [problem(reply) for reply in forged] == [(401, "forged-report")] * 7
        assert forged[0].headers["www-authenticate"] == 'Basic realm="callbacks"'
        assert (place.count("seven", "forged"), await told(place, number)) == (7, (State.SENT, None))


@pytest.mark.parametrize("path", ["/callbacks/nobody", "/callbacks/silent", "/callbacks/", "/callbacks/seven/a/b"])
async def test_paths_that_are_not_there(tmp_path: Path, path: str) -> None:
    """No such provider, one whose settings say no way to know its calls, no name, too much of a path: 404."""
    async with office(tmp_path, "seven", "silent") as place:
        assert problem(await place.call("POST", path, (), b"{}")) == (404, "not-found")


@pytest.mark.parametrize("path", ["/callbacks/seven", "/callbacks/seven?x=%FF", "/callbacks/house/%FF?id=%FF&now=done"])
async def test_bytes_that_are_no_text_are_forged(tmp_path: Path, path: str) -> None:
    """In path, query or headers: refused as any other."""
    headers = [(name, "\xff") for name in ("X-Signature", "X-Timestamp", "X-Nonce", "Authorization")]
    async with office(tmp_path, "seven", "house") as place:
        assert problem(await place.call("POST", path, headers, b"\xff")) == (401, "forged-report")


async def test_an_absolute_form_is_signed_as_it_is_called(tmp_path: Path) -> None:
    """A request line may hold a whole address (RFC 9112 §3.2.2): its path and query are what counts."""
    async with office(tmp_path) as place:
        number = await place.sent()
        assert (await place.seven("DELIVERED", target="http://anywhere.example/callbacks/seven")).status == 200
        assert await told(place, number) == (State.DELIVERED, None)


async def test_without_a_public_address_the_call_says_where_it_went(tmp_path: Path) -> None:
    """The vendor has signed the name that it called: no forger can choose it afterwards."""
    async with office(tmp_path, public_url=None) as place:
        number = await place.sent()
        assert (await place.seven("DELIVERED", public="https://elsewhere.example")).status == 401
        assert (await place.seven("DELIVERED", public="http://gateway.example")).status == 200
        assert await told(place, number) == (State.DELIVERED, None)


async def test_garbage_and_too_much(tmp_path: Path) -> None:
    """What is signed and cannot be read: 400; a body over 64 KB: 413; HEAD: 405. Nothing changes."""
    async with office(tmp_path) as place:
        number = await place.sent()
        assert problem(await place.seven("", body=b"{")) == (400, "malformed-report")
        large = json.dumps({"webhook_event": "dlr", "x": "x" * 65536}).encode()
        assert problem(await place.seven("", body=large)) == (413, "too-large")
        assert (await place.call("HEAD", "/callbacks/seven")).status == 405
        assert (await place.call("DELETE", "/callbacks/seven")).status == 405
        assert (place.count("seven", "malformed"), await told(place, number)) == (1, (State.SENT, None))


async def test_another_event_is_answered_and_forgotten(tmp_path: Path) -> None:
    """A vendor's other news are none of ours, and no reason for it to try again."""
    async with office(tmp_path) as place:
        body = json.dumps({"webhook_event": "sms_mo", "data": {"id": "1", "text": "STOP"}}).encode()
        assert (await place.seven("", body=body)).status == 200


async def test_a_vendor_that_signs_nothing_calls_a_path_that_nobody_guesses(tmp_path: Path) -> None:
    """With GET and a query; another secret, or none, is forged."""
    async with office(tmp_path, "house", step=answer(200, "OK 4711")) as place:
        number = await place.sent()
        query = "?id=4711&now=done&number=4915112345678"
        wrong = [await place.call("GET", f"/callbacks/house{end}{query}") for end in ("", "/", "/0123456789abcdef-_XY")]
        assert [reply.status for reply in wrong] == [401, 404, 401]
        assert await told(place, number) == (State.SENT, None)
        assert (await place.call("GET", f"/callbacks/house/{CALLBACK_SECRET}{query}")).status == 200
        assert await told(place, number) == (State.DELIVERED, None)


LOX24_ID = "d6c12ac4-cc7d-11ec-b6da-525400bbb7dc"


def lox24(dlr_code: int) -> Step:
    """Take messages, and say what became of them to whoever asks."""

    async def step(line: Line) -> bool:
        is_question = line.head.method == "GET"
        body = {"uuid": LOX24_ID, "status_code": 100} | ({"dlr_code": dlr_code} if is_question else {"parts_count": 1})
        return await answer(200 if is_question else 201, body)(line)

    return step


async def hint(place: Office, uuid: str = LOX24_ID) -> int:
    """Call as anybody can; returns the HTTP status."""
    body = json.dumps({"name": "sms.delivery", "data": {"id": uuid, "dlr_code": 1}}).encode()
    return (await place.call("POST", "/callbacks/lox24", (), body)).status


async def test_whoever_calls_the_vendor_is_asked(tmp_path: Path) -> None:
    """An unsigned call says delivered, the vendor says rejected: the vendor is right."""
    async with office(tmp_path, "lox24", step=lox24(16)) as place:
        number = await place.sent()
        assert await hint(place) == 200
        await place.dispatch.becomes(number, State.UNDELIVERED)
        assert [request.target for request in place.vendor.requests] == ["/sms", f"/sms/{LOX24_ID}"]
        assert place.count("lox24", "hint") == 1


async def test_a_hint_about_nothing_of_ours_asks_nobody(tmp_path: Path) -> None:
    """Nobody makes us ask the vendor for ids that we never got, or for what has ended."""
    async with office(tmp_path, "lox24", step=lox24(1)) as place:
        number = await place.sent()
        assert [await hint(place, uuid) for uuid in ("../secrets", "unknown", LOX24_ID)] == [200, 200, 200]
        await place.dispatch.becomes(number, State.DELIVERED)
        assert await hint(place) == 200
        assert not await place.reporting.poller.follow_hint()
        assert [request.target for request in place.vendor.requests] == ["/sms", f"/sms/{LOX24_ID}"]


async def test_nothing_is_logged_but_the_event(tmp_path: Path) -> None:
    """Neither ids, words, headers nor addresses of a call are in the log, taken or refused."""
    async with office(tmp_path) as place:
        await place.sent()
        await place.seven("DELIVERED", nonce="marked-n0nce", headers={"User-Agent": "marked-agent"})
        await place.seven("marked-word", key="marked-key")
        lines = [json.loads(line) for line in place.dispatch.lines.getvalue().splitlines()]
        about = [line for line in lines if line["event"].startswith("report_")]
        assert [(line["event"], line["provider"]) for line in about] == [
            ("report_received", "seven"),
            ("report_refused", "seven"),
        ]
        assert [mark for mark in ("marked", SEVEN_ID, "127.0.0.1") if mark in place.dispatch.lines.getvalue()] == []
        assert set(about[0]) <= {"time", "level", "event", "provider", "count"}
        assert set(about[1]) <= {"time", "level", "event", "provider", "status"}
