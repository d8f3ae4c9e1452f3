"""The steps of a purge: how large each is, and what all of them did."""

import asyncio
from collections import Counter

from gateway.core.message import Channel
from gateway.privacy.steps import LARGEST, in_steps
from gateway.spool.retention import Purge


async def test_a_purge_ends_when_a_step_finds_fewer() -> None:
    """What the steps did is added up; the oldest that is left is what the last one saw."""
    left = 2 * LARGEST + 7

    async def step(limit: int) -> Purge:
        nonlocal left
        rows = min(limit, left)
        left -= rows
        return Purge(rows, left, {Channel.SMS: rows})

    done = await in_steps(step)
    assert (2 * LARGEST + 7, 0, Counter({Channel.SMS: 2 * LARGEST + 7})) == (done.rows, done.oldest_at, done.expired)


async def test_nothing_to_purge_is_one_step() -> None:
    """A step that finds nothing is the last."""
    asked = []

    async def step(limit: int) -> Purge:
        asked.append(limit)
        return Purge(0)

    await in_steps(step)
    assert [LARGEST] == asked  # noqa: SIM300 (expected first)


async def test_slow_steps_become_small() -> None:
    """Where the spool is slow or busy, a step purges fewer rows, down to a number that is worth a transaction."""
    asked: list[int] = []

    async def step(limit: int) -> Purge:
        asked.append(limit)
        await asyncio.sleep(0.01)
        return Purge(limit if len(asked) < 6 else 0)

    await in_steps(step)
    assert asked == sorted(asked, reverse=True)
    assert [500, 250, 125, 62, 50, 50] == asked  # noqa: SIM300 (expected first)
