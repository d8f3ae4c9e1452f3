"""The one door: who may send what, what keeps everybody out, and that nothing is half accepted."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.address import parse_mailbox
from gateway.core.message import Channel, Email, Message, Sms
from gateway.core.rate import Rate
from gateway.core.state import State
from gateway.intake.accept import Refused
from gateway.provider import Handover
from gateway.settings import LimitsSection, SpoolSection
from gateway.spool.store import MessageStatus
from tests.fakes.desk import NOW, Desk, desk_in
from tests.fakes.dispatch import until

SMS = Sms("+491761234567", "Montag neun Uhr")
MAIL = Email(
    parse_mailbox("sender", "Praxis <praxis@example.org>"), parse_mailbox("recipient", "anna@example.net"), "Termin", ""
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Return a door with everything behind it."""
    async with desk_in(tmp_path) as desk:
        yield desk


async def stored(desk: Desk) -> int:
    """Return how many messages are in the spool."""
    return sum(depth.count for depth in await desk.store.store.queue_depths())


def refusal(answer: MessageStatus | Refused) -> tuple[str, list[tuple[str, str]], int | None]:
    """Return why, which fields, and when to come back."""
    assert isinstance(answer, Refused)
    return answer.refusal.name, [(error.field, error.flaw.name) for error in answer.errors], answer.retry_after


@pytest.mark.parametrize("message, segments", [(SMS, 1), (Sms("+491761234567", "ü" * 161), 2), (MAIL, None)])
async def test_an_accepted_message_is_in_the_spool_sealed(desk: Desk, message: Message, segments: int | None) -> None:
    """The status is the one that the spool has; the content opens to the message and the reference."""
    client, _ = await desk.client()
    status = await desk.door.accept(client, message, stripped=3)
    assert isinstance(status, MessageStatus)
    found = await desk.store.status(status.id)
    assert (status.state, status.segments, status.stripped, status.attempts) == (State.QUEUED, segments, 3, 0)
    assert (status.created_at, status.updated_at, status.expires_at) == (NOW, NOW, NOW + 24 * 3600)
    assert (found.segments, found.stripped, found.created_at, found.expires_at) == (
        segments, 3, NOW, NOW + 24 * 3600,
    )  # fmt: skip
    assert (await desk.store.accepted_in("2027-01-15", client.id)).messages == 1


async def test_delivery_is_passed_what_it_has_room_for(desk: Desk) -> None:
    """Leased to this process, with the reference that was sealed; the rest waits in the spool for anybody."""
    client, _ = await desk.client()
    other, _ = await desk.client("other")
    desk.delivery.room = {client.id}
    passed, waiting = await desk.door.accept(client, SMS), await desk.door.accept(other, SMS)
    assert isinstance(passed, MessageStatus)
    assert isinstance(waiting, MessageStatus)
    [work] = desk.delivery.passed
    assert (work.id, work.client_id, work.client_name, work.channel) == (passed.id, client.id, "praxis", Channel.SMS)
    assert (work.message, work.attempts, work.created_at, work.expires_at) == (SMS, 0, NOW, NOW + 24 * 3600)
    [leased] = await desk.store.lease("another", NOW, 10, channels=list(Channel))
    assert waiting.id == leased.id
    message, reference = desk.sealer.open(leased.content, message_id=leased.id, client_id=other.id)
    assert (message, len(reference)) == (SMS, 32)
    assert work.handover == Handover(work.handover.reference, NOW)
    assert reference != work.handover.reference


