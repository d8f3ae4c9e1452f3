"""The audit of operators: notes what was done, and says whether the notes are what was written."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.core.ids import now_seconds
from gateway.spool.audit import About, Action, AuditStore, Entry, NewEntry, first_break
from gateway.spool.keyring import KeyPurpose, Keyring

_MAX_OPERATOR: Final = 64  # characters


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries there are, and the number of the first one that was changed or taken out.

    `is_cut_off`: all from there on are missing.
    """

    entries: int
    broken_at: int | None
    is_cut_off: bool = False


class Audit:
    """Notes in the name of an operator: a user of the machine (`os:anna`), or how the admin came in (`admin:token`)."""

    def __init__(
        self, store: AuditStore, keyring: Keyring, operator: str, *, clock: Callable[[], int] = now_seconds
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._operator = "".join(sign if sign.isprintable() else "?" for sign in operator)[:_MAX_OPERATOR]
        self._clock = clock

    async def note(
        self,
        action: Action,
        *,
        client: int | None = None,
        epoch: int | None = None,
        messages: int | None = None,
        ordered: int | None = None,
    ) -> None:
        """Note what was done now. Raises KeyringError, StoreUnavailableError."""
        about = About(client, epoch, messages, ordered)
        new = NewEntry(self._clock(), self._operator, action, about)
        end = await asyncio.to_thread(self._keyring.audit_end)
        number = await self._store.add_entry(new, self._key(), end)
        # The spool first: after a crash between the two it is ahead of the keyring, which is well.
        await asyncio.to_thread(self._keyring.note_audit_end, number)

    async def entries(self) -> list[Entry]:
        """Return what was noted, oldest first. Raises StoreUnavailableError."""
        return list((await self._store.audit_chain()).entries)

    async def verify(self) -> Verdict:
        """Follow the chain to the youngest entry that the keyring knows. Raises KeyringError, StoreUnavailableError."""
        # The keyring first: what is noted meanwhile is no break.
        end = await asyncio.to_thread(self._keyring.audit_end)
        chain = await self._store.audit_chain()
        broken_at = first_break(self._key(), chain)
        if broken_at is None and chain.end < end:
            return Verdict(len(chain.entries), chain.end + 1, is_cut_off=True)
        return Verdict(len(chain.entries), broken_at)

    def _key(self) -> bytes:
        return self._keyring.lasting_key(KeyPurpose.AUDIT)
