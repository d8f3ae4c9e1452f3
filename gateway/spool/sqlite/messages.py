"""The hot path in SQL: messages come in, attempts begin and end; each function does a whole batch."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.record import Hidden
from gateway.core.state import State
from gateway.spool.answers import AnswerTakenError, NewAnswer
from gateway.spool.dates import day_of, month_of
from gateway.spool.queries import read_queries, with_rows
from gateway.spool.sqlite.answers import note_answer
from gateway.spool.sqlite.records import CONTENTS_AN_EPOCH, Row
from gateway.spool.store import AttemptEnd, IdTakenError, NewMessage

SQL: Final = read_queries("sqlite", "messages") | read_queries("sqlite", "queue")

# Texts that SQLite takes as they are: a member of an enumeration is asked for its value in Python, each time.
_CHANNELS: Final = {channel: channel.value for channel in Channel}
_STATES: Final = {state: state.value for state in State}
_REASONS: Final[dict[Reason | None, str | None]] = {None: None} | {reason: reason.value for reason in Reason}
_QUEUED: Final = State.QUEUED.value
_SENDING: Final = State.SENDING.value

# Rows of one statement: few calls, each of which lets go of the interpreter, and few statements to keep prepared.
_CHUNK: Final = 64


@dataclass(slots=True, repr=False, eq=False)
class Put:
    """Messages to be stored, with the answer to the request that they came in, where it has a key.

    Where they are not there yet, `make` makes them.
    """

    messages: Sequence[NewMessage]
    answer: NewAnswer | None = None
    make: Callable[[], Sequence[NewMessage]] | None = None

    def prepare(self) -> None:
        """Make what is not there yet. Raises what `make` raises."""
        if self.make is not None:
            self.messages = self.make()

    def __reduce__(self) -> tuple[type["Put"], tuple[object, ...]]:
        # What made the messages stays here.
        return Put, (self.messages, self.answer)


class Begin(Hidden, frozen=True, gc=False):
    """A hand-over that is meant to begin."""

    message_id: bytes
    owner: str
    provider: str
    now: int


class Begun(Hidden, frozen=True, gc=False):
    """An attempt that is open, with what has to be known to count it later: the message may be erased by then."""

    attempt: int
    client_id: int
    channel: Channel
    provider: str
    segments: int | None


class Finish(Hidden, frozen=True, gc=False):
    """An attempt that has ended; `begun` where this process began it."""

    message_id: bytes
    owner: str
    end: AttemptEnd
    now: int
    begun: Begun | None


class Owners:
    """The numbers of owners, looked up once a transaction; a process is noted at its first lease."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """Return the number of one owner."""
        known = self._numbers.get(name)
        return known if known is not None else self._look_up(name)

    def _look_up(self, name: str) -> int:
        # Its lease has ended already: until it says that it lives, anyone may take over.
        found = self._connection.execute(SQL["owner"], (name,)).fetchone()
        if found is None:
            self._connection.execute(SQL["keep_alive"], (name, 0))
            found = self._connection.execute(SQL["owner"], (name,)).fetchone()
        return self._numbers.setdefault(name, found[0])


def put(connection: sqlite3.Connection, requests: Sequence[Put]) -> list[AnswerTakenError | None]:
    """Store new messages with their sealed bytes and answers, and count them; none where there was an answer already.

    Raises IdTakenError.
    """
    # A new exception for each: one that is raised again and again holds on to the frames of all its callers.
    taken = [
        None if each.answer is None or note_answer(connection, each.answer) else AnswerTakenError() for each in requests
    ]
    _put_messages(connection, [put.messages for put, fault in zip(requests, taken, strict=True) if fault is None])
    return taken


def _put_messages(connection: sqlite3.Connection, batches: Sequence[Sequence[NewMessage]]) -> None:
    owners, places = Owners(connection), _Places(connection)
    contents: list[Row] = []
    rows: list[Row] = []
    for messages in batches:
        for message in messages:
            content = message.content
            place = places.next(content.epoch)
            owner = None if message.owner is None else owners.number(message.owner)
            number = bytes.fromhex(message.id)
            contents.append((place, number, content.wrapped_key, content.ciphertext))
            rows.append(_new_row(message, number, owner, place))
    run_chunks(connection, SQL["put_contents"], contents)
    try:
        run_chunks(connection, SQL["put_messages"], rows)
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
            raise IdTakenError from None
        raise
    run_chunks(connection, SQL["count_accepted"], _accepted(batches))


def _accepted(batches: Sequence[Sequence[NewMessage]]) -> list[Row]:
    """Return what each client had accepted, by day and by month."""
    days: dict[tuple[str, int], list[int]] = {}
    # Many in one second, of one client.
    seconds: dict[tuple[int, int], list[int]] = {}
    for messages in batches:
        for message in messages:
            moment = message.created_at, message.client_id
            counts = seconds.get(moment)
            if counts is None:
                day = day_of(message.created_at), message.client_id
                counts = seconds[moment] = days.setdefault(day, [0, 0])
            counts[0] += 1
            counts[1] += message.segments or 0
    return [(period, client, *counts) for (day, client), counts in days.items() for period in (day, day[:7])]


def begin_attempts(connection: sqlite3.Connection, requests: Sequence[Begin]) -> list[Begun | None]:
    """Write down intentions to hand over; None where the message is not the owner's to send."""
    owners = Owners(connection)
    wanted = [(each.message_id, owners.number(each.owner), each.provider, each.now) for each in requests]
    found = {row[0]: row[1:] for row in run_chunks(connection, SQL["begin_attempts"], wanted)}
    return [_begun(found.pop(each.message_id, None), each.provider) for each in requests]


