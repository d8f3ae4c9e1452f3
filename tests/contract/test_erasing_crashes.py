"""No order to erase is lost, whatever ends the process between a call and its record, and however often."""

import asyncio
import io
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.outcome import Reason
from gateway.delivery.erasing import Eraser
from gateway.delivery.lane import Lane
from gateway.logs import Log
from gateway.metrics import Metrics
from gateway.provider import Erasure, Gone, NotYet
from gateway.settings import RetentionSection
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import StoreUnavailableError
from tests.fakes.adapters import Clock, ForgetfulAdapter, scripted_provider

ANSWERS: dict[str, Erasure] = {"gone": Gone(), "busy": NotYet(Reason.REFUSED), "away": NotYet(Reason.UNAVAILABLE)}

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("order"), st.integers(0, 5)),
        st.tuples(st.just("look"), st.sampled_from(sorted(ANSWERS))),
        st.tuples(st.just("crash"), st.sampled_from(sorted(ANSWERS))),
        st.tuples(st.just("wait"), st.sampled_from([1, 30, 3600])),
    ),
    max_size=12,
)


class CrashingStore(SqliteStore):
    """Ends before it writes down how an attempt ended, where it is told to."""

    crashes = False

    async def settle_erasure(self, number: int) -> None:
        """Forget an order, or crash."""
        self._crash()
        await super().settle_erasure(number)

    async def put_off_erasure(self, number: int, due_at: int) -> None:
        """Put an order off, or crash."""
        self._crash()
        await super().put_off_erasure(number, due_at)

    def _crash(self) -> None:
        if self.crashes:
            raise StoreUnavailableError


@dataclass
class World:
    """One provider, and processes one after the other over the same spool."""

    folder: Path
    adapter: ForgetfulAdapter = field(default_factory=ForgetfulAdapter)
    clock: Clock = field(default_factory=Clock)
    ordered: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)

    async def open(self) -> None:
        """Start a process."""
        self.store = CrashingStore(self.folder / "spool.db")
        await self.store.open()
        provider = scripted_provider("main", self.adapter)
        told: Any = {"timer": self.clock.timer, "changed": lambda *_: None, "refused": lambda *_: None}
        lane = Lane(provider, lambda _lane, _work: asyncio.sleep(0), **told)
        self.eraser = Eraser(
            self.store,
            SimpleNamespace(lane_of={"main": lane}.get, providers=lambda: {"main": provider}),
            RetentionSection(),
            log=Log(io.StringIO()),
            metrics=Metrics(["main"]),
            clock=self.clock,
        )

    async def do(self, kind: str, value: Any) -> None:  # noqa: ANN401 (by its kind)
        """Do one step."""
        if kind == "order":
            # What was erased may be ordered again: a copy of the spool that was put back.
            await self.store.order_erasure("main", f"ref-{value}", self.clock(), self.clock())
            self.ordered.add(f"ref-{value}")
        elif kind == "wait":
            self.clock.turn(value)
        else:
            await self.look(value, crashes=kind == "crash")

    async def look(self, answer: str, *, crashes: bool = False) -> None:
        """Carry out what is due with one answer to all; a process that crashes is followed by another."""
        self.adapter.forgets_otherwise, self.store.crashes = ANSWERS[answer], crashes
        told = len(self.adapter.told)
        try:
            while await self.eraser.look():
                pass
        except StoreUnavailableError:
            await self.store.close()
            await self.open()
        self.store.crashes = False
        if answer == "gone":
            self.erased.update(self.adapter.told[told:])


async def _live(folder: Path, steps: list[tuple[str, Any]]) -> None:
    world = World(folder)
    await world.open()
    for kind, value in steps:
        await world.do(kind, value)
    waiting = await world.store.waiting_erasures()
    assert waiting >= len(world.ordered - world.erased)
    for _ in range(3):
        world.clock.turn(7 * 3600)
        await world.look("gone")
    assert (world.erased, await world.store.waiting_erasures()) == (world.ordered, 0)
    await world.store.close()


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_every_order_is_carried_out_once_at_least(steps: list[tuple[str, Any]]) -> None:
    """What was not erased is still there, and in the end all of it was erased."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_live(Path(folder), steps))