@pytest.mark.parametrize(
    "given, message, errors",
    [
        ({"channels": frozenset({Channel.EMAIL})}, SMS, [("channel", "NOT_ALLOWED")]),
        ({"channels": frozenset({Channel.SMS})}, MAIL, [("channel", "NOT_ALLOWED")]),
        ({"channels": frozenset()}, MAIL, [("channel", "NOT_ALLOWED")]),
        ({"senders": ("*@other.example", "info@example.org")}, MAIL, [("sender", "NOT_ALLOWED")]),
        ({}, Sms(SMS.recipient, "x", "Praxis"), [("sender_id", "NOT_ALLOWED")]),
        ({"sender_ids": ("praxis",)}, Sms(SMS.recipient, "x", "Praxis"), [("sender_id", "NOT_ALLOWED")]),
        ({"countries": frozenset({"AT"})}, SMS, [("recipient", "COUNTRY")]),
        (
            {"countries": frozenset({"AT"})},
            Sms(SMS.recipient, "x", "Praxis"),
            [("sender_id", "NOT_ALLOWED"), ("recipient", "COUNTRY")],
        ),
        ({"countries": frozenset({"DE"})}, Sms("+80012345678", "x"), [("recipient", "COUNTRY")]),
    ],
)
async def test_what_a_client_may_not_send_is_refused(
    desk: Desk, given: dict[str, Any], message: Message, errors: list[tuple[str, str]]
) -> None:
    """The fields are named; nothing is kept."""
    client, _ = await desk.client(**given)
    assert refusal(await desk.door.accept(client, message)) == ("NOT_ALLOWED", errors, None)
    assert (await stored(desk), desk.delivery.passed) == (0, [])


@pytest.mark.parametrize(
    "given, message",
    [
        ({"senders": ("*@other.example", "*@example.org")}, MAIL),
        ({"senders": ("PRAXIS@EXAMPLE.ORG",)}, MAIL),
        ({"senders": ("*@other.example",), "countries": frozenset({"AT"})}, Sms("+436641234567", "x")),
        ({"sender_ids": ("Praxis", "Other")}, Sms(SMS.recipient, "x", "Praxis")),
        ({"countries": frozenset({"DE", "AT"})}, SMS),
        ({"countries": frozenset({"AT"})}, MAIL),
    ],
)
async def test_what_a_client_may_send_is_accepted(desk: Desk, given: dict[str, Any], message: Message) -> None:
    """Senders bind mail alone, sender IDs and countries text messages alone."""
    client, _ = await desk.client(**given)
    assert isinstance(await desk.door.accept(client, message), MessageStatus)


async def test_a_text_of_too_many_segments_is_refused(tmp_path: Path) -> None:
    """Up to the limit it is accepted."""
    async with desk_in(tmp_path, max_segments=2) as desk:
        client, _ = await desk.client()
        assert isinstance(await desk.door.accept(client, Sms(SMS.recipient, "x" * 306)), MessageStatus)
        answer = await desk.door.accept(client, Sms(SMS.recipient, "x" * 307))
        assert refusal(answer) == ("INVALID", [("text", "TOO_MANY_SEGMENTS")], None)
        assert await stored(desk) == 1


async def test_a_message_without_a_route_is_refused(desk: Desk) -> None:
    """It is asked for this client and this message."""
    client, _ = await desk.client()
    desk.routes["praxis"] = ()
    assert refusal(await desk.door.accept(client, SMS)) == ("NO_ROUTE", [], None)
    other, _ = await desk.client("other")
    assert isinstance(await desk.door.accept(other, SMS), MessageStatus)


async def test_limits_are_kept(tmp_path: Path) -> None:
    """The rate counts every message that could be sent, the day those that were accepted."""
    async with desk_in(tmp_path, limits=LimitsSection(rate=Rate(2, 1), daily=3)) as desk:
        client, _ = await desk.client()
        for _ in range(2):
            assert isinstance(await desk.door.accept(client, SMS), MessageStatus)
        assert refusal(await desk.door.accept(client, SMS)) == ("RATE", [], 1)
        desk.now += 1
        assert isinstance(await desk.door.accept(client, SMS), MessageStatus)
        assert refusal(await desk.door.accept(client, SMS)) == ("DAILY", [], 57_599)
        assert await stored(desk) == 3


