"""The spool and the keyring, opened beside a running gateway or without one."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.command import Failure
from gateway.cli.operator import operator
from gateway.config import Configuration
from gateway.config.places import is_database
from gateway.core.ids import now_seconds
from gateway.privacy.audit import Audit
from gateway.spool.audit import Action
from gateway.spool.keyring import KeyringError, StoredKeyring, the_keyring
from gateway.spool.keyring_match import accept_another, refuse_another
from gateway.spool.location import local_path
from gateway.spool.open import open_store
from gateway.spool.restore import go_on
from gateway.spool.store import Store, StoreUnavailableError


@dataclass(frozen=True, slots=True)
class State:
    """What outlives the process."""

    store: Store
    keyring: StoredKeyring

    async def note(
        self, action: Action, *, client: int | None = None, epoch: int | None = None, messages: int | None = None
    ) -> None:
        """Note in the audit what was done. Raises KeyringError, StoreUnavailableError."""
        audit = Audit(self.store, self.keyring, operator())
        await audit.note(action, client=client, epoch=epoch, messages=messages)


@asynccontextmanager
async def opened(configuration: Configuration, *, to_wrap: bool = False, accept: bool = False) -> AsyncIterator[State]:
    """Open spool and keyring, and close them afterwards. Raises Failure with one line.

    `to_wrap`: however the keys are wrapped; `accept`: though the spool was used with other ones.
    """
    settings, base = configuration.settings, configuration.folder
    spool = local_path(settings.spool.url, "sqlite", base)
    refuse_other_owner(spool, user=os.geteuid())
    if not is_database(settings.keyring.url):
        refuse_other_owner(local_path(settings.keyring.url, "dir", base), user=os.geteuid())
    try:
        keyring = await asyncio.to_thread(the_keyring, settings, base=base, to_wrap=to_wrap)
        try:
            store = await open_store(settings.spool.url, base=base)
            try:
                await (accept_another if accept else refuse_another)(store, keyring)
                yield State(store, keyring)
                await _go_on(store, keyring)
            finally:
                await store.close()
        finally:
            keyring.close()
    except KeyringError as error:
        raise Failure(f"the keyring cannot be used: {error}") from None
    except StoreUnavailableError as error:
        raise Failure(f"the spool cannot be used: {str(error) or type(error).__name__}") from None


async def _go_on(store: Store, keyring: StoredKeyring) -> None:
    """Where a command has written, make each copy that was made before it an older one.

    A spool that was put back itself, and has not been told yet what it lacks, stays one.
    """
    known = await asyncio.to_thread(keyring.generation)
    if store.changes() and await store.generation() >= known:
        await go_on(store, keyring, now_seconds())


def refuse_other_owner(path: Path, *, user: int) -> None:
    """Keep root from leaving files in a service's state that the service could not read. Raises Failure."""
    near = next((near for near in (path, *path.parents) if near.exists()), path)
    owner = near.stat().st_uid
    if user == 0 and owner != 0:
        raise Failure(f"the spool belongs to user {owner}: run this as that user (runuser -u, sudo -u)")
