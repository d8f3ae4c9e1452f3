"""Subject rights: everything about one person, over clients and months, and what was asked for lasts."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.errors import FieldError
from gateway.core.message import Channel, Email, Mailbox, Message, Sms
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.privacy.pseudonyms import Pseudonyms, TagPurpose
from gateway.privacy.subjects import Subject, Subjects, parse_subject
from gateway.privacy.suppressions import Suppressions, lasting_tag
from gateway.privacy.told import receipt_members
from gateway.spool.clients import NewClient
from gateway.spool.keyring import Keyring, open_keyring
from gateway.spool.open import open_store
from gateway.spool.store import AttemptEnd, Store
from gateway.spool.subjects import Standing
from tests.contract.spool_rooms import DAY, ME, NOW, ended, leased_ids, message

ANNA = Subject("+491761234567", Channel.SMS)
BEN = Subject("ben@example.net", Channel.EMAIL)


@dataclass
class Room:
    """A spool with two clients, a keyring, and a clock that is set by hand."""

    folder: Path
    store: Store
    keyring: Keyring
    subjects: Subjects
    now: list[int] = field(default_factory=lambda: [NOW])

    async def put(self, to: Message, *, client: int = 1, at: int = NOW) -> str:
        """Put a message as intake does."""
        tag = Pseudonyms(self.keyring).recipient_tag(to, client_id=client, now=at)
        new = message(at, client_id=client, recipient_tag=tag.value, tag_epoch=tag.month)
        await self.store.put([new])
        return new.id


@asynccontextmanager
async def room_in(folder: Path) -> AsyncIterator[Room]:
    """Open it."""
    keyring = open_keyring(f"dir:///{folder}/keys", content=timedelta(hours=48), base=folder)
    store = await open_store(f"sqlite:///{folder}/spool.db", base=folder)
    for name in ("praxis", "laden"):
        await store.add_client(NewClient(name, frozenset(Channel), created_at=NOW), name.encode().ljust(32))
    clock = [NOW]
    try:
        yield Room(folder, store, keyring, Subjects(store, keyring, clock=lambda: clock[0]), clock)
    finally:
        await store.close()


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Return one for one test."""
    async with room_in(tmp_path) as room:
        yield room


def sms(to: Subject = ANNA) -> Sms:
    """Return a text message to somebody."""
    return Sms(to.address, "S3NT")


@pytest.mark.parametrize(
    "text, subject",
    [
        ("+491761234567", ANNA),
        (" 0176 1234567\n", ANNA),
        ("00491761234567", ANNA),
        ("Ben <ben@EXAMPLE.net>", BEN),
        ("ben@example.net", BEN),
    ],
)
def test_addresses_are_read_as_intake_reads_them(text: str, subject: Subject) -> None:
    """Any form of a number in the default region, and any form of a mailbox, is the same person."""
    assert parse_subject(text, "DE") == subject


