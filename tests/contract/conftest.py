"""The spool under the contract suite, in each of its implementations."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.spool.store import Store
from tests.contract.spool_rooms import StoreIn, implementations, opened

_SPOOLS = implementations()


@pytest.fixture(params=sorted(_SPOOLS))
def spool_in(request: pytest.FixtureRequest) -> StoreIn:
    """Return what makes a spool in a folder, once for each implementation."""
    return _SPOOLS[request.param]


@pytest.fixture
async def spool(spool_in: StoreIn, tmp_path: Path) -> AsyncIterator[Store]:
    """Return an open, empty spool."""
    async with opened(spool_in(tmp_path)) as store:
        yield store
