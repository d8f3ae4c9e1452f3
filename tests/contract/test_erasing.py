"""Orders to erase are carried out within a provider's bounds: until it has erased, cannot, or took too long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.outcome import Blame, Deferred, Reason
from gateway.core.state import State
from gateway.delivery.erasing import Eraser
from gateway.delivery.registry import Provider
from gateway.logs import Log
from gateway.provider import Gone, NotPossible, NotYet
from gateway.settings import RetentionSection
from tests.fakes.adapters import ForgetfulAdapter, ScriptedAdapter, scripted_provider
from tests.fakes.dispatch import Dispatch, dispatching, until

DAY = 86_400
AWAY = NotYet(Reason.UNAVAILABLE)
BUSY = NotYet(Reason.REFUSED)


@dataclass
class Office:
    """A delivery whose messages are erased, and the eraser beside it, which looks when it is told to."""

    world: Dispatch
    eraser: Eraser

    async def looked(self, seconds: float = 0) -> None:
        """Let time pass and have a look, until nothing more is due."""
        self.world.clock.turn(seconds)
        while await self.eraser.look():
            pass

    async def order(self, *refs: str, provider: str = "main") -> None:
        """Order erasures."""
        for ref in refs:
            await self.world.spool.order_erasure(provider, ref, self.world.clock(), self.world.clock())

    def counted(self, outcome: str, provider: str = "main") -> float | None:
        """Return how often an attempt, or an order, ended so."""
        labels = {"provider": provider, "outcome": outcome}
        return self.world.metrics.registry.get_sample_value("umschlag_erasures_total", labels)

    @property
    def waiting(self) -> float | None:
        """What the metrics say that waits."""
        return self.world.metrics.registry.get_sample_value("umschlag_erasures_waiting")

    def logged(self, event: str) -> bool:
        """Whether an event stands in the log."""
        return f'"{event}"' in self.world.lines.getvalue()


def eraser_of(world: Dispatch, retention: RetentionSection | None = None) -> Eraser:
    """Return an eraser over a delivery, as another process would have it."""
    return Eraser(
        world.spool,
        world.delivery,
        retention or RetentionSection(),
        log=Log(world.lines, level="debug"),
        metrics=world.metrics,
        clock=world.clock,
    )


@asynccontextmanager
async def office(
    folder: Path, *providers: Provider, retention: RetentionSection | None = None
) -> AsyncIterator[Office]:
    """Open a spool in a folder and deliver to providers."""
    async with dispatching(folder, *providers) as world:
        yield Office(world, eraser_of(world, retention))


async def test_what_is_ordered_is_erased_once(tmp_path: Path) -> None:
    """The provider is told its own id; afterwards nothing of it is kept."""
    adapter = ForgetfulAdapter()
    async with office(tmp_path, scripted_provider("main", adapter)) as place:
        await place.order("ref-1", "ref-2")
        await place.looked()
        await place.looked(DAY)
        assert adapter.told == ["ref-1", "ref-2"]
        assert (place.counted("erased"), place.waiting) == (2, 0)
        assert place.logged("erased_there")
        assert "ref-" not in place.world.lines.getvalue()
    assert b"ref-1" not in (tmp_path / "spool.db").read_bytes()


async def test_what_is_not_possible_yet_is_tried_again(tmp_path: Path) -> None:
    """With growing waits, and not before the provider says; the attempts are told."""
    adapter = ForgetfulAdapter(forgets=[BUSY, BUSY, NotYet(Reason.REFUSED, timedelta(hours=1))])
    async with office(tmp_path, scripted_provider("main", adapter)) as place:
        await place.order("ref-1")
        await place.looked()
        await place.looked(1)
        assert len(adapter.told) == 1
        await place.looked(4)
        assert len(adapter.told) == 2
        await place.looked(2)
        assert len(adapter.told) == 2
        await place.looked(6)
        await place.looked(3599)
        assert len(adapter.told) == 3
        await place.looked(1)
        assert (len(adapter.told), place.counted("later"), place.counted("erased")) == (4, 3, 1)
        assert place.logged("erasure_put_off")


async def test_what_cannot_be_is_given_up_at_once(tmp_path: Path) -> None:
    """It is counted, logged as an error, and not asked again."""
    adapter = ForgetfulAdapter(forgets=[NotPossible(Reason.CREDENTIALS)])
    async with office(tmp_path, scripted_provider("main", adapter)) as place:
        await place.order("ref-1")
        await place.looked()
        await place.looked(DAY)
        assert (adapter.told, place.counted("impossible"), place.waiting) == (["ref-1"], 1, 0)
        assert place.logged("erasure_refused")


async def test_what_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """After two weeks, or earlier where metadata lives shorter; until then it is tried at least four times a day."""
    adapter = ForgetfulAdapter(forgets_otherwise=BUSY)
    async with office(tmp_path, scripted_provider("main", adapter)) as place:
        await place.order("ref-1")
        for _ in range(13 * 24):
            await place.looked(3600)
        assert (place.counted("given_up"), place.waiting) == (0, 1)
        assert len(adapter.told) >= 13 * 4
        for _ in range(24):
            await place.looked(3600)
        assert (place.counted("given_up"), place.waiting) == (1, 0)
        assert place.logged("erasures_given_up")


async def test_short_lives_are_kept_to(tmp_path: Path) -> None:
    """An order does not outlive what is known of messages."""
    adapter = ForgetfulAdapter(forgets_otherwise=BUSY)
    retention = RetentionSection(metadata=timedelta(minutes=15))
    async with office(tmp_path, scripted_provider("main", adapter), retention=retention) as place:
        await place.order("ref-1")
        for _ in range(14):
            await place.looked(61)
        assert (place.counted("given_up"), place.waiting) == (1, 0)
        place.eraser.configure(RetentionSection())
        await place.order("ref-2")
        for _ in range(14):
            await place.looked(61)
        assert (place.counted("given_up"), place.waiting) == (1, 1)


async def test_nobody_is_asked_who_does_not_erase(tmp_path: Path) -> None:
    """Orders for a provider that is gone, or cannot any more, wait for it to come back, and are given up in the end."""
    async with office(tmp_path, scripted_provider("main", ScriptedAdapter())) as place:
        await place.order("ref-1")
        await place.order("ref-2", provider="gone")
        await place.looked(13 * DAY)
        assert place.waiting == 2
        await place.looked(DAY + 1)
        assert (place.counted("given_up"), place.counted("given_up", "gone"), place.waiting) == (1, 1, 0)


async def test_a_provider_that_comes_back_is_asked(tmp_path: Path) -> None:
    """Under its old name."""
    adapter = ForgetfulAdapter()
    async with office(tmp_path, scripted_provider("other")) as place:
        await place.order("ref-1")
        await place.looked()
        place.world.providers["main"] = scripted_provider("main", adapter)
        await place.world.switch()
        await place.looked()
        assert adapter.told == ["ref-1"]


@pytest.mark.parametrize("fault", [AWAY, NotYet(Reason.CREDENTIALS), RuntimeError("S3NT"), TimeoutError(), "S3NT"])
async def test_a_provider_that_is_away_is_asked_by_one_order(tmp_path: Path, fault: object) -> None:
    """The others wait as well, longer each time; what is about one message does not hold up the others."""
    adapter = ForgetfulAdapter(forgets=[fault, fault])
    async with office(tmp_path, scripted_provider("main", adapter)) as place:
        await place.order("ref-1", "ref-2", "ref-3")
        await place.looked()
        assert adapter.told == ["ref-1"]
        await place.looked(2)
        assert adapter.told == ["ref-1", "ref-2"]
        await place.looked(60)
        assert adapter.told[2:] == ["ref-3", *sorted(adapter.told[3:])]
        assert (sorted(adapter.told[2:]), place.waiting) == (["ref-1", "ref-2", "ref-3"], 0)
        assert "S3NT" not in place.world.lines.getvalue()


async def test_one_message_that_is_not_ready_holds_up_no_other(tmp_path: Path) -> None:
    """It is put off alone."""
    adapter = ForgetfulAdapter(forgets=[BUSY])
    async with office(tmp_path, scripted_provider("main", adapter)) as place:
        await place.order("ref-1", "ref-2")
        await place.looked()
        assert (adapter.told, place.waiting) == (["ref-1", "ref-2"], 1)


async def test_an_adapter_that_hangs_is_cut_off(tmp_path: Path) -> None:
    """A little after the provider's own time-out."""
    adapter = ForgetfulAdapter()
    async with office(tmp_path, scripted_provider("main", adapter, timeout="10ms")) as place:
        await place.order("ref-1")
        adapter.gate.clear()
        await place.looked()
        assert (place.counted("later"), place.waiting) == (1, 1)
        adapter.gate.set()
        await place.looked(60)
        assert place.waiting == 0


