"""Events in the spool: written with the change of state, told once, and gone with their message."""

from pathlib import Path

from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.spool.events import Claim, MessageChange, NoticeChange, Pause, Told, WaitingEvent
from gateway.spool.store import AttemptEnd, Store
from tests.contract.spool_rooms import DAY, ME, NOW, StoreIn, ended, leased_ids, message, opened, stored

CLIENT = 1
URL = "https://client.example/events"
SENT = AttemptEnd(State.SENT)
FAILED = AttemptEnd(State.FAILED, Reason.INVALID_RECIPIENT)


def claim(now: int = NOW, limit: int = 10, oldest_at: int = NOW - DAY) -> Claim:
    """Ask for what is due of the one client, for a minute."""
    return Claim(CLIENT, now, now + 60, oldest_at, limit)


async def one(store: Store, end: AttemptEnd = SENT) -> str:
    """Let one message come to this end and return its id."""
    number = await stored(store)
    await leased_ids(store)
    assert await ended(store, number, end)
    return number


async def claimed(store: Store, now: int = NOW) -> list[WaitingEvent]:
    """Return what is due."""
    return list((await store.claim_events(claim(now))).events)


async def test_a_change_of_state_is_an_event(spool: Store) -> None:
    """What it tells is what is known of the message at that time; its id is its own."""
    await spool.set_webhook(CLIENT, URL, b"sealed")
    number = await one(spool, FAILED)
    assert await spool.due_clients(NOW) == [CLIENT]
    [event] = await claimed(spool)
    change = MessageChange(number, "failed", "invalid_recipient", "alpha", attempts=1)
    assert event == WaitingEvent(event.n, event.id, change, at=NOW, tries=0)
    assert (len(event.id), event.id == number) == (32, False)


async def test_who_wants_no_events_gets_none(spool: Store) -> None:
    """Without a webhook nothing is written, not even for later."""
    await one(spool)
    await spool.set_webhook(CLIENT, URL, b"sealed")
    assert (await spool.due_clients(NOW), await claimed(spool)) == ([], [])


async def test_states_on_the_way_are_no_events(spool: Store) -> None:
    """A message that waits for its next attempt has not come to anything."""
    await spool.set_webhook(CLIENT, URL, b"sealed")
    await one(spool, AttemptEnd(State.DEFERRED, Reason.TIMEOUT, due_at=NOW + 9))
    assert await claimed(spool) == []


async def test_expiry_and_reports_are_events(spool: Store) -> None:
    """Whatever statement changes the state."""
    await spool.set_webhook(CLIENT, URL, b"sealed")
    number = await stored(spool, expires_at=NOW + 1)
    assert (await spool.expire(NOW + 2, 10)).total() == 1
    changes = [event.tells for event in await claimed(spool, NOW + 2)]
    assert changes == [MessageChange(number, "expired", "deadline", None, attempts=0)]


async def test_an_event_is_claimed_once(spool: Store) -> None:
    """Another process gets it when the claim has ended, not before; what was taken is gone."""
    await spool.set_webhook(CLIENT, URL, b"sealed")
    await one(spool)
    [event] = await claimed(spool)
    assert (await claimed(spool, NOW + 59), await claimed(spool, NOW + 60)) == ([], [event])
    assert await spool.note_told(Told(CLIENT, URL, NOW, taken=[event.n], is_well=True)) is None
    assert await claimed(spool, NOW + DAY) == []
    found = await spool.webhook(CLIENT)
    assert found is not None
    assert (found.waiting, found.failures) == (0, 0)


async def test_a_missed_event_comes_again(spool: Store) -> None:
    """At its next time, with the tries counted; the client is left alone until then."""
    await spool.set_webhook(CLIENT, URL, b"sealed")
    await one(spool)
    [event] = await claimed(spool)
    await spool.note_told(Told(CLIENT, URL, NOW, missed=[(event.n, NOW + 30)], retry_at=NOW + 20))
    assert [await spool.due_clients(NOW + later) for later in (19, 29, 30)] == [[], [], [CLIENT]]
    assert [each.tries for each in await claimed(spool, NOW + 30)] == [1]
    found = await spool.webhook(CLIENT)
    assert found is not None
    assert (found.failures, found.failing_since, found.retry_at) == (1, NOW, NOW + 20)


async def test_a_clock_that_was_set_back_keeps_nobody_waiting(spool: Store) -> None:
    """A client is told again as long after its failure as it was meant to be."""
    await spool.set_webhook(CLIENT, URL, b"sealed")
    await one(spool)
    [event] = await claimed(spool)
    await spool.note_told(Told(CLIENT, URL, NOW, missed=[(event.n, NOW + 30)], retry_at=NOW + 20))
    await spool.set_back(NOW - DAY, DAY, 30)
    assert [await spool.due_clients(NOW - DAY + later) for later in (29, 30)] == [[], [CLIENT]]