def finish_attempts(connection: sqlite3.Connection, requests: Sequence[Finish]) -> list[bool]:
    """Record how attempts ended and count what was sent; False where the message was somebody else's by then."""
    owners = Owners(connection)
    wanted = [_end_row(each, owners.number(each.owner)) for each in requests]
    found = {row[0]: row[1:] for row in run_chunks(connection, SQL["finish_attempts"], wanted)}
    answers = []
    usage: dict[Row, tuple[int, int]] = {}
    for each in requests:
        recorded = found.pop(each.message_id, None)
        answers.append(recorded is not None)
        if each.end.state is State.SENT and (counted := recorded or _uncounted(connection, each)):
            *counter, segments = counted
            _count(usage, (month_of(each.now), *counter), segments or 0)
    run_chunks(connection, SQL["count_usage"], [(*counter, *counts) for counter, counts in usage.items()])
    return answers


def run_chunks(connection: sqlite3.Connection, query: str, rows: Sequence[Row], *rest: object) -> list[Row]:
    """Run a query over rows, some at a time, and return what it returns; `rest` are the parameters behind them."""
    found: list[Row] = []
    for chunk in _chunks(rows):
        parameters = [*chain.from_iterable(chunk), *rest]
        found += connection.execute(with_rows(query, len(chunk)), parameters).fetchall()
    return found


def one_column(values: Iterable[Any]) -> list[Row]:
    """Return rows of one column."""
    return [(value,) for value in values]


class _Places:
    """Where the next content of an epoch goes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._last: dict[int, int] = {}

    def next(self, epoch: int) -> int:
        last = self._last.get(epoch)
        place = self._last[epoch] = 1 + (self._find(epoch) if last is None else last)
        return place

    def _find(self, epoch: int) -> int:
        """Return the last place of an epoch that is taken."""
        start = epoch * CONTENTS_AN_EPOCH
        [last] = self._connection.execute(SQL["last_content"], (start + CONTENTS_AN_EPOCH,)).fetchone()
        return max(last or 0, start)


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))


def _new_row(message: NewMessage, number: bytes, owner: int | None, place: int) -> Row:
    return (
        number,
        message.client_id,
        _CHANNELS[message.channel],
        _QUEUED if owner is None else _SENDING,
        owner,
        message.segments,
        message.stripped,
        message.created_at,
        message.created_at,
        message.due_at if owner is None else None,
        message.expires_at,
        message.recipient_tag,
        message.tag_epoch,
        place,
    )


def _begun(row: Row | None, provider: str) -> Begun | None:
    if row is None:
        return None
    client, channel, attempt, segments = row
    return Begun(attempt, client, Channel(channel), provider, segments)


def _end_row(finish: Finish, owner: int) -> Row:
    end = finish.end
    return (
        finish.message_id,
        owner,
        None if finish.begun is None else finish.begun.attempt,
        _STATES[end.state],
        _REASONS[end.reason],
        end.provider_ref,
        end.segments,
        end.due_at,
        finish.now,
        end.awaits_report,
    )


def _count(usage: dict[Row, tuple[int, int]], counter: Row, segments: int) -> None:
    # What was never attempted has no provider that could bill it.
    if None not in counter:
        messages, total = usage.get(counter, (0, 0))
        usage[counter] = messages + 1, total + segments


def _uncounted(connection: sqlite3.Connection, finish: Finish) -> Row | None:
    """Return what is to be counted of an attempt whose message was erased, or taken over and tried again."""
    begun = finish.begun
    if begun is None:
        return None
    settled = (finish.end.provider_ref, finish.end.awaits_report, finish.message_id, begun.attempt)
    if connection.execute(SQL["add_ref"], settled).fetchone() is not None:
        return None
    segments = begun.segments if finish.end.segments is None else finish.end.segments
    return begun.client_id, _CHANNELS[begun.channel], begun.provider, segments
