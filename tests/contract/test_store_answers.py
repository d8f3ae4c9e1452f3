"""First answers: one a key, in the transaction of their messages, gone with their time and with what they tell of."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.core.message import Channel
from gateway.spool.answers import AnswerTakenError, FirstAnswer, NewAnswer
from gateway.spool.store import Accepted, IdTakenError, Store
from tests.contract.spool_rooms import DAY, NOW, StoreIn, message, opened

KEY, REQUEST = b"k" * 16, b"r" * 16


def answer(**different: Any) -> NewAnswer:  # noqa: ANN401 (any fields of an answer)
    """Return the answer to a request with a key, known for a day."""
    values: dict[str, Any] = {
        "client_id": 1, "key": KEY, "request": REQUEST, "status": 202, "body": "{}", "message": None, "created_at": NOW,
    }  # fmt: skip
    values |= different
    return NewAnswer(**values, dead_at=values["created_at"] - DAY)


async def found(spool: Store, after: int = NOW - DAY, client: int = 1, key: bytes = KEY) -> FirstAnswer | None:
    """Return the answer under a key."""
    return await spool.first_answer(client, key, after)


async def test_an_answer_is_stored_with_its_messages(spool: Store) -> None:
    """It is found by client and key, while it is young enough."""
    await spool.put([message()], answer(body='{"a":"ü"}'))
    assert await found(spool) == FirstAnswer(REQUEST, 202, '{"a":"ü"}', NOW)
    assert [await found(spool, client=2), await found(spool, key=b"x" * 16), await found(spool, NOW)] == [None] * 3


async def test_a_key_is_taken_once(spool: Store) -> None:
    """Nothing of the second request is stored or counted, and the first answer stays."""
    await spool.put([message()], answer())
    second = message()
    with pytest.raises(AnswerTakenError):
        await spool.put([second, message()], answer(body="other", created_at=NOW + DAY - 1))
    assert (await spool.status(second.id), (await spool.accepted_in("2027-01-15", 1)).messages) == (None, 1)
    assert (await found(spool)) == FirstAnswer(REQUEST, 202, "{}", NOW)


async def test_an_old_answer_gives_way(spool: Store) -> None:
    """Whether or not retention was there."""
    await spool.put([message()], answer())
    await spool.put([message()], answer(body="new", request=b"n" * 16, status=200, created_at=NOW + DAY))
    assert await found(spool) == FirstAnswer(b"n" * 16, 200, "new", NOW + DAY)


async def test_others_do_not_fail_with_a_taken_key(spool: Store) -> None:
    """Requests that share a transaction have each their own fate, in order."""
    new = [message() for _ in range(30)]
    puts = [spool.put([each], answer(key=bytes([number // 2] * 16))) for number, each in enumerate(new)]
    outcomes = await asyncio.gather(*puts, return_exceptions=True)
    assert [None, AnswerTakenError] * 15 == [None if each is None else type(each) for each in outcomes]
    there = [await spool.status(each.id) is not None for each in new]
    assert there == [True, False] * 15


async def test_an_answer_falls_with_its_messages(spool: Store) -> None:
    """An id that is taken leaves no answer behind."""
    [first] = new = [message()]
    await spool.put(new)
    with pytest.raises(IdTakenError):
        await spool.put([message(), first], answer())
    assert await found(spool) is None


async def test_two_processes_share_the_keys(spool_in: StoreIn, tmp_path: Path) -> None:
    """At the same instant one of them stores."""
    async with opened(spool_in(tmp_path)) as one, opened(spool_in(tmp_path)) as other:
        for number in range(20):
            wanted = answer(key=bytes([number] * 16))
            puts = [store.put([message()], wanted) for store in (one, other)]
            outcomes = await asyncio.gather(*puts, return_exceptions=True)
            assert sorted(type(each).__name__ for each in outcomes) == ["AnswerTakenError", "NoneType"]
        assert (await other.accepted_in("2027-01", 1)).messages == 20


async def test_an_erased_message_is_not_told_of(spool: Store) -> None:
    """Its own answer loses all it says; that to a batch loses the id; others stay as they are."""
    alone, one, two = message(), message(), message()
    body = f'["{one.id}","{two.id}"]'
    await spool.put([alone], answer(body=f'{{"id":"{alone.id}"}}', message=alone.id))
    await spool.put([one, two], answer(key=b"b" * 16, body=body))
    await spool.put([message()], answer(key=b"o" * 16, body="other", message=None))
    for each in (alone, one):
        await spool.erase(each.id, 1, NOW)
    bodies = [(await found(spool, key=key)) for key in (KEY, b"b" * 16, b"o" * 16)]
    assert [each and each.body for each in bodies] == ["", f'["","{two.id}"]', "other"]


async def test_answers_are_purged_by_age(spool: Store) -> None:
    """In steps; the age of the oldest that is left is told."""
    for number in range(5):
        await spool.put([message()], answer(key=bytes([number] * 16), created_at=NOW + number))
    purges = [await spool.purge_answers(NOW + 2, 2) for _ in range(3)]
    assert [(purge.rows, purge.oldest_at) for purge in purges] == [(2, NOW + 2), (1, NOW + 3), (0, NOW + 3)]
    await spool.purge_answers(NOW + 10, 10)
    assert (await spool.purge_answers(NOW + 10, 10)).oldest_at is None


async def test_segments_count_for_day_and_month(spool: Store) -> None:
    """Those of text messages; mail has none."""
    await spool.put([message(segments=3), message(), message(channel=Channel.EMAIL, segments=None)])
    await spool.put([message(NOW + DAY, segments=1)])
    counts = [await spool.accepted_in(period, 1) for period in ("2027-01-15", "2027-01-16", "2027-01", "2027-02")]
    assert counts == [Accepted(3, 5), Accepted(1, 1), Accepted(4, 6), Accepted()]


async def test_a_month_is_counted_to_its_end(spool: Store) -> None:
    """Its days may be purged before; when all of them are old the month goes too."""
    await spool.put([message()])
    february = NOW + 17 * DAY
    await spool.purge_metadata(NOW + 2 * DAY, 10)
    assert [(await spool.accepted_in(period, 1)).messages for period in ("2027-01-15", "2027-01")] == [0, 1]
    await spool.purge_metadata(february, 10)
    assert (await spool.accepted_in("2027-01", 1)).messages == 0
