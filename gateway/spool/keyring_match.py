"""Whether a keyring is the one that a spool was used with: with another one all that waits would be lost in silence."""

import asyncio
from typing import Final

from gateway.spool.key_files import KeyringError
from gateway.spool.keyring_port import Keyring
from gateway.spool.restore import RestoreStore

_OTHER: Final = (
    "it is empty, and the spool was used with another one: set keyring.url right, or where that one is lost: umschlag"
    " keys accept"
)


async def refuse_another(store: RestoreStore, keyring: Keyring) -> None:
    """Refuse a keyring that no gateway has used, beside a spool that one has. Raises KeyringError."""
    if await store.generation() and not await asyncio.to_thread(keyring.generation):
        raise KeyringError(_OTHER)


async def accept_another(store: RestoreStore, keyring: Keyring) -> None:
    """Go on with this keyring. Raises KeyringError."""
    if await store.generation():
        await asyncio.to_thread(keyring.note_generation, 1)