async def test_what_is_too_old_is_dropped(spool: Store) -> None:
    """And counted."""
    await spool.set_webhook(CLIENT, URL, b"sealed")
    await one(spool)
    got = await spool.claim_events(claim(NOW + DAY + 1, oldest_at=NOW + 1))
    found = await spool.webhook(CLIENT)
    assert found is not None
    assert (list(got.events), got.dropped, found.waiting, found.dropped) == ([], 1, 0, 1)


async def test_a_paused_webhook_keeps_nothing(spool: Store) -> None:
    """What waits is dropped, nothing comes, and setting it again makes it go on."""
    await spool.set_webhook(CLIENT, URL, b"sealed")
    await one(spool)
    assert await spool.note_told(Told(CLIENT, URL, NOW, pause=Pause.GONE)) == 1
    assert await spool.note_told(Told(CLIENT, URL, NOW, pause=Pause.GONE)) is None
    await one(spool)
    found = await spool.webhook(CLIENT)
    assert found is not None
    assert (found.pause, found.paused_at, found.waiting, found.dropped) == (Pause.GONE, NOW, 0, 1)
    await spool.set_webhook(CLIENT, URL, b"another")
    await one(spool)
    assert len(await claimed(spool)) == 1


async def test_another_url_is_not_paused_by_the_old_one(spool: Store) -> None:
    """The operator was quicker."""
    await spool.set_webhook(CLIENT, "https://another.example", b"sealed")
    assert await spool.note_told(Told(CLIENT, URL, NOW, pause=Pause.GONE)) is None


async def test_an_erased_message_has_no_events(spool: Store) -> None:
    """By its client, by the retention, or with the webhook."""
    await spool.set_webhook(CLIENT, URL, b"sealed")
    erased, _ = await one(spool), await one(spool)
    await spool.erase(erased, CLIENT, NOW)
    found = await spool.webhook(CLIENT)
    assert found is not None
    assert found.waiting == 1
    await spool.purge_metadata(NOW + 1, 10)
    assert await claimed(spool) == []
    await one(spool)
    assert (await spool.remove_webhook(CLIENT), await spool.remove_webhook(CLIENT)) == (True, False)
    assert (await claimed(spool), await spool.webhooks()) == ([], [])


async def test_a_secret_is_rotated(spool: Store) -> None:
    """Both are there until the old one's end, and then it is forgotten."""
    assert await spool.rotate_secret(CLIENT, b"new", NOW + 9) is False
    await spool.set_webhook(CLIENT, URL, b"old")
    assert await spool.rotate_secret(CLIENT, b"new", NOW + 9) is True
    await claimed(spool, NOW + 8)
    before = await spool.webhook(CLIENT)
    await claimed(spool, NOW + 9)
    after = await spool.webhook(CLIENT)
    assert before is not None
    assert after is not None
    assert (before.secret, before.old_secret, after.secret, after.old_secret) == (b"new", b"old", b"new", None)


async def test_a_closed_client_has_no_webhook(spool: Store) -> None:
    """Of a client that is closed nothing is left to be told or to be told at."""
    await spool.set_webhook(CLIENT, URL, b"sealed")
    await spool.close_client(CLIENT)
    assert await spool.webhooks() == []


async def test_events_outlive_the_process(spool_in: StoreIn, tmp_path: Path) -> None:
    """What was not told before a restart is told after it."""
    async with opened(spool_in(tmp_path)) as store:
        await store.set_webhook(CLIENT, URL, b"sealed")
        new = message()
        await store.put([new])
        await leased_ids(store, ME)
        await ended(store, new.id, SENT)
    async with opened(spool_in(tmp_path)) as store:
        assert [event.tells for event in await claimed(store)] == [MessageChange(new.id, "sent", None, "alpha", 1)]


async def test_a_new_notice_is_an_event(spool: Store) -> None:
    """To each client that is told, once a version; of the first one, and of the same one again, there is none."""
    for client in (CLIENT, 2, 3):
        await spool.set_webhook(client, URL, b"sealed")
    await spool.note_told(Told(3, URL, NOW, pause=Pause.GONE))
    for version in ("a", "a", "b", "b"):
        await spool.publish_disclosure(version, "{}", NOW)
    assert await spool.due_clients(NOW) == [CLIENT, 2]
    [event] = await claimed(spool)
    assert event == WaitingEvent(event.n, event.id, NoticeChange("b"), at=NOW, tries=0)
    assert await spool.note_told(Told(CLIENT, URL, NOW, taken=[event.n], is_well=True)) is None
    assert await spool.due_clients(NOW) == [2]
    await spool.publish_disclosure("a", "{}", NOW + 9)
    assert [(each.tells, each.at) for each in await claimed(spool, NOW + 9)] == [(NoticeChange("a"), NOW + 9)]
