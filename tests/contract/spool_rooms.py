"""What the contract suite of the spool works with: every implementation, and messages whose ids are of a given time."""

import importlib
import pkgutil
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from gateway.core.message import Channel
from gateway.core.state import State
from gateway.spool.sqlite.port import WriterPort
from gateway.spool.sqlite.writer_process import WriterProcess
from gateway.spool.sqlite.writer_thread import WriterThread
from gateway.spool.store import AttemptEnd, NewMessage, Sealed, Store
from tests.contract import stores

NOW = 1_800_000_000
HOUR = 3600
DAY = 24 * HOUR

ME, OTHER = "owner-a", "owner-b"

AnyStore = TypeVar("AnyStore", bound=Store)

# Opens a store in a folder.
StoreIn = Callable[[Path], Store]

# What runs the transactions of the SQLite file, by its name in the settings.
PORTS: Final[Mapping[str, Callable[[], WriterPort]]] = {"thread": WriterThread, "process": WriterProcess.start}


def implementations() -> dict[str, StoreIn]:
    """Return what is in tests/contract/stores: one module an implementation."""
    names = [module.name for module in pkgutil.iter_modules(stores.__path__)]
    return {name: importlib.import_module(f"tests.contract.stores.{name}").store_in for name in names}


@asynccontextmanager
async def opened(store: AnyStore) -> AsyncIterator[AnyStore]:
    """Open a store, and close it at the end."""
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def id_at(seconds: int) -> str:
    """Return a fresh id of that time: a UUIDv7 begins with its milliseconds (RFC 9562 §5.7)."""
    return f"{seconds * 1000:012x}7{secrets.token_hex(2)[:3]}8{secrets.token_hex(8)[:15]}"


def sealed(epoch: int = NOW, ciphertext: bytes = b"c" * 284) -> Sealed:
    """Return something that looks like sealed bytes; the spool does not look into them."""
    return Sealed(epoch, b"k" * 60, ciphertext)


def message(at: int = NOW, **different: Any) -> NewMessage:  # noqa: ANN401 (any fields of a message)
    """Return a text message of client 1 that was accepted and is due at `at`, with a day to live."""
    values: dict[str, Any] = {
        "id": id_at(at),
        "client_id": 1,
        "channel": Channel.SMS,
        "content": sealed(),
        "created_at": at,
        "due_at": at,
        "expires_at": at + DAY,
        "segments": 2,
    }
    return NewMessage(**(values | different))


async def stored(store: Store, at: int = NOW, **different: Any) -> str:  # noqa: ANN401 (as above)
    """Put one message and return its id."""
    new = message(at, **different)
    await store.put([new])
    return new.id


async def leased_ids(store: Store, owner: str = ME, now: int = NOW, limit: int = 100) -> Sequence[str]:
    """Lease on all channels and return the ids."""
    return [leased.id for leased in await store.lease(owner, now, limit, channels=tuple(Channel))]


async def state_of(store: Store, message_id: str) -> State | None:
    """Return the state of a message, None where there is none."""
    status = await store.status(message_id)
    return None if status is None else status.state


async def ended(store: Store, message_id: str, end: AttemptEnd, provider: str = "alpha", now: int = NOW) -> bool:
    """Make one attempt of the owner ME and record its end."""
    assert await store.begin_attempt(message_id, ME, provider, now)
    return await store.finish_attempt(message_id, ME, end, now)
