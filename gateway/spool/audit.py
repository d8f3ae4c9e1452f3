"""The audit as the spool keeps it: who did what when, chained with a key that the spool does not have."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

import msgspec

# Times are whole seconds since 1970 UTC.

FIRST_LINK: Final = bytes(32)


class Action(StrEnum):
    """What an operator can do that is noted."""

    SUBJECT_REPORT = "subject_report"
    SUBJECT_EXPORT = "subject_export"
    SUBJECT_ERASE = "subject_erase"
    SUBJECT_RESTRICT = "subject_restrict"
    SUBJECT_OBJECT = "subject_object"
    SUBJECT_WITHDRAW = "subject_withdraw"
    CLIENT_ADD = "client_add"
    CLIENT_CHANGE = "client_change"
    CLIENT_ROTATE = "client_rotate"
    CLIENT_REVOKE = "client_revoke"
    CLIENT_CLOSE = "client_close"
    WEBHOOK_SET = "webhook_set"
    WEBHOOK_ROTATE = "webhook_rotate"
    WEBHOOK_REMOVE = "webhook_remove"
    WEBHOOK_TEST = "webhook_test"
    KEYS_DESTROY = "keys_destroy"
    KEYS_ACCEPT = "keys_accept"
    KEYS_WRAP = "keys_wrap"
    KEYS_UNWRAP = "keys_unwrap"
    CLOCK_ACCEPT = "clock_accept"
    MESSAGES_RELEASE = "messages_release"
    MESSAGES_GIVE_UP = "messages_give_up"
    RETENTION_RUN = "retention_run"
    RETENTION_PROVE = "retention_prove"


class About(msgspec.Struct, frozen=True, omit_defaults=True):
    """What it was done to, in numbers alone, so that no address can be in it: a client's number, an epoch, counts.

    `ordered` is how many erasures were ordered of providers.
    """

    client: int | None = None
    epoch: int | None = None
    messages: int | None = None
    ordered: int | None = None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One thing that was done; `operator` is a user of the machine, or how the admin came in."""

    at: int
    operator: str
    action: Action
    about: About = field(default_factory=About)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done, with its place in the chain; `link` binds it to all before it."""

    n: int
    at: int
    operator: str
    action: str
    about: str
    link: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """All entries that are kept, behind the last one that was purged, which is sealed where there is one."""

    base_n: int
    base_link: bytes
    entries: Sequence[Entry]
    base_seal: bytes = b""

    @property
    def end(self) -> int:
        """The number of the youngest entry."""
        return self.entries[-1].n if self.entries else self.base_n


def link_of(key: bytes, previous: bytes, entry: Entry) -> bytes:
    """Return the link of an entry that follows another one; whoever lacks the key cannot make it."""
    said = msgspec.json.encode([previous.hex(), entry.n, entry.at, entry.operator, entry.action, entry.about])
    return hmac.digest(key, said, "sha256")


def seal_of(key: bytes, n: int, link: bytes) -> bytes:
    """Return the seal of the last entry that was purged; whoever lacks the key cannot purge."""
    return hmac.digest(key, msgspec.json.encode(["purged", n, link.hex()]), "sha256")


def first_break(key: bytes, chain: Chain) -> int | None:
    """Return the number of the first entry that is not what was written there, or is missing; None where all are."""
    n, link = chain.base_n, chain.base_link
    if n and not hmac.compare_digest(chain.base_seal, seal_of(key, n, link)):
        return n
    for entry in chain.entries:
        n += 1
        if entry.n != n or not hmac.compare_digest(entry.link, link_of(key, link, entry)):
            return n
        link = entry.link
    return None


class AuditStore(Protocol):
    """The entries, in the order in which they were made."""

    async def add_entry(self, new: NewEntry, key: bytes, end: int = 0) -> int:
        """Add an entry to the chain and return its number.

        `end` is the youngest number that was seen: where entries up to there are missing, it is not given again, and
        the chain stays broken there.
        """

    async def audit_chain(self) -> Chain:
        """Return all entries."""
