"""Closing a client: everything is erased that is stored about it and its messages, but its name and its usage."""

import asyncio
from typing import Final

from gateway.spool.erasures import NOBODY_ERASES, Erasing
from gateway.spool.ledger import Erasure, Ledger
from gateway.spool.store import Store

# Rows in one transaction, so that no message waits long behind them.
_STEP: Final = 500


async def close_client(
    store: Store, ledger: Ledger, client_id: int, now: int, *, order_at: Erasing = NOBODY_ERASES
) -> int:
    """End a client's keys and erase its messages, answers, counters and permissions; returns how many messages.

    Providers in `order_at` are ordered to erase what they have of them.
    What is billed needs the name. A running gateway takes a key for up to a second after it ended: closing again
    erases what came in then. Raises KeyringError, StoreUnavailableError.
    """
    await store.close_client(client_id)
    count, last = 0, None
    while ids := await store.of_client(client_id, last, _STEP):
        await asyncio.to_thread(ledger.append, [Erasure(now, each) for each in ids])
        count += len(await store.erase_all(ids, now, order_at=order_at))
        last = ids[-1]
    await store.truncate_log()
    return count
