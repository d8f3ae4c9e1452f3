"""Segments of text messages, held against an independent library and against the tables of the standard."""

import pytest
import smsutil
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.core.sms import GSM7_BASIC, GSM7_EXTENSION, Encoding, Segments, segments

basic = st.sampled_from(sorted(GSM7_BASIC))
extension = st.sampled_from(sorted(GSM7_EXTENSION))
gsm7_texts = st.one_of(
    st.text(basic, max_size=500),
    st.text(st.one_of(basic, extension), max_size=500),
    # Around the places where one more character makes one more segment.
    st.builds("{:x<{}}{}".format, st.just(""), st.integers(145, 165), st.text(extension, max_size=12)),
    st.builds("{:x<{}}{}".format, st.just(""), st.integers(298, 312), st.text(extension, max_size=12)),
)
other_texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.builds("ж{:x<{}}{}".format, st.just(""), st.integers(60, 70), st.text(st.sampled_from("😀ж"), max_size=8)),
    st.builds("ж{:x<{}}{}".format, st.just(""), st.integers(126, 136), st.text(st.sampled_from("😀ж"), max_size=8)),
)


def independent(text: str) -> Segments:
    """Return what smsutil says; it counts octets where we count UTF-16 units, and gives nothing for nothing."""
    found = smsutil.split(text)
    if found.encoding == "gsm0338":
        return Segments(Encoding.GSM7, found.total_bytes, len(found.parts))
    return Segments(Encoding.UCS2, found.total_bytes // 2, len(found.parts))


@given(st.one_of(gsm7_texts, other_texts).filter(bool))
@example("x" * 152 + "€" + "x" * 10)
@example("ж" * 66 + "😀" + "ж")
@example("€" * 80)
@example("€" * 81)
@example("😀" * 35)
@example("😀" * 36)
def test_segments_are_those_of_an_independent_library(text: str) -> None:
    """Alphabet, length and number of segments agree for every text."""
    assert independent(text) == segments(text)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", Segments(Encoding.GSM7, 0, 1)),
        ("x" * 160, Segments(Encoding.GSM7, 160, 1)),
        ("x" * 161, Segments(Encoding.GSM7, 161, 2)),
        ("x" * 306, Segments(Encoding.GSM7, 306, 2)),
        ("x" * 307, Segments(Encoding.GSM7, 307, 3)),
        ("€" * 80, Segments(Encoding.GSM7, 160, 1)),
        ("x" * 159 + "€", Segments(Encoding.GSM7, 161, 2)),
        # 153 septets take 76 pairs and leave one unused: three segments where dividing would say two.
        ("€" * 153, Segments(Encoding.GSM7, 306, 3)),
        ("x" * 152 + "€" + "x" * 151, Segments(Encoding.GSM7, 305, 2)),
        ("x" * 152 + "€" + "x" * 152, Segments(Encoding.GSM7, 306, 3)),
        ("ж" * 70, Segments(Encoding.UCS2, 70, 1)),
        ("ж" * 71, Segments(Encoding.UCS2, 71, 2)),
        ("ж" * 134, Segments(Encoding.UCS2, 134, 2)),
        ("ж" * 135, Segments(Encoding.UCS2, 135, 3)),
        ("😀" * 35, Segments(Encoding.UCS2, 70, 1)),
        ("😀" * 36, Segments(Encoding.UCS2, 72, 2)),
        # 67 units take 33 pairs.
        ("😀" * 67, Segments(Encoding.UCS2, 134, 3)),
        ("ж" * 66 + "😀" + "ж" * 66, Segments(Encoding.UCS2, 134, 3)),
        ("ж" * 66 + "😀" + "ж" * 65, Segments(Encoding.UCS2, 133, 2)),
    ],
    ids=range(19),
)
def test_a_pair_is_never_cut_in_two(text: str, expected: Segments) -> None:
    """An escape with its character, and both halves of a character outside the basic plane, stay in one segment."""
    assert expected == segments(text)


@pytest.mark.parametrize(
    "language, text, encoding",
    [
        ("German", "Grüße aus Köln, Ä Ö Ü ß", Encoding.GSM7),
        ("Spanish", "¿Mañana?", Encoding.GSM7),
        ("Spanish with í", "¡Sí!", Encoding.UCS2),
        ("French", "à é è ù Ç", Encoding.GSM7),
        ("French with ç", "ça", Encoding.UCS2),
        ("Greek capitals", "ΓΔΘΛΞΠΣΦΨΩ", Encoding.GSM7),
        ("Greek small letters", "γεια", Encoding.UCS2),
        ("Scandinavian", "æøå ÆØÅ", Encoding.GSM7),
        ("Turkish", "\u0131ş\u0131k", Encoding.UCS2),
        ("Polish", "zażółć", Encoding.UCS2),
        ("Russian", "привет", Encoding.UCS2),
        ("currency", "€ £ $ ¥ ¤", Encoding.GSM7),
        ("brackets", "[]{}\\^~|", Encoding.GSM7),
        ("line ends", "a\r\nb\fc", Encoding.GSM7),
        ("typographic", "„Anführung“ – …", Encoding.UCS2),
        ("backtick", "`", Encoding.UCS2),
        ("tab", "\t", Encoding.UCS2),
        ("escape", "\x1b", Encoding.UCS2),
    ],
)
def test_national_characters(language: str, text: str, encoding: Encoding) -> None:
    """Only what stands in the standard's default table travels in seven bits."""
    assert encoding is segments(text).encoding


def test_the_table_is_the_standards() -> None:
    """127 characters beside the escape, ten behind it, none in both."""
    assert (len(GSM7_BASIC), len(GSM7_EXTENSION), GSM7_BASIC & GSM7_EXTENSION) == (127, 10, frozenset())


def test_an_unpaired_surrogate_is_counted() -> None:
    """The door refuses it; if it came all the same, no error here would hold the text."""
    assert segments("\ud800") == Segments(Encoding.UCS2, 1, 1)
