"""A spool that cannot grow: newcomers hear 503, readiness fails, and what was accepted stays and is sent."""

import asyncio
from pathlib import Path

import pytest

from tests.fakes.capture_http import Hang, HttpCapture, seven_accepts
from tests.fakes.configuration import Tables, merged
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import Reply
from tests.fakes.provider_tables import seven
from tests.oracle import sinks
from tests.oracle.room import LOUD, Room
from tests.oracle.searcher import search

SMS = {"recipient": "+4915112345678", "text": "Ihr Termin ist morgen."}
# A file may have so many KB: writing on is an error, as on a disk that is full.
LIMIT = ("bash", "-c", 'ulimit -f 1200; exec "$@"', "limited")
MARKED = 20
# Looks at a spool that refuses, and the seconds between them: longer than a write-back of the log takes.
IN_A_ROW = 12
PAUSE = 0.25
LONG = "sehr lang " * 80


def _tables(web: HttpCapture, **spool: object) -> Tables:
    delivery = {"in_memory": 20, "lease": "1s", "on_doubt_sms": "repeat"}
    return {"providers": {"web": seven(web)}, "routes": {"sms": ["web"]}, "spool": spool, "delivery": delivery}


async def _is_refused(gateway: Gateway, reply: Reply) -> None:
    """Hold an answer and the readiness to what a full spool means."""
    assert (reply.status, reply.header("Content-Type")) == (503, "application/problem+json")
    assert int(reply.header("Retry-After") or 0) > 0
    assert (await gateway.admin("/readyz")).status == 503
    assert (await gateway.admin("/healthz")).status == 200


@pytest.mark.parametrize("spool", [{"max_messages": 2}, {"min_free": "900000GB"}])
async def test_a_spool_at_its_bounds_refuses(spool: dict[str, object], web: HttpCapture, tmp_path: Path) -> None:
    """`max_messages` waiting, or less disk than `min_free`: 503 with Retry-After, and not ready."""
    web.answer = Hang()
    async with Gateway(tmp_path, _tables(web, **spool)) as gateway:
        key = await gateway.add_client("praxis")
        replies = [await gateway.submit("sms", key, SMS) for _ in range(3)]
        await _is_refused(gateway, replies[-1])


async def _fill(room: Room) -> tuple[list[str], Reply]:
    """Submit until nothing more is taken; return the ids of what was accepted, and the last refusal.

    A single refusal may be of the write-ahead log alone, which has room again once it has been written back; and where
    a message does not fit any more, the row of the readiness check still may.
    """
    accepted: list[str] = []
    refused = 0
    for number in range(5000):
        mark = room.mint.content("text") if number < MARKED else ""
        fields = {"recipient": SMS["recipient"], "text": f"Nr. {number}. {mark} {LONG}"}
        reply = await room.gateway.ask(room.client.request("sms", fields))
        if reply.status == 202:
            accepted.append(reply.json()["id"])
            refused = 0
            continue
        ready = (await room.gateway.admin("/readyz")).status == 200
        refused = 0 if ready else refused + 1
        if refused == IN_A_ROW:
            return accepted, reply
        await asyncio.sleep(PAUSE)
    message = "the spool is never full"
    raise AssertionError(message)


async def test_a_full_disk_loses_nothing_and_leaks_nothing(web: HttpCapture, tmp_path: Path) -> None:
    """When the spool's file can grow no more intake stops; what was accepted is known, and is sent once it can be."""
    web.answer = Hang()
    gateway = Gateway(tmp_path, merged(LOUD, _tables(web)), prefix=LIMIT)
    room = await Room.open(gateway, seed=31)
    accepted, refusal = await _fill(room)
    await _is_refused(gateway, refusal)
    known = [await _known(gateway, message, room.client.key) for message in accepted]
    assert len(known) > MARKED
    assert set(known) <= {"queued", "sending", "deferred", "in_doubt"}
    assert search(await sinks.of(gateway, [web]), room.mint.marks) == []
    await gateway.kill()
    assert search(sinks.at_rest(gateway), room.mint.marks) == []
    web.answer = seven_accepts
    gateway.command = gateway.command[len(LIMIT) :]
    async with gateway:
        for message in accepted:
            await gateway.settled(message, room.client.key, at=["sent"])
        assert (await gateway.admin("/readyz")).status == 200


async def _known(gateway: Gateway, message: str, key: str) -> str:
    return str((await gateway.status(message, key))["status"])