async def test_a_closed_door_accepts_nothing(desk: Desk) -> None:
    """While the gateway drains everybody is told to come back."""
    client, _ = await desk.client()
    desk.door.close()
    assert refusal(await desk.door.accept(client, SMS)) == ("DRAINING", [], 5)


async def test_nothing_is_added_while_retention_is_overdue(desk: Desk) -> None:
    """What should be gone goes first."""
    client, _ = await desk.client()
    desk.overdue.append("content")
    assert refusal(await desk.door.accept(client, SMS)) == ("RETENTION", [], 60)
    desk.overdue.clear()
    assert isinstance(await desk.door.accept(client, SMS), MessageStatus)


async def test_a_full_spool_accepts_nothing(tmp_path: Path) -> None:
    """Between two looks the door counts on; a look sees what has gone; both turns are logged once."""
    async with desk_in(tmp_path, spool=SpoolSection(max_messages=2)) as desk:
        client, _ = await desk.client()
        ids = [await desk.door.accept(client, SMS) for _ in range(2)]
        assert refusal(await desk.door.accept(client, SMS)) == ("FULL", [], 60)
        for _ in range(2):
            await desk.capacity.look()
        assert refusal(await desk.door.accept(client, SMS)) == ("FULL", [], 60)
        assert isinstance(ids[0], MessageStatus)
        await desk.store.erase(ids[0].id, client.id, desk.now)
        await desk.capacity.look()
        assert isinstance(await desk.door.accept(client, SMS), MessageStatus)
    events = [line.split('"event":"')[1].split('"')[0] for line in desk.lines.getvalue().splitlines()]
    assert events == ["spool_full", "spool_recovered"]


async def test_a_disk_with_little_room_is_full(tmp_path: Path) -> None:
    """What must stay free is the operator's to say."""
    async with desk_in(tmp_path, spool=SpoolSection(min_free=1 << 60)) as desk:
        client, _ = await desk.client()
        assert isinstance(await desk.door.accept(client, SMS), MessageStatus)
        await desk.capacity.look()
        assert refusal(await desk.door.accept(client, SMS)) == ("FULL", [], 60)


async def test_capacity_looks_by_itself(tmp_path: Path) -> None:
    """At once when it starts."""
    async with desk_in(tmp_path, spool=SpoolSection(min_free=1 << 60)) as desk:
        desk.capacity.start()

        async def is_full() -> bool:
            return not desk.capacity.has_room()

        await until(is_full)
        await desk.capacity.stop()


@pytest.mark.parametrize("fault, expected", [("is_full", ("FULL", [], 60)), ("is_away", ("UNAVAILABLE", [], 5))])
async def test_a_store_that_fails_accepts_nothing(
    tmp_path: Path, fault: str, expected: tuple[str, list[object], int]
) -> None:
    """Nothing is passed on, and the day's room is given back."""
    async with desk_in(tmp_path, limits=LimitsSection(daily=1)) as desk:
        client, _ = await desk.client()
        await desk.limits.take(client, [])
        setattr(desk.store, fault, True)
        assert expected == refusal(await desk.door.accept(client, SMS))
        assert desk.delivery.passed == []
        setattr(desk.store, fault, False)
        assert isinstance(await desk.door.accept(client, SMS), MessageStatus)


async def test_a_count_that_cannot_be_read_accepts_nothing(desk: Desk) -> None:
    """At first sight of a client the day's count is asked for."""
    client, _ = await desk.client()
    desk.store.is_away = True
    assert refusal(await desk.door.accept(client, SMS)) == ("UNAVAILABLE", [], 5)


async def test_a_keyring_that_fails_accepts_nothing(desk: Desk) -> None:
    """Without a key nothing can be sealed, so nothing is put."""
    client, _ = await desk.client()
    content = desk.folder / "keys" / "content"
    content.rmdir()
    content.write_bytes(b"")
    assert refusal(await desk.door.accept(client, SMS)) == ("UNAVAILABLE", [], 5)
    assert await stored(desk) == 0
