"""The keyring over any vault: keys are made when they are first needed, and stay in memory while they live."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.core.epoch import LONGEST_EPOCH
from gateway.spool.key_files import KeyringError
from gateway.spool.keyring_clock import ClockReading
from gateway.spool.keyring_forms import Forms, FormState, fresh_key, plain_form
from gateway.spool.keyring_port import KeyGoneError, KeyPurpose
from gateway.spool.keyring_vault import CONTENT, TAGS, Vault
from gateway.spool.ledger import Ledger

_AUTH = "auth"
_GENERATION = "generation"
_AUDIT_END = "audit_end"
_CLOCK = "clock"


class StoredKeyring:
    """All keys of one vault; used by several threads. `epoch_length` is in whole seconds.

    While the vault cannot be reached, or a hold is on, keys in memory are not used either: nobody could tell whether
    they still live.
    """

    def __init__(self, vault: Vault, epoch_length: timedelta = LONGEST_EPOCH, forms: Forms | None = None) -> None:
        self._vault = vault
        self._forms = forms or Forms()
        self._epoch_length = int(epoch_length.total_seconds())
        self._content: dict[int, AESGCM] = {}
        self._other: dict[str, bytes] = {}
        self._held: str | None = None
        self.has_lost_auth = False
        self._lock = threading.Lock()

    def configure(self, epoch_length: timedelta) -> None:
        """Begin epochs of another length from now on; the keys of those that were stay."""
        self._epoch_length = int(epoch_length.total_seconds())

    def open(self) -> None:
        """Create or check it. Raises KeyringError, also where keys are not wrapped as the settings say."""
        self._vault.open()
        try:
            self._refuse_forms()
            self.has_lost_auth = lacks_auth(self._vault)
            self.auth_key()
        except BaseException:
            self._vault.close()
            raise

    def open_to_wrap(self) -> None:
        """Create or check it, however its keys are wrapped. Raises KeyringError."""
        self._vault.open()

    def close(self) -> None:
        """Let go of the vault."""
        self._vault.close()

    def check(self, now: int) -> None:
        """Ask whether it can be used now. Raises KeyringError."""
        self._vault.check()
        self.current_content_key(now)

    def content_key(self, epoch: int) -> AESGCM:
        """Return the key of one epoch. Raises KeyGoneError, KeyCorruptError, KeyringError."""
        self._refuse_faults()
        known = self._content.get(epoch)
        return known if known is not None else self._read_content_key(epoch)

    def current_content_key(self, now: int) -> tuple[int, AESGCM]:
        """Return the start of this epoch and its key, made when it is not there. Raises KeyringError."""
        self._refuse_faults()
        epoch = now - now % self._epoch_length
        known = self._content.get(epoch)
        return epoch, known if known is not None else self._make_content_key(epoch)

    def prepare(self, now: int) -> None:
        """Make the keys of this epoch and the next. Raises KeyringError."""
        self.check(now)
        self.current_content_key(now + self._epoch_length)

    def epochs(self) -> Sequence[int]:
        """Return the starts of the epochs whose keys are there, in order. Raises KeyringError."""
        return self._vault.starts(CONTENT)

    def destroy_content_keys(self, before: int) -> int:
        """Destroy the keys of the epochs that started before `before`, here and in memory. Raises KeyringError."""
        self._refuse_faults()
        with self._lock:
            count = self._vault.destroy(CONTENT, before)
            # Another process may have destroyed more than that.
            living = set(self._vault.starts(CONTENT))
            for epoch in [epoch for epoch in self._content if epoch not in living]:
                del self._content[epoch]
            return count

    def tag_key(self, month: int) -> bytes:
        """Return the key of one month's tags, made when it is not there. Raises KeyringError."""
        return self._standing_key(f"{TAGS}/{month}")

    def tag_months(self) -> Sequence[int]:
        """Return the starts of the months whose keys are there, in order. Raises KeyringError."""
        return self._vault.starts(TAGS)

    def destroy_tag_keys(self, before: int) -> int:
        """Destroy the keys of the months that started before `before`. Raises KeyringError."""
        self._refuse_faults()
        with self._lock:
            self._other = {name: key for name, key in self._other.items() if _month(name) >= before}
            return self._vault.destroy(TAGS, before)

    def auth_key(self) -> bytes:
        """Return the key under which API keys are hashed, made when it is not there. Raises KeyringError."""
        return self._standing_key(_AUTH)

    def lasting_key(self, purpose: KeyPurpose) -> bytes:
        """Return the key of a purpose that has no end, made when it is not there. Raises KeyringError."""
        return self._standing_key(purpose.value)

    @property
    def ledger(self) -> Ledger:
        """What was erased and asked for."""
        return self._vault.ledger

    def generation(self) -> int:
        """Return the greatest generation of the spool that was seen, 0 before the first. Raises KeyringError."""
        return self._vault.number(_GENERATION)

    def note_generation(self, number: int) -> None:
        """Remember a generation unless a greater one was seen, on stable storage. Raises KeyringError."""
        self._vault.raise_number(_GENERATION, number)

    def audit_end(self) -> int:
        """Return the youngest number of the audit that was seen, 0 before the first. Raises KeyringError."""
        return self._vault.number(_AUDIT_END)

    def note_audit_end(self, number: int) -> None:
        """Remember an entry unless a younger one was seen, on stable storage. Raises KeyringError."""
        self._vault.raise_number(_AUDIT_END, number)

    def clock(self, now: int) -> ClockReading:
        """Return this machine's time beside what is remembered. Raises KeyringError."""
        return clock_in(self._vault, now)

    def note_used(self, now: int) -> None:
        """Remember that a gateway ran at this time. Raises KeyringError."""
        self._vault.put_number(_CLOCK, now)

    def hold(self, fault: str | None) -> None:
        """Refuse everything that depends on the time, for a reason, until it is called with None."""
        self._held = fault

    def states(self) -> Mapping[FormState, int]:
        """Count the keys by how they are kept, those that can be read. Raises KeyringError."""
        return Counter(self._forms.state(form) for form in map(self._readable, self._vault.names()) if form is not None)

    def wrap(self, *, undo: bool = False) -> int:
        """Wrap all keys by the key that is to wrap them, or none of them; returns how many were kept otherwise.

        A crash in the middle leaves some in the old form and some in the new one; it goes on from there. Raises
        KeyringError.
        """
        asked, count = FormState.PLAIN if undo else FormState.WRAPPED, 0
        form_of = plain_form if undo else self._forms.form_of
        for name in self._vault.names():
            form = self._vault.read(name)
            if form is None or self._forms.state(form) is asked:
                continue
            key = self._forms.key_in_any(form, name)
            self._vault.replace(name, form, form_of(key, name))
            count += 1
        self._vault.sweep()
        return count

    def _readable(self, name: str) -> bytes | None:
        try:
            return self._vault.read(name)
        except KeyringError:  # told when it is needed: one that is damaged must not keep the others
            return None

    def _refuse_forms(self) -> None:
        for state in self.states():
            if (fault := self._forms.fault(state)) is not None:
                raise KeyringError(fault)

    def _refuse_faults(self) -> None:
        if (fault := self._held or self._vault.fault) is not None:
            raise KeyringError(fault)

    def _read_content_key(self, epoch: int) -> AESGCM:
        name = f"{CONTENT}/{epoch}"
        with self._lock:
            form = self._vault.read(name)
            if form is None:
                raise KeyGoneError
            return self._content.setdefault(epoch, AESGCM(self._forms.key_in(form, name)))

    def _make_content_key(self, epoch: int) -> AESGCM:
        with self._lock:
            return self._content.setdefault(epoch, AESGCM(self._make(f"{CONTENT}/{epoch}")))

    def _standing_key(self, name: str) -> bytes:
        known = self._other.get(name)
        if known is not None:
            return known
        with self._lock:
            return self._other.setdefault(name, self._make(name))

    def _make(self, name: str) -> bytes:
        # What is kept may be another process's.
        form = self._vault.keep(name, self._forms.form_of(fresh_key(), name))
        return self._forms.key_in(form, name)


def lacks_auth(vault: Vault) -> bool:
    """Whether the key that proves clients' keys is gone from a keyring that was used. Raises KeyringError."""
    return _AUTH not in vault.names() and vault.number(_GENERATION) > 0


def clock_in(vault: Vault, now: int) -> ClockReading:
    """Return this machine's time beside what a vault remembers. Raises KeyringError."""
    return ClockReading(now, vault.number(_CLOCK), vault.witness())


def _month(name: str) -> float:
    kind, _, start = name.rpartition("/")
    return int(start) if kind == TAGS else float("inf")
