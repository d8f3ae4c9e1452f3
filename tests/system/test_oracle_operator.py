"""The leak oracle over what operators do: every command, at its success and its failure, beside two processes."""

import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.capture_http import Hang, HttpCapture, seven_accepts
from tests.fakes.configuration import merged
from tests.fakes.gateway import PROGRAM, Gateway
from tests.fakes.provider_tables import seven
from tests.oracle import ambient, sinks
from tests.oracle.marks import IN_RECORDS
from tests.oracle.room import LOUD, Room
from tests.oracle.searcher import Sink, search

# Each with the exit statuses that it may have; what `doctor` finds depends on the machine.
LOOKS = (
    (("doctor",), {0, 1}),
    (("notice", "--lang", "de"), {0}),
    (("record", "--json"), {0}),
    (("processors",), {0}),
    (("retention", "status"), {0}),
    (("retention", "run", "--json"), {0}),
    (("keys", "status", "--json"), {0}),
    (("audit", "verify"), {0}),
    (("audit", "list", "--json"), {0}),
    (("messages", "list", "--json"), {0}),
    (("messages", "release", "--all"), {0}),
    (("messages", "give-up", "--all"), {0}),
)
RIGHTS = ("report", "export", "restrict", "object", "erase", "withdraw")


@pytest.fixture
async def room(web: HttpCapture, tmp_path: Path) -> AsyncIterator[Room]:
    """A gateway of two workers, with an SMS that was sent, one that is in doubt, and one that waits."""
    tables = merged(LOUD, {"providers": {"web": seven(web, timeout="1s")}, "routes": {"sms": ["web"]}})
    gateway = Gateway(tmp_path, tables, command=(str(PROGRAM), "serve", "--workers", "2"))
    opened = await Room.open(gateway, seed=47)
    sent = await opened.sms(opened.mint.phone("sent", "+491521"))
    await gateway.settled(sent, opened.client.key, at=["sent"])
    web.answer = Hang()
    doubted = await opened.sms(opened.mint.phone("doubted", "+491522"))
    await gateway.settled(doubted, opened.client.key, at=["in_doubt"])
    await later(opened)
    yield opened
    await gateway.kill()


async def later(room: Room) -> None:
    """Submit a message that is due in an hour."""
    at = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = ambient.sms(room.mint, room.mint.phone("later", "+491523"))
    assert (await room.gateway.ask(room.client.request("sms", fields, Send_At=at))).status == 202


async def printed(room: Room, *words: str, stdin: str = "", codes: Sequence[int] = (0,), apart: bool = False) -> Sink:
    """Run a command, as a process of its own where `apart`, and return all that it prints."""
    run = room.gateway.run if apart else room.gateway.call
    done = await run(*words, stdin=stdin.encode())
    assert done.code in codes, done
    return Sink(f"umschlag {words[0]} {words[1:2]}", f"{done.stdout}{done.stderr}".encode(), IN_RECORDS)


async def looked(room: Room, backup: Path) -> list[Sink]:
    """Return what all commands print that take no address, and some that are wrong."""
    said = [await printed(room, *words, codes=tuple(codes)) for words, codes in LOOKS]
    wrong, address = room.mint.ambient("wrong-argument"), room.mint.ambient("wrong-address")
    refused = (
        ("retention", "prove", f"/nowhere/{wrong}"),
        ("messages", "show", wrong),
        ("keys", "destroy", "--yes", "--before", wrong),
        ("clients", "revoke", wrong),
        (wrong,),
    )
    said += [await printed(room, *words, codes=(1, 2), apart=True) for words in refused]
    said += [await printed(room, "subject", action, stdin=address, codes=(2,)) for action in ("report", "object")]
    return [*said, await printed(room, "retention", "prove", str(backup))]


async def test_no_command_leaks(room: Room, web: HttpCapture, tmp_path: Path) -> None:
    """What they print, and what they leave behind, has no mark in it; neither has any process of the gateway."""
    gateway, marks = room.gateway, room.mint.marks
    backup = Path(shutil.copytree(gateway.home / "data", tmp_path / "backup")) / "spool.db"
    assert search([*await looked(room, backup), *await sinks.of(gateway, [web])], marks) == []
    waiting = next(mark.value for mark in marks if mark.where == "later")
    said = [await printed(room, "subject", action, stdin=waiting) for action in RIGHTS]
    assert search([*said, await printed(room, "audit", "verify"), *await sinks.of(gateway, [web])], marks) == []
    assert await gateway.terminate() == 0
    assert search(sinks.at_rest(gateway), marks) == []


async def test_a_copy_that_is_put_back_leaks_nothing(room: Room, web: HttpCapture, tmp_path: Path) -> None:
    """Killed, put back, held, released and killed again: no mark is in what is printed, left behind or shown."""
    gateway, marks = room.gateway, room.mint.marks
    await gateway.kill()
    shutil.copytree(gateway.home / "data", tmp_path / "copy")
    await gateway.start()
    assert await gateway.terminate() == 0
    shutil.rmtree(gateway.home / "data")
    shutil.copytree(tmp_path / "copy", gateway.home / "data")
    await gateway.start()
    await gateway.logged("restored")
    assert search(await sinks.of(gateway, [web]), marks) == []
    web.answer = seven_accepts
    said = [await printed(room, "messages", "release", "--restored"), await printed(room, "messages", "list")]
    assert search([*said, *await sinks.of(gateway, [web])], marks) == []
    await gateway.kill()
    assert search(sinks.at_rest(gateway), marks) == []
