"""Where the keys of a keyring are kept: what a folder and a database have to do."""

from collections.abc import Sequence
from typing import Protocol

from gateway.spool.ledger import Ledger

CONTENT = "content"
TAGS = "tags"


class Vault(Protocol):
    """Keeps the forms of keys by name: `content/EPOCH`, `tags/MONTH`, and the names of those that last.

    Every method may raise KeyringError. What is kept is on stable storage on return, and several processes keep in
    the same place at the same time.
    """

    @property
    def fault(self) -> str | None:
        """Why it cannot be used now, as far as is known without asking."""

    def look(self) -> bool:
        """Return whether it is there, where it could be made; nothing is made. Called instead of `open`."""

    def open(self) -> None:
        """Create it, or look whether it can be used."""

    def close(self) -> None:
        """Let go of it."""

    def check(self) -> None:
        """Ask whether it can be used now."""

    def read(self, name: str) -> bytes | None:
        """Return the form of a key; None where there is none."""

    def keep(self, name: str, form: bytes) -> bytes:
        """Keep a form unless there is one; returns the one that is there, whoever brought it."""

    def replace(self, name: str, old: bytes, new: bytes) -> None:
        """Put another form in the place of `old`, unless that is gone; a crash leaves one of the two."""

    def names(self) -> Sequence[str]:
        """Return the names of all keys."""

    def starts(self, kind: str) -> Sequence[int]:
        """Return the starts of the keys of a kind, in order."""

    def destroy(self, kind: str, before: int) -> int:
        """Destroy the keys of a kind that started before `before`; returns how many there were."""

    def sweep(self) -> None:
        """Leave nothing of the forms that were replaced, as far as the place permits."""

    def number(self, name: str) -> int:
        """Return a number that is kept beside the keys, 0 where there is none."""

    def put_number(self, name: str, value: int) -> None:
        """Keep a number beside the keys."""

    def raise_number(self, name: str, value: int) -> None:
        """Keep a number beside the keys, unless a greater one is there."""

    def witness(self) -> int | None:
        """Return what another machine's clock says, in seconds since 1970 UTC, where another machine keeps this."""

    @property
    def ledger(self) -> Ledger:
        """What was erased and asked for."""
