"""Opens the spool that a URL names."""

from pathlib import Path

from gateway.spool.location import local_path
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import Store, StoreUnavailableError


async def open_store(url: str, *, base: Path) -> Store:
    """Open or create the spool at a `sqlite:` URL, whose relative path is relative to `base`.

    Raises StoreUnavailableError.
    """
    try:
        path = local_path(url, "sqlite", base)
    except ValueError as error:
        raise StoreUnavailableError(str(error)) from None
    store = SqliteStore(path)
    await store.open()
    return store
