"""The steps of a purge: as many rows as fit into a few milliseconds, and a pause after each, for intake goes first."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from gateway.core.message import Channel
from gateway.spool.retention import Purge

# Rows in one transaction: as many as a quick spool deletes at once, and as few as are worth one.
LARGEST: Final = 500
_SMALLEST: Final = 50

# Seconds that a step takes, about; it waits behind messages that are put, too, which makes it smaller under load.
_TIME_BOX: Final = 0.004

# How long the pause after a step is, in steps.
_PAUSE: Final = 3.0
# After so many seconds a purge hurries: what arrives as fast as it can must be purged as fast.
_PATIENCE: Final = 40.0
_HURRIED: Final = 0.5


async def in_steps(step: Callable[[int], Awaitable[Purge]]) -> Purge:
    """Run a step, which takes how many rows it may purge, until it finds fewer; return what all of them did."""
    limit, rows, expired = LARGEST, 0, Counter[Channel]()
    begun = time.monotonic()
    while True:
        started = time.monotonic()
        purge = await step(limit)
        ended = time.monotonic()
        rows += purge.rows
        expired.update(purge.expired)
        if purge.rows < limit:
            return Purge(rows, purge.oldest_at, expired)
        took = ended - started
        limit = min(LARGEST, 2 * limit) if took < _TIME_BOX / 2 else limit
        limit = max(_SMALLEST, limit // 2) if took > _TIME_BOX else limit
        await asyncio.sleep(took * (_PAUSE if ended - begun < _PATIENCE else _HURRIED))
