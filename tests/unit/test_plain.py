"""Smart encoding: plain marks where GSM-7 is enough then."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.plain import PLAIN, count_replaced, plain
from gateway.core.sms import ALL_GSM7, Encoding, segments


@pytest.mark.parametrize(
    "text, expected, replaced",
    [
        ("Guten Tag", "Guten Tag", 0),
        ("„Guten Tag“ – bis morgen…", '"Guten Tag" - bis morgen...', 4),
        ("l’été\u00a0à 9\u202fh", "l'été à 9 h", 3),
        ("it’s ok 👍", "it’s ok 👍", 1),
        ("„łódź“", "„łódź“", 2),
        ("\u200b", "\u200b", 1),
    ],
)
def test_marks_become_plain_where_that_is_enough(text: str, expected: str, replaced: int) -> None:
    """All or nothing: a text that stays in UCS-2 is left as it is, and none becomes empty."""
    assert (plain(text), count_replaced(text)) == (expected, replaced)


def test_everything_that_is_replaced_is_replaced_by_gsm_7() -> None:
    """By characters of the alphabet, for characters that are none of it."""
    assert ALL_GSM7.issuperset("".join(PLAIN.values()))
    assert ALL_GSM7.isdisjoint(PLAIN)


@given(st.text(st.sampled_from([*PLAIN, *"abc äöü€ł"])))
def test_a_text_never_needs_more_segments(text: str) -> None:
    """And what GSM-7 can say is never changed."""
    made = plain(text)
    assert segments(made).count <= segments(text).count
    assert made == text or segments(made).encoding is Encoding.GSM7
    assert made == text or segments(text).encoding is Encoding.UCS2
