"""Subject rights: access, portability, erasure, restriction and objection of the person behind a recipient."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.core.address import parse_mailbox
from gateway.core.errors import FieldError, Flaw
from gateway.core.ids import now_seconds
from gateway.core.message import Channel
from gateway.core.phone import parse_phone
from gateway.core.state import State
from gateway.privacy.pseudonyms import Pseudonyms, TagPurpose
from gateway.privacy.suppressions import lasting_tag
from gateway.spool.erasures import Erasing
from gateway.spool.keyring import Keyring
from gateway.spool.ledger import Dropped, Erasure, Line
from gateway.spool.store import MessageStatus, Store
from gateway.spool.subjects import Erased, Standing, StoredStanding

# Rows in one transaction, so that no message waits long behind them.
_STEP: Final = 500

_Act = Callable[[Sequence[str], int], Awaitable[int]]


@dataclass(frozen=True, slots=True, repr=False)
class Subject:
    """A person by the address that messages reach, as it is stored nowhere: a mailbox or an E.164 number."""

    address: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one message to the person, and the name of the client that sent it."""

    status: MessageStatus
    client: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known of a person; `standings` is what the person asked for and since when."""

    records: Sequence[Record]
    standings: Sequence[tuple[Standing, int]]
    at: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done, when, and to how much: nothing that tells of whom. Messages at providers are counted by provider.

    `messages` is how many there were; of those `cancelled` had not been handed over, `ended` ended for the objection,
    `held` are kept from delivery, `released` may go on. `changed` says whether anything is otherwise than before.
    """

    action: str
    at: int
    messages: int = 0
    cancelled: int = 0
    ended: int = 0
    held: int = 0
    released: int = 0
    changed: bool = True
    # Erasures that were ordered of providers, by their configured names; a hand-over that is under way is among them.
    ordered: Mapping[str, int] = field(default_factory=dict)
    # What a provider has, or may have, and cannot be told to erase: it offers no such call, or never gave an id.
    left: Mapping[str, int] = field(default_factory=dict)

    @property
    def orders(self) -> int | None:
        """How many erasures were ordered; None for none."""
        return sum(self.ordered.values()) or None


def parse_subject(text: str, region: str) -> Subject:
    """Read an e-mail address, or a phone number in E.164 or as it is written in `region`. Raises FieldError."""
    bare = text.strip()
    if not bare:
        raise FieldError("address", Flaw.EMPTY)
    if "@" in bare:
        return Subject(parse_mailbox("address", bare).address, Channel.EMAIL)
    return Subject(parse_phone("address", bare, region), Channel.SMS)


class Subjects:
    """Answers and obeys persons. What is a sender's is its client's matter: senders are not tagged.

    `erasing` tells the providers that erase what they keep of a message.
    """

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        *,
        erasing: Callable[[], Erasing] = dict,
        clock: Callable[[], int] = now_seconds,
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._pseudonyms = Pseudonyms(keyring)
        self._erasing = erasing
        self._clock = clock

    async def report(self, subject: Subject) -> Report:
        """Find all that is known, over all clients and the months whose keys live.

        Raises KeyringError, StoreUnavailableError, as all others here.
        """
        names = {client.id: client.name for client in await self._store.clients()}
        records = []
        for message_id in await self._find(subject):
            status = await self._store.status(message_id)
            if status is not None:
                records.append(Record(status, names.get(status.client_id, "")))
        tag = lasting_tag(self._keyring, subject.address)
        standings = [(each.standing, each.since) for each in await self._store.standings() if each.tag == tag]
        return Report(records, sorted(standings), self._clock())

    async def erase(self, subject: Subject) -> Receipt:
        """Erase every message, and withdraw what was not handed over; what the person asked for stays.

        Providers that can are ordered to erase what they have, in the same transactions.
        """
        now, ids, erasing = self._clock(), await self._find(subject), self._erasing()
        await self._remember([Erasure(now, each) for each in ids])
        erased = [gone for step in _steps(ids) for gone in await self._store.erase_all(step, now, order_at=erasing)]
        # Sealed bytes leave the write-ahead log too.
        await self._store.truncate_log()
        cancelled = sum(gone.state is State.CANCELLED for gone in erased)
        ordered, left = at_providers(erased, erasing)
        return Receipt(
            "erase", now, messages=len(erased), cancelled=cancelled, changed=bool(erased), ordered=ordered, left=left
        )

    async def restrict(self, subject: Subject) -> Receipt:
        """Hold what waits and take nothing new, until `withdraw`."""
        now, is_new = self._clock(), await self._put(subject, Standing.RESTRICTED)
        ids = await self._find(subject)
        held = await self._each(ids, self._store.hold, now)
        return Receipt("restrict", now, messages=len(ids), held=held, changed=is_new or held > 0)

    async def object(self, subject: Subject) -> Receipt:
        """End what waits, and take nothing new, for ever: it outlives erasure and every month's key."""
        now, is_new = self._clock(), await self._put(subject, Standing.OBJECTED)
        ids = await self._find(subject)
        await self._each(ids, self._store.let_go, now)
        ended = await self._each(ids, self._store.end_opted_out, now)
        return Receipt("object", now, messages=len(ids), ended=ended, changed=is_new or ended > 0)

    async def withdraw(self, subject: Subject) -> Receipt:
        """End the objection and the restriction; what was held goes on."""
        now = self._clock()
        await self._remember([Dropped(now, lasting_tag(self._keyring, subject.address))])
        dropped = await self._store.drop_standings(lasting_tag(self._keyring, subject.address))
        ids = await self._find(subject)
        released = await self._each(ids, self._store.let_go, now)
        return Receipt("withdraw", now, messages=len(ids), released=released, changed=bool(dropped) or released > 0)

    async def _put(self, subject: Subject, standing: Standing) -> bool:
        new = StoredStanding(lasting_tag(self._keyring, subject.address), standing, self._clock())
        await self._remember([new])
        return await self._store.put_standing(new)

    async def _remember(self, lines: Sequence[Line]) -> None:
        # Before it is done: a copy of the spool that is put back is told all of it again.
        await asyncio.to_thread(self._keyring.ledger.append, lines)

    async def _each(self, ids: Sequence[str], act: _Act, now: int) -> int:
        return sum([await act(step, now) for step in _steps(ids)])

    async def _find(self, subject: Subject) -> Sequence[str]:
        clients, months = await self._store.clients(), self._keyring.tag_months()
        tags = [
            self._pseudonyms.tag(subject.address, TagPurpose.MESSAGE, client_id=client.id, now=month).value
            for month in months
            for client in clients
        ]
        return await self._store.tagged(tags)


def at_providers(erased: Iterable[Erased], erasing: Collection[str]) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Count by provider what is to be erased there, and what stays there as far as anybody here can tell.

    What is being handed over while it is erased will be ordered when its provider has taken it.
    """
    ordered, left = Counter[str](), Counter[str]()
    for each in erased:
        if each.provider is not None:
            is_to_go = each.is_ordered or (each.was_open and each.provider in erasing)
            (ordered if is_to_go else left)[each.provider] += 1
    return ordered, left


def _steps(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _STEP] for start in range(0, len(ids), _STEP))