@pytest.mark.parametrize("text", ["", "ben", "12", "a@b@c", "\0", "+49176123456789012345"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """The error names the field and the rule, not the value."""
    with pytest.raises(FieldError) as caught:
        parse_subject(text, "DE")
    assert caught.value.field == "address"
    assert text == "" or text not in str(caught.value)


async def test_a_person_is_found_over_clients_and_months(room: Room) -> None:
    """Whichever client sent, whichever month it was; others' messages are not found."""
    mail = Email(Mailbox("praxis@example.org"), Mailbox("Ben@example.net"), "", "")
    old, new = await room.put(sms(), at=NOW - 40 * DAY), await room.put(sms(), client=2)
    written = await room.put(mail)
    await room.put(sms(Subject("+491761234568", Channel.SMS)))
    report = await room.subjects.report(ANNA)
    assert [(each.status.id, each.client) for each in report.records] == [(old, "praxis"), (new, "laden")]
    assert [each.status.id for each in (await room.subjects.report(BEN)).records] == [written]


async def test_a_dead_month_is_not_found(room: Room) -> None:
    """Once a month's key is destroyed nobody can tell any more whose its messages were."""
    await room.put(sms(), at=NOW - 40 * DAY)
    room.keyring.destroy_tag_keys(NOW)
    assert (await room.subjects.report(ANNA)).records == []


async def test_without_the_keys_a_known_number_cannot_be_found(room: Room) -> None:
    """Whoever has the whole spool and every number, and not the keyring, finds nobody."""
    await room.put(sms())
    await room.subjects.object(ANNA)
    stolen = open_keyring(f"dir:///{room.folder}/others", content=timedelta(hours=48), base=room.folder)
    guessed = [Pseudonyms(stolen).tag(ANNA.address, TagPurpose.MESSAGE, client_id=n, now=NOW).value for n in (1, 2)]
    with sqlite3.connect(room.folder / "spool.db") as spool:
        tags = {tag for (tag,) in spool.execute("SELECT recipient_tag FROM messages")}
        lasting = {tag for (tag,) in spool.execute("SELECT tag FROM standings")}
    assert len(tags) == len(lasting) == 1
    assert tags.isdisjoint(guessed)
    assert lasting == {lasting_tag(room.keyring, ANNA.address)}
    assert lasting != {lasting_tag(stolen, ANNA.address)}
    assert lasting.isdisjoint(tags)


async def test_an_erasure_is_receipted_without_an_address(room: Room) -> None:
    """Counts and the time; a second one finds nothing, and what is new is taken: erasing does not suppress."""
    await room.put(sms())
    await room.put(sms(), client=2)
    receipt = await room.subjects.erase(ANNA)
    assert (receipt.action, receipt.at, receipt.messages, receipt.cancelled) == ("erase", NOW, 2, 2)
    again = await room.subjects.erase(ANNA)
    assert (again.messages, again.changed) == (0, False)
    assert (await room.subjects.report(ANNA)).standings == []


async def test_a_receipt_counts_what_lies_at_providers(room: Room) -> None:
    """What is ordered, what is left where nothing can be ordered, and nothing of what nobody has."""
    ends = [
        ("texts", AttemptEnd(State.SENT, provider_ref="ref-1")),
        ("texts", AttemptEnd(State.SENT, provider_ref="ref-2")),
        ("texts", AttemptEnd(State.IN_DOUBT)),
        ("others", AttemptEnd(State.SENT, provider_ref="ref-3")),
        ("others", AttemptEnd(State.FAILED, Reason.REFUSED)),
    ]
    for provider, end in ends:
        await room.put(sms())
        await leased_ids(room.store)
        [message_id] = [
            each.status.id for each in (await room.subjects.report(ANNA)).records if not each.status.provider
        ]
        assert await ended(room.store, message_id, end, provider)
    await room.put(sms(BEN))
    is_open = await room.put(sms())
    await leased_ids(room.store)
    await room.store.begin_attempt(is_open, ME, "texts", NOW)
    erasing = Subjects(room.store, room.keyring, erasing=lambda: {"texts": 0}, clock=lambda: NOW)
    receipt = await erasing.erase(ANNA)
    assert (receipt.messages, receipt.ordered, receipt.left) == (6, {"texts": 3}, {"texts": 1, "others": 1})
    # The hand-over that is under way is ordered when it has ended.
    assert (receipt.orders, await room.store.waiting_erasures()) == (3, 2)
    members = receipt_members(receipt)
    assert (members["ordered"], members["left"]) == ({"texts": 3}, {"others": 1, "texts": 1})
    again = await erasing.erase(ANNA)
    assert (again.messages, again.orders, again.left) == (0, None, {})


async def test_an_objection_outlives_erasure_and_months(room: Room) -> None:
    """It ends what waits, and holds when nothing else is left and every monthly key is another."""
    message_id = await room.put(sms())
    assert (await room.subjects.object(ANNA)).ended == 1
    status = await room.store.status(message_id)
    assert status is not None
    assert status.state is State.FAILED
    await room.subjects.erase(ANNA)
    room.keyring.destroy_tag_keys(NOW + 400 * DAY)
    suppressions = Suppressions(room.store, room.keyring)
    await suppressions.refresh()
    assert [suppressions.standing(each.address) for each in (ANNA, BEN)] == [Standing.OBJECTED, None]
    assert suppressions.of_message(sms()) is Standing.OBJECTED
    assert (await room.subjects.report(ANNA)).standings == [(Standing.OBJECTED, NOW)]


async def test_a_restriction_holds_until_it_is_withdrawn(room: Room) -> None:
    """What waits is kept and not sent; afterwards it is due again, and nothing is asked for any more."""
    await room.put(sms())
    suppressions = Suppressions(room.store, room.keyring)
    restricted = await room.subjects.restrict(ANNA)
    await suppressions.refresh()
    assert (restricted.messages, restricted.held, suppressions.standing(ANNA.address)) == (1, 1, Standing.RESTRICTED)
    assert (await room.subjects.restrict(ANNA)).changed is False
    withdrawn = await room.subjects.withdraw(ANNA)
    await suppressions.refresh()
    assert (withdrawn.released, withdrawn.changed, suppressions.standing(ANNA.address)) == (1, True, None)
    assert (await room.subjects.withdraw(ANNA)).changed is False


async def test_an_objection_ends_what_a_restriction_held(room: Room) -> None:
    """Both may be asked for; the objection decides."""
    await room.put(sms())
    await room.subjects.restrict(ANNA)
    assert (await room.subjects.object(ANNA)).ended == 1
    suppressions = Suppressions(room.store, room.keyring)
    await suppressions.refresh()
    assert suppressions.standing(ANNA.address) is Standing.OBJECTED
