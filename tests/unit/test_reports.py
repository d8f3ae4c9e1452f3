"""Reports over the real spool: bounds of what is held, what adapters announce, and what no report can say."""

import io
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from gateway.callback import Verified
from gateway.core.report import Report
from gateway.core.state import State
from gateway.delivery.reports import Reports
from gateway.intake.reports import Nonces
from gateway.logs import Log
from gateway.metrics import Metrics
from gateway.provider import Taker
from gateway.spool.references import References
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import AttemptEnd, Store, StoreUnavailableError
from tests.contract.spool_rooms import ME, NOW, ended, state_of, stored
from tests.fakes.adapters import Clock, ScriptedAdapter, scripted_provider
from tests.fakes.failing_store import FailingStore

REFERENCES = References(b"k" * 32)
DELIVERED = State.DELIVERED


class Announcing(ScriptedAdapter):
    """Hears of reports over a session of its own."""

    take: Taker | None = None

    def announce_to(self, take: Taker) -> None:
        """Keep where reports go."""
        self.take = take


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """Open a spool."""
    spool = SqliteStore(tmp_path / "spool.db")
    await spool.open()
    yield spool
    await spool.close()


def made(store: Store, most_held: int = 10) -> Reports:
    """Return what takes reports, not started."""
    log, metrics = Log(io.StringIO()), Metrics(["alpha"])
    return Reports(store, REFERENCES, log=log, metrics=metrics, clock=Clock(), most_held=most_held)


async def sent(store: Store, ref: str = "ref-1") -> str:
    """Return a message that the provider alpha took."""
    number = await stored(store, owner=ME)
    assert await ended(store, number, AttemptEnd(State.SENT, provider_ref=ref, awaits_report=True))
    return number


@pytest.mark.parametrize(
    "report",
    [
        Report(State.QUEUED, "ref-1"),
        Report(State.FAILED, "ref-1"),
        Report(DELIVERED, ""),
        Report(DELIVERED, "x" * 129),
        Report(DELIVERED, "\udcff"),
    ],
)
async def test_what_no_report_can_say_is_dropped(store: SqliteStore, report: Report) -> None:
    """An adapter that says more than the contract allows is not heard."""
    number = await sent(store)
    assert made(store).told("alpha", report) is None
    await made(store).take("alpha", [report])
    assert await state_of(store, number) is State.SENT


async def test_a_reference_that_is_none_leaves_the_vendors_id(store: SqliteStore) -> None:
    """What a vendor repeats may be anything."""
    number = await sent(store)
    await made(store).take("alpha", [Report(DELIVERED, "ref-1", reference="anything")])
    assert await state_of(store, number) is DELIVERED


async def test_a_part_may_be_anything(store: SqliteStore) -> None:
    """It only tells one segment from another."""
    number = await sent(store)
    told = [Report(DELIVERED, "ref-1", part=part, parts=2) for part in ("\udcff", "")]
    await made(store).take("alpha", told)
    assert await state_of(store, number) is State.SENT
    await made(store).take("alpha", [Report(DELIVERED, "ref-1", part="2", parts=2)])
    assert await state_of(store, number) is DELIVERED


async def test_what_is_held_is_bounded(store: SqliteStore) -> None:
    """What comes above the bound is not held; the same report twice is held once."""
    taker = made(store, most_held=2)
    await taker.take("alpha", [Report(DELIVERED, ref) for ref in ("a", "a", "b", "c", "d")])
    assert taker.held == 2


async def test_the_last_telling_is_at_the_stop(store: SqliteStore) -> None:
    """What is held is told once more before the spool is closed."""
    taker = made(store)
    taker.start()
    await taker.take("alpha", [Report(DELIVERED, "ref-1")])
    number = await sent(store)
    await taker.stop()
    assert await state_of(store, number) is DELIVERED


async def test_a_stop_without_a_spool_is_a_stop(store: SqliteStore) -> None:
    """Where the spool is away then, what is held is lost, and nothing else."""
    failing = FailingStore(store)
    taker = made(failing)
    taker.start()
    await taker.take("alpha", [Report(DELIVERED, "ref-1")])
    failing.before["report"] = 100
    await taker.stop()


async def test_an_adapter_announces(store: SqliteStore) -> None:
    """Reports over a session of the adapter's own become states; False where they could not be written down."""
    failing = FailingStore(store)
    adapter, number = Announcing(), await sent(store)
    made(failing).introduce(scripted_provider("alpha", adapter))
    assert adapter.take is not None
    failing.before["report"] = 1
    told: Sequence[Report] = [Report(DELIVERED, "ref-1")]
    assert [await adapter.take(told), await adapter.take(told)] == [False, True]
    assert await state_of(store, number) is DELIVERED


def test_an_adapter_that_announces_nothing_is_left_alone(tmp_path: Path) -> None:
    """It has no such method, and needs none."""
    made(SqliteStore(tmp_path / "spool.db")).introduce(scripted_provider("alpha"))


async def test_the_spools_failure_is_the_callers(store: SqliteStore) -> None:
    """Whoever called has to call again."""
    failing = FailingStore(store)
    failing.before["report"] = 1
    with pytest.raises(StoreUnavailableError):
        await made(failing).take("alpha", [Report(DELIVERED, "ref-1")])


def test_a_nonce_is_good_once_in_its_time() -> None:
    """Another provider's, or a forgotten one, is another call; after its time the signature itself is too old."""
    nonces = Nonces(10)
    verified = Verified("n", NOW + 5)
    mark = nonces.note("alpha", verified, NOW)
    assert mark
    assert nonces.note("alpha", verified, NOW + 5) is None
    assert nonces.note("beta", verified, NOW)
    nonces.forget(mark)
    assert nonces.note("alpha", verified, NOW)
    assert nonces.note("alpha", verified, NOW + 6)


def test_a_call_without_a_nonce_may_come_again() -> None:
    """It is the vendor's own repeat."""
    nonces = Nonces(10)
    assert [nonces.note("alpha", Verified(), NOW) for _ in range(2)] == [b"", b""]
    nonces.forget(b"")


def test_nonces_are_bounded() -> None:
    """The oldest are let go of, those whose time is over first."""
    nonces = Nonces(3)
    for number in range(10):
        assert nonces.note("alpha", Verified(str(number), NOW + 100), NOW)
    assert len(nonces) == 3
    assert nonces.note("alpha", Verified("9", NOW + 100), NOW) is None
    assert nonces.note("alpha", Verified("later", NOW + 300), NOW + 200)
    assert nonces.note("alpha", Verified("last", NOW + 300), NOW + 200)
    assert len(nonces) == 2
