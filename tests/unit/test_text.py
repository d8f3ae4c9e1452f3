"""What a text may hold."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import FieldError, Flaw
from gateway.core.text import check_line, check_text


def flaw_of(text: str, *, line: bool) -> Flaw | None:
    """Return what is wrong with a text, or with one line of text."""
    try:
        (check_line if line else check_text)("subject", text)
    except FieldError as error:
        return error.flaw
    return None


@pytest.mark.parametrize(
    "text, as_text, as_line",
    [
        ("", None, None),
        ("Grüße 😀 עברית", None, None),
        ("a\tb", None, None),
        ("\u00a0\u200b\u202e\ue000", None, None),
        ("a\nb", None, Flaw.LINE_BREAK),
        ("a\rb", None, Flaw.LINE_BREAK),
        ("a\u2028b", None, Flaw.LINE_BREAK),
        ("a\u0085b", None, Flaw.LINE_BREAK),
        ("a\x1cb", None, Flaw.LINE_BREAK),
        ("a\x07b", None, Flaw.CONTROL),
        ("a\x1fb", None, Flaw.CONTROL),
        ("a\x7fb", None, Flaw.CONTROL),
        ("a\x9bb", None, Flaw.CONTROL),
        ("a\x00b", Flaw.NUL, Flaw.NUL),
        ("a\ud800b", Flaw.SURROGATE, Flaw.SURROGATE),
        ("\udfff", Flaw.SURROGATE, Flaw.SURROGATE),
    ],
)
def test_a_flaw_is_found(text: str, as_text: Flaw | None, as_line: Flaw | None) -> None:
    """NUL and half characters nowhere; line breaks and other controls not in one line."""
    assert (as_text, as_line) == (flaw_of(text, line=False), flaw_of(text, line=True))


@given(st.text(st.characters()))
def test_a_line_is_what_every_reader_takes_for_one(text: str) -> None:
    """What passes has one line for Python too, and no control character but the tab."""
    passes = flaw_of(text, line=True) is None
    has_controls = any(unicodedata.category(char) in {"Cc", "Cs"} and char != "\t" for char in text)
    assert (len(text.splitlines()) < 2 and not has_controls and not text.endswith(("\u2028", "\u2029"))) is passes


@given(st.text(st.characters()))
def test_a_text_that_passes_can_be_encoded(text: str) -> None:
    """UTF-8 takes every text that passes, and none that does not but for NUL."""
    try:
        text.encode()
        is_encodable = True
    except UnicodeEncodeError:
        is_encodable = False
    assert (is_encodable and "\x00" not in text) is (flaw_of(text, line=False) is None)


def test_an_error_holds_no_value() -> None:
    """Neither its text nor its arguments repeat what was refused."""
    with pytest.raises(FieldError) as caught:
        check_line("subject", "S3NT-text\n")
    assert "S3NT" not in str(caught.value) + repr(caught.value) + repr(vars(caught.value))
    assert str(caught.value) == "subject must be one line"
