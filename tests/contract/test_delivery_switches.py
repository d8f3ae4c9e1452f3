"""Delivery over the real spool: configurations that change while hand-overs run."""

import asyncio
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from gateway.core.state import State
from gateway.settings import RoutesSection
from tests.fakes.adapters import ScriptedAdapter, scripted_provider
from tests.fakes.dispatch import dispatching, until


async def test_a_provider_that_cannot_be_opened_changes_nothing(tmp_path: Path) -> None:
    """The whole configuration is refused: what was opened for it is closed, and the old one goes on."""

    class Broken(ScriptedAdapter):
        async def open(self) -> None:
            """Raise, as one does whose certificates cannot be read."""
            raise OSError

    old, fine = ScriptedAdapter(), ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("main", old)) as world:
        world.providers = {"fine": scripted_provider("fine", fine), "main": scripted_provider("main", Broken())}
        world.routes = RoutesSection(sms=("fine",))
        with pytest.raises(OSError, match=r"^$"):
            await world.switch()
        assert (old.is_open, fine.is_open) == (True, False)
        assert (await world.settle(await world.accept())).provider == "main"
        assert list(world.delivery.providers()) == ["main"]


async def test_a_second_switch_does_not_wait_for_the_first(tmp_path: Path) -> None:
    """An operator who corrects an edit is followed at once, although hand-overs under an older one still run."""
    adapters = [ScriptedAdapter() for _ in range(3)]
    adapters[0].gate.clear()
    adapters[1].gate.clear()
    async with dispatching(tmp_path, scripted_provider("main", adapters[0])) as world:
        switches = []
        for before, after in pairwise(adapters):
            await world.accept()
            await before.arrived.wait()
            world.providers["main"] = scripted_provider("main", after)
            switches.append(asyncio.create_task(world.switch()))
            await until(partial(opened, after))
        assert (await world.settle(await world.accept())).state is State.SENT
        assert [switch.done() for switch in switches] == [False, False]
        for adapter in adapters:
            adapter.gate.set()
        await asyncio.gather(*switches)
        assert [adapter.is_open for adapter in adapters] == [False, False, True]


async def opened(adapter: ScriptedAdapter) -> bool:
    """Whether an adapter is open."""
    return adapter.is_open
