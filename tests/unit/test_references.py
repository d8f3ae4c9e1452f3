"""References: opaque to whoever has no key, and the way back for whoever has."""

import pytest

from gateway.core.ids import new_message_id
from gateway.spool.references import References

KEY = b"k" * 32


def test_there_and_back() -> None:
    """A reference leads to the message it was made for, in whatever case a vendor writes it."""
    references = References(KEY)
    number = new_message_id()
    made = references.of(number)
    assert (references.message_id(made), references.message_id(made.upper())) == (number, number)
    assert References(KEY).of(number) == made


def test_it_tells_no_time() -> None:
    """Two ids of the same millisecond have references that have nothing in common."""
    references = References(KEY)
    first, second = (references.of(f"019a0000000070008000{tail:012x}") for tail in (1, 2))
    alike = sum(left == right for left, right in zip(first, second, strict=True))
    assert alike < len(first) // 2


def test_another_key_makes_others() -> None:
    """What one gateway made is nothing to another."""
    number = new_message_id()
    assert References(b"x" * 32).of(number) != References(KEY).of(number)


@pytest.mark.parametrize("text", ["", "x" * 32, "0" * 31, "0" * 33, "0" * 32, "\u0660" * 32])
def test_what_was_never_made_here_is_nothing(text: str) -> None:
    """Neither another form, nor a block that is no id behind the key."""
    assert References(KEY).message_id(text) is None
