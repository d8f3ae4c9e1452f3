"""What delivery waits with: tickers, patience with the spool, and who waits for a message."""

import asyncio
import io

import pytest

from gateway.delivery.patience import Patience
from gateway.delivery.ticker import Ticker
from gateway.delivery.waiters import Waiters
from gateway.logs import Log
from gateway.spool.store import StoreUnavailableError


class Act:
    """Counts its turns; ends them as `script` says, then with False."""

    def __init__(self, *script: bool | Exception) -> None:
        self.script = list(script)
        self.turns = 0
        self.turned = asyncio.Event()
        self.hangs = False

    async def __call__(self) -> bool:
        """Take a turn."""
        self.turns += 1
        self.turned.set()
        if self.hangs:
            await asyncio.get_running_loop().create_future()
        answer = self.script.pop(0) if self.script else False
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def next(self) -> None:
        """Wait for a turn after this call."""
        self.turned.clear()
        await self.turned.wait()


async def test_a_ticker_turns_at_once_and_when_rung() -> None:
    """The first turn comes with the start, each further one with a ring."""
    act = Act()
    ticker = Ticker(3600, act, Log(io.StringIO()))
    ticker.start()
    await act.next()
    ticker.ring()
    await act.next()
    await ticker.stop(1)
    assert act.turns == 2


async def test_a_ring_during_a_turn_is_kept() -> None:
    """Rung for while it turns, it turns again: what was asked for may have come after the turn had looked."""
    act = Act()

    async def ring_within() -> bool:
        if act.turns == 0:
            ticker.ring()
        return await act()

    ticker = Ticker(3600, ring_within, Log(io.StringIO()))
    ticker.start()
    while act.turns < 2:
        await act.next()
    await ticker.stop(1)


async def test_a_ticker_turns_by_itself_after_its_time() -> None:
    """Nobody rings, and the next turn comes all the same."""
    act = Act()
    ticker = Ticker(0.001, act, Log(io.StringIO()))
    ticker.start()
    for _ in range(3):
        await act.next()
    await ticker.stop(1)


async def test_a_turn_that_asks_for_another_gets_it() -> None:
    """A turn that says there is more is followed by the next at once."""
    act = Act(True, True)
    ticker = Ticker(3600, act, Log(io.StringIO()))
    ticker.start()
    while act.turns < 3:
        await act.next()
    await ticker.stop(1)
    assert act.turns == 3


@pytest.mark.parametrize(
    "error, event", [(StoreUnavailableError(), "spool_unavailable"), (ValueError(), "task_failed")]
)
async def test_a_turn_that_fails_does_not_end_the_ticker(error: Exception, event: str) -> None:
    """What a turn raises is logged by its type, and the next ring is heard."""
    lines = io.StringIO()
    act = Act(error)
    ticker = Ticker(3600, act, Log(lines))
    ticker.start()
    await act.next()
    ticker.ring()
    await act.next()
    await ticker.stop(1)
    assert event in lines.getvalue()


async def test_a_turn_that_hangs_is_cut_off_at_a_stop() -> None:
    """A stop waits for the turn under way no longer than it was told."""
    act = Act()
    act.hangs = True
    ticker = Ticker(3600, act, Log(io.StringIO()))
    ticker.start()
    await act.next()
    await ticker.stop(0.01)
    assert act.turns == 1


async def test_a_ticker_that_was_not_started_can_be_stopped() -> None:
    """There is nothing to wait for."""
    act = Act()
    await Ticker(1, act, Log(io.StringIO())).stop(1)
    assert act.turns == 0


class Spool:
    """Fails so many times, then answers."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    async def __call__(self) -> str:
        """Answer."""
        if self.failures:
            self.failures -= 1
            raise StoreUnavailableError
        return "answer"


async def test_an_outage_is_told_once() -> None:
    """However many wait for the spool, the log says once that it is gone and once that it is back."""
    lines = io.StringIO()
    patience = Patience(Log(lines))
    found = await asyncio.gather(*(patience.call(Spool(2)) for _ in range(5)))
    assert found == ["answer"] * 5
    assert [lines.getvalue().count(event) for event in ("spool_unavailable", "spool_recovered")] == [1, 1]


async def test_patience_ends_when_it_is_told() -> None:
    """Where waiting is no use any more, the failure is handed on."""
    with pytest.raises(StoreUnavailableError):
        await Patience(Log(io.StringIO())).call(Spool(100), ends=lambda: True)


async def test_all_who_wait_are_told() -> None:
    """Settling a message ends all waits for it and none for another."""
    waiters = Waiters()
    mine, also_mine, other = waiters.add("a"), waiters.add("a"), waiters.add("b")
    mine.cancel()
    waiters.settle("a")
    assert [mine.cancelled(), also_mine.done(), other.done()] == [True, True, False]
    waiters.settle_all()
    assert other.done()


async def test_who_gives_up_leaves_the_others_waiting() -> None:
    """One wait given up ends no other for the same message, whether it is settled or not."""
    waiters = Waiters()
    first, second = waiters.add("a"), waiters.add("a")
    waiters.remove("a", first)
    waiters.settle("a")
    waiters.remove("a", second)
    assert [first.cancelled(), second.cancelled(), second.done()] == [True, False, True]
