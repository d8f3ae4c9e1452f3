"""A hand-over that is under way while its message is erased: what is known at its end is erased there."""

from pathlib import Path

import pytest

from gateway.core.outcome import Accepted, Blame, Deferred, Reason
from tests.contract.test_erasing import office
from tests.fakes.adapters import ForgetfulAdapter, ScriptedAdapter, scripted_provider


async def test_what_is_taken_while_it_is_erased_is_erased_there(tmp_path: Path) -> None:
    """The hand-over could not be stopped; its id is known at its end, and is ordered then."""
    adapter = ForgetfulAdapter(otherwise=Accepted("late-ref"))
    adapter.gate.clear()
    async with office(tmp_path, scripted_provider("main", adapter)) as place:
        message_id = await place.world.accept()
        await adapter.arrived.wait()
        await place.world.spool.erase(message_id, place.world.clients[0].id, place.world.clock(), order_at={"main": 0})
        adapter.gate.set()
        await place.world.settle(await place.world.accept())
        await place.looked(3599)
        assert adapter.told == []
        await place.looked(1)
        assert adapter.told == ["late-ref"]


@pytest.mark.parametrize(
    "adapter", [ScriptedAdapter(), ForgetfulAdapter(otherwise=Deferred(Blame.RECIPIENT, Reason.QUOTA))]
)
async def test_what_was_not_taken_or_cannot_be_erased_is_not_ordered(tmp_path: Path, adapter: ScriptedAdapter) -> None:
    """Nothing waits for a provider that has nothing, or does not erase."""
    adapter.gate.clear()
    async with office(tmp_path, scripted_provider("main", adapter)) as place:
        message_id = await place.world.accept()
        await adapter.arrived.wait()
        await place.world.spool.erase(message_id, place.world.clients[0].id, place.world.clock(), order_at={"main": 0})
        adapter.gate.set()
        await place.world.attempted(await place.world.accept(), 1)
        assert await place.world.spool.waiting_erasures() == 0
