"""Opens the spool that a URL names."""

from pathlib import Path

from gateway.spool.location import local_path
from gateway.spool.sqlite import SqliteStore
from gateway.spool.sqlite.port import WriterPort
from gateway.spool.store import Store, StoreUnavailableError


async def open_store(url: str, *, base: Path, port: WriterPort | None = None) -> Store:
    """Open or create the spool at a `sqlite:` URL, whose relative path is relative to `base`.

    `port` is what runs the transactions, without one a thread of this process.

    Raises StoreUnavailableError.
    """
    try:
        path = local_path(url, "sqlite", base)
    except ValueError as error:
        raise StoreUnavailableError(str(error)) from None
    store = SqliteStore(path, port=port)
    await store.open()
    return store
