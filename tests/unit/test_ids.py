"""Identifiers: their form, their order, their chance."""

import time

import pytest

from gateway.core.ids import is_message_id, new_message_id, new_reference, now_seconds


def test_message_ids_have_their_form() -> None:
    """Each is one, and is a UUID of version 7."""
    ids = [new_message_id() for _ in range(100)]
    assert [is_message_id(each) and each[12] == "7" for each in ids] == [True] * 100


def test_message_ids_grow() -> None:
    """An index of them grows at its end."""
    ids = [new_message_id() for _ in range(1000)]
    assert sorted(set(ids)) == ids


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0" * 31,
        "0" * 33,
        "G" * 32,
        "A" * 32,
        "0" * 31 + "\n",
        "\u0660" * 32,
        "0-0-7-8-" + "0" * 24,
    ],
)
def test_other_texts_are_no_message_ids(text: str) -> None:
    """Length, case, line ends and foreign digits count."""
    assert is_message_id(text) is False


def test_references_repeat_never_and_share_nothing() -> None:
    """128 bits of chance: a thousand references have no place in which all agree, as a time would."""
    references = [new_reference() for _ in range(1000)]
    assert len(set(references)) == 1000
    assert all(len(set(column)) > 1 for column in zip(*references, strict=True))


def test_the_clock_shows_whole_seconds() -> None:
    """Finer times are not kept."""
    before, now, after = int(time.time()), now_seconds(), time.time()
    assert isinstance(now, int)
    assert before <= now <= after
