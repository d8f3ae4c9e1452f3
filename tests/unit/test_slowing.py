"""Wrong keys are slowed when there are many, whoever shows them."""

import asyncio

from gateway.intake.slowing import PAUSE, Slowing
from gateway.intake.turnstile import Turnstile
from gateway.spool.clients import Client


class Night:
    """A time that passes as a test says, and sleepers that it wakes."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.morning = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Sleep until the morning."""
        self.slept.append(seconds)
        await self.morning.wait()


async def test_a_few_wrong_keys_are_answered_at_once() -> None:
    """A program with an old key, or a typing error, is not slowed; nor later, in small numbers."""
    night = Night()
    slowing = Slowing(monotonic=lambda: night.now, sleep=night.sleep)
    for _ in range(3):
        assert all([await slowing.hold_up() for _ in range(20)])
        night.now += 10
    assert night.slept == []


async def test_many_wrong_keys_wait_and_too_many_are_refused() -> None:
    """A hundred wait at a time; when they have gone there is room again."""
    night = Night()
    slowing = Slowing(monotonic=lambda: night.now, sleep=night.sleep)
    guesses = [asyncio.create_task(slowing.hold_up()) for _ in range(130)]
    done, waiting = await asyncio.wait(guesses, timeout=0.05)
    assert (len(done), len(waiting), night.slept) == (30, 100, [PAUSE] * 100)
    assert [guess.result() for guess in guesses if guess in done] == [True] * 20 + [False] * 10
    night.morning.set()
    assert all(await asyncio.gather(*waiting))
    assert await slowing.hold_up()


async def test_one_who_hangs_up_leaves_the_line() -> None:
    """The place of a guess that is cancelled is free."""
    night = Night()
    slowing = Slowing(monotonic=lambda: night.now, sleep=night.sleep)
    guesses = [asyncio.create_task(slowing.hold_up()) for _ in range(120)]
    await asyncio.wait(guesses, timeout=0.05)
    guesses[-1].cancel()
    await asyncio.wait({guesses[-1]})
    night.morning.set()
    assert await slowing.hold_up()


def test_a_turnstile_counts_each_client() -> None:
    """A client's own bound holds over the default; who has left makes room."""
    turnstile = Turnstile(2)
    usual, narrow = Client(1, "usual", frozenset()), Client(2, "narrow", frozenset(), concurrent=1)
    assert [turnstile.enter(usual) for _ in range(3)] == [True, True, False]
    assert [turnstile.enter(narrow) for _ in range(2)] == [True, False]
    turnstile.leave(narrow)
    assert [turnstile.enter(narrow), turnstile.enter(usual)] == [True, False]
    for _ in range(2):
        turnstile.leave(usual)
    turnstile.configure(1)
    assert [turnstile.enter(usual) for _ in range(2)] == [True, False]
