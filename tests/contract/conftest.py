"""The spool under the contract suite, in each of its implementations."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.spool.store import Store
from tests.contract.spool_rooms import StoreIn, implementations, opened

_SPOOLS = implementations()

# A process for each test takes its time to start: it is tried where it could make a difference.
_TRIED_ON_ALL = frozenset({"test_store_answers", "test_store_batches", "test_store_restore"})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of the spool once for each implementation."""
    if "spool_in" in metafunc.fixturenames:
        is_on_all = metafunc.module.__name__.rpartition(".")[2] in _TRIED_ON_ALL
        metafunc.parametrize("spool_in", sorted(_SPOOLS) if is_on_all else ["sqlite"], indirect=True)


@pytest.fixture
def spool_in(request: pytest.FixtureRequest) -> StoreIn:
    """Return what makes a spool in a folder."""
    return _SPOOLS[request.param]


@pytest.fixture
async def spool(spool_in: StoreIn, tmp_path: Path) -> AsyncIterator[Store]:
    """Return an open, empty spool."""
    async with opened(spool_in(tmp_path)) as store:
        yield store
