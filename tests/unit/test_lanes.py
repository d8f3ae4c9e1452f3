"""What lanes are made of: fair queues, paces and the room in memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.message import Channel, Sms
from gateway.core.rate import Rate
from gateway.delivery.fair_queue import FairQueue
from gateway.delivery.pace import Pace
from gateway.delivery.room import MAX_CHARACTERS, Room
from gateway.delivery.work import Work
from gateway.provider import Handover


def work(name: str, client_id: int = 1, *, text: str = "x", was_leased: bool = False) -> Work:
    """Return a message of a client."""
    return Work(
        id=name,
        client_id=client_id,
        client_name="client",
        channel=Channel.SMS,
        message=Sms("+491761234567", text),
        handover=Handover("ref", 0),
        attempts=0,
        created_at=0,
        expires_at=1,
        was_leased=was_leased,
    )


def test_the_queue_gives_each_client_a_turn() -> None:
    """A client with many messages has its turn as often as one with few, each in the order of its own."""
    queue = FairQueue()
    for name, client_id in [("a1", 1), ("a2", 1), ("a3", 1), ("b1", 2), ("c1", 3), ("b2", 2)]:
        queue.put(work(name, client_id))
    assert [each.id for each in queue.drain()] == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_client_comes_back_behind_the_others() -> None:
    """A client whose messages were all taken gets its next turn after those who wait."""
    queue = FairQueue()
    for name, client_id in [("a1", 1), ("b1", 2), ("b2", 2)]:
        queue.put(work(name, client_id))
    assert queue.take().id == "a1"
    queue.put(work("a2", 1))
    assert [each.id for each in queue.drain()] == ["b1", "a2", "b2"]


def test_what_another_provider_refused_goes_first() -> None:
    """Messages put first go before all turns, among themselves in order."""
    queue = FairQueue()
    queue.put(work("a1"))
    queue.put_first(work("x"))
    queue.put_first(work("y"))
    assert len(queue) == 3
    assert [each.id for each in queue.drain()] == ["x", "y", "a1"]
    assert len(queue) == 0


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans())))
def test_the_queue_loses_and_repeats_nothing(puts: list[tuple[int, bool]]) -> None:
    """Whatever was put is taken once, a client's messages in their order."""
    queue = FairQueue()
    for number, (client_id, first) in enumerate(puts):
        (queue.put_first if first else queue.put)(work(str(number), client_id))
    taken = list(queue.drain())
    assert sorted(int(each.id) for each in taken) == list(range(len(puts)))
    for client_id in range(1, 5):
        mine = [int(each.id) for each in taken if each.client_id == client_id and not puts[int(each.id)][1]]
        assert mine == sorted(mine)


@given(
    st.integers(1, 50),
    st.sampled_from([1, 60]),
    st.lists(st.floats(0, 20, allow_nan=False), min_size=1, max_size=200),
)
def test_no_window_holds_more_than_the_rate(count: int, seconds: int, gaps: list[float]) -> None:
    """However messages come, in no window of the rate's length go more than its count."""
    pace = Pace(Rate(count, seconds))
    now, taken = 0.0, []
    for gap in gaps:
        now += gap
        while wait := pace.wait(now):
            now += wait
        pace.take(now)
        taken.append(now)
    for start, later in zip(taken, taken[count:], strict=False):
        assert later - start >= seconds - 1e-6


def test_a_burst_goes_at_once() -> None:
    """As many as the rate counts may go at once; the next waits for the window to pass."""
    pace = Pace(Rate(10, 60))
    for _ in range(10):
        assert pace.wait(5) == 0
        pace.take(5)
    assert pace.wait(5) == 60
    assert pace.wait(65) == 0


@pytest.mark.parametrize(
    "messages, leased, fresh",
    [(1, 1, 1), (4, 1, 3), (100, 25, 75)],
)
def test_room_is_kept_for_both(messages: int, leased: int, fresh: int) -> None:
    """A quarter is for what is read from the spool, the rest for intake; neither takes from the other."""
    room = Room(messages)
    assert room.to_lease == leased
    for number in range(fresh):
        assert room.has_room(None)
        room.take(work(str(number), number))
    assert not room.has_room(None)
    assert room.to_lease == leased
    for number in range(leased):
        room.take(work(str(number), was_leased=True))
    assert room.to_lease == 0


def test_one_client_leaves_room_to_others() -> None:
    """A client may take as much as it leaves free; a newcomer finds room."""
    room = Room(80)
    mine = 0
    while room.has_room(1):
        room.take(work(str(mine), 1))
        mine += 1
    assert mine == 30
    assert room.has_room(2)


def test_long_texts_take_the_room_of_many() -> None:
    """However few messages there are, their texts have a bound."""
    room = Room(1000)
    big = work("big", text="x" * MAX_CHARACTERS)
    room.take(big)
    assert (room.has_room(1), room.to_lease) == (False, 0)
    room.give_back(big)
    assert (room.has_room(1), room.to_lease) == (True, 250)


def test_room_is_given_back() -> None:
    """What left is counted out, for its client too."""
    room = Room(8)
    works = [work("a", 1), work("b", 1), work("c", 2), work("d", 1, was_leased=True)]
    for each in works:
        room.take(each)
    for each in works:
        room.give_back(each)
    assert [room.has_room(1), room.has_room(None), room.to_lease] == [True, True, 2]
