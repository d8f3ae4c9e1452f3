"""The line to the writer process: whatever comes in whatever pieces, what was said is heard, exceptions too."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.spool.answers import AnswerTakenError, NewAnswer
from gateway.spool.sqlite.database import store_error
from gateway.spool.sqlite.messages import Put
from gateway.spool.sqlite.wire import Commit, Committed, Incoming, encode, sendable
from gateway.spool.store import IdTakenError, StoreFullError, StoreUnavailableError
from tests.contract.spool_rooms import message, sealed

EXCEPTIONS = [
    AnswerTakenError(),
    IdTakenError(),
    StoreFullError("the spool's disk is full"),
    StoreUnavailableError("the spool cannot be used: SQLITE_IOERR"),
    sqlite3.IntegrityError("CHECK constraint failed"),
    KeyError("a bug"),
]


class TwoWordsError(Exception):
    """Made of two words, and remembered by one: it cannot be made again."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)
        self.second = second


def sent(*said: object) -> bytes:
    """Return what is sent for all that is said."""
    return b"".join(b"".join(encode(each)) for each in said)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=6), st.data())
def test_pieces_are_put_together(said: list[bytes], data: st.DataObject) -> None:
    """However they were cut."""
    whole = sent(*said)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    incoming = Incoming()
    heard = []
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        heard += incoming.feed(whole[start:end])
    assert said == heard


def test_byte_by_byte() -> None:
    """Nothing is heard before it is whole."""
    whole = sent("said", "more")
    incoming = Incoming()
    heard = [incoming.feed(bytes([each])) for each in whole]
    assert [each for each in heard if each] == [["said"], ["more"]]


def test_a_large_transaction_arrives() -> None:
    """Some megabytes of sealed bytes, as they were."""
    puts = [Put([message(content=sealed(ciphertext=bytes([number]) * 1_000_000))]) for number in range(8)]
    whole = sent(Commit([("kind", put) for put in puts]))
    incoming = Incoming()
    heard = [said for start in range(0, len(whole), 100_000) for said in incoming.feed(whole[start : start + 100_000])]
    assert [[put.messages for put in puts]] == [[request.messages for _, request in said.jobs] for said in heard]


def test_what_makes_messages_stays_here() -> None:
    """A request is sent with what was made, and its answer; the function that made it is not."""
    answer = NewAnswer(1, b"key", b"request", 202, "{}", None, 1, 2)
    put = Put((), answer, lambda: [message(1)])
    put.prepare()
    [heard] = Incoming().feed(sent(put))
    assert ([*put.messages], answer, None) == ([*heard.messages], heard.answer, heard.make)


@pytest.mark.parametrize("error", EXCEPTIONS, ids=lambda error: type(error).__name__)
def test_exceptions_arrive(error: Exception) -> None:
    """As what they were, with what they say."""
    [committed] = Incoming().feed(sent(Committed(sendable([error, None]), 1)))
    [heard, nothing] = committed.answers
    assert (type(error), error.args, None) == (type(heard), heard.args, nothing)


def test_errors_of_the_database_keep_their_code(tmp_path: Path) -> None:
    """The gateway's side can tell what they mean."""
    with pytest.raises(sqlite3.Error) as caught:
        sqlite3.connect(tmp_path / "nowhere" / "spool.db")
    [committed] = Incoming().feed(sent(Committed(sendable([caught.value]), 0)))
    assert str(store_error(committed.answers[0])) == str(store_error(caught.value))


def test_an_exception_that_cannot_be_made_again_is_told() -> None:
    """By its type, and without what it says."""
    [committed] = Incoming().feed(sent(Committed(sendable([TwoWordsError("a", "b")]), 0)))
    [heard] = committed.answers
    assert (type(heard), str(heard)) == (StoreUnavailableError, "writing failed (TwoWordsError)")