async def test_the_rate_of_the_provider_holds(tmp_path: Path) -> None:
    """Calls of both kinds count together."""
    adapter = ForgetfulAdapter()
    async with office(tmp_path, scripted_provider("main", adapter, rate="2/m")) as place:
        await place.world.becomes(await place.world.accept(), State.SENT)
        await place.order("ref-1", "ref-2", "ref-3")
        await place.looked()
        assert adapter.told == ["ref-1"]
        await place.looked(60)
        assert adapter.told == ["ref-1", "ref-2", "ref-3"]


async def test_a_provider_that_is_left_alone_is_not_asked(tmp_path: Path) -> None:
    """Until it may be probed; then an erasure needs no message that goes first."""
    adapter = ForgetfulAdapter(otherwise=Deferred(Blame.PROVIDER, Reason.UNAVAILABLE))
    async with office(tmp_path, scripted_provider("main", adapter)) as place:
        for _ in range(5):
            await place.world.attempted(await place.world.accept(), 1)
        assert place.world.delivery.circuits() == {"main": Reason.UNAVAILABLE}
        await place.order("ref-1")
        await place.looked()
        assert adapter.told == []
        await place.looked(600)
        assert adapter.told == ["ref-1"]


async def test_several_processes_share_the_orders(tmp_path: Path) -> None:
    """Each is carried out by one of them."""
    adapter = ForgetfulAdapter()
    refs = [f"ref-{number}" for number in range(120)]
    async with office(tmp_path, scripted_provider("main", adapter)) as place:
        await place.order(*refs)
        second = Office(place.world, eraser_of(place.world))
        await asyncio.gather(place.looked(), second.looked())
        assert sorted(adapter.told) == sorted(refs)


async def _is(value: bool) -> bool:
    return value


async def test_it_runs_by_itself(tmp_path: Path) -> None:
    """From its start to its stop."""
    adapter = ForgetfulAdapter()
    async with office(tmp_path, scripted_provider("main", adapter)) as place:
        await place.order("ref-1")
        place.eraser.start()
        await until(lambda: _is(bool(adapter.told)))
        await place.eraser.stop()
        assert adapter.told == ["ref-1"]


async def test_a_type_that_erases_without_a_way_to(tmp_path: Path) -> None:
    """An adapter that lacks what its type declares has nothing erased, and this is told."""
    adapter = ForgetfulAdapter()
    provider = scripted_provider("main", adapter)
    bare = Provider(provider.name, provider.type, provider.settings, ScriptedAdapter())
    async with office(tmp_path, bare) as place:
        await place.order("ref-1")
        await place.looked()
        assert (place.counted("impossible"), place.waiting) == (1, 0)
    assert Gone() == await adapter.erase("ref-1")
