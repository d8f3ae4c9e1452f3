"""Phone numbers and sender IDs as people write them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.core.errors import FieldError, Flaw
from gateway.core.phone import country_of, parse_phone, parse_sender_id


@pytest.mark.parametrize(
    "written, region, number",
    [
        ("+491761234567", "DE", "+491761234567"),
        ("+49 176 1234567", "DE", "+491761234567"),
        ("+49 (0)176 1234567", "DE", "+491761234567"),
        ("00491761234567", "DE", "+491761234567"),
        ("0049 (176) 1234567", "AT", "+491761234567"),
        ("0176 1234567", "DE", "+491761234567"),
        ("0176/1234567", "DE", "+491761234567"),
        ("0176-123 45 67", "DE", "+491761234567"),
        ("0176\u2013123\u20134567", "DE", "+491761234567"),
        ("0664 1234567", "AT", "+436641234567"),
        ("079 123 45 67", "CH", "+41791234567"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("07911 123456", "GB", "+447911123456"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("201.555.0123", "US", "+12015550123"),
        ("+1 201 555 0123", "DE", "+12015550123"),
        ("+800 1234 5678", "DE", "+80012345678"),
    ],
)
def test_a_number_is_read_in_its_region(written: str, region: str, number: str) -> None:
    """National and international forms leave as E.164."""
    assert number == parse_phone("recipient", written, region)


@pytest.mark.parametrize(
    "written, flaw",
    [
        ("", Flaw.PHONE),
        (" ", Flaw.PHONE),
        ("+", Flaw.PHONE),
        ("110", Flaw.PHONE),
        ("0176", Flaw.PHONE),
        ("+49176123456789012", Flaw.PHONE),
        ("+999 123456789", Flaw.PHONE),
        ("0800-BLUMEN", Flaw.PHONE),
        ("anna", Flaw.PHONE),
        ("0176 1234567;ext=1", Flaw.PHONE),
        ("0176 1234567, 0176 7654321", Flaw.PHONE),
        ("tel:+491761234567", Flaw.PHONE),
        ("0176\n1234567", Flaw.LINE_BREAK),
        ("0176\x001234567", Flaw.NUL),
        ("0" * 41, Flaw.TOO_LONG),
    ],
)
def test_what_is_no_number_is_refused(written: str, flaw: Flaw) -> None:
    """Letters, two numbers, short codes and what no network has."""
    with pytest.raises(FieldError) as caught:
        parse_phone("recipient", written, "DE")
    assert ("recipient", flaw) == (caught.value.field, caught.value.flaw)


numbers = st.one_of(
    st.from_regex(r"\+?[0-9 ()/.-]{1,40}", fullmatch=True), st.from_regex(r"\+49 ?1[567][0-9]{8}", fullmatch=True)
)


@given(numbers, st.sampled_from(["DE", "AT", "CH", "US", "IT", "GB"]))
@example("+4915123456789", "DE")
def test_what_was_read_is_read_again_the_same(written: str, region: str) -> None:
    """E.164 means the same in every region."""
    try:
        number = parse_phone("recipient", written, region)
    except FieldError:
        return
    assert [number] * 3 == [parse_phone("recipient", number, other) for other in ("DE", "US", "CH")]


@given(st.text(max_size=50))
def test_a_refusal_holds_no_value(written: str) -> None:
    """Whatever is written, it is read, or refused with the field's name and the rule."""
    try:
        parse_phone("recipient", written, "DE")
    except FieldError as error:
        refusal = error
    else:
        return
    assert (f"recipient {refusal.flaw.value}",) == refusal.args
    assert refusal.__suppress_context__ or refusal.__context__ is None


@pytest.mark.parametrize(
    "number, country",
    [
        ("+491761234567", "DE"),
        ("+436641234567", "AT"),
        ("+41791234567", "CH"),
        ("+12015550123", "US"),
        ("+14165550123", "CA"),
        ("+80012345678", None),
        ("+10000000000", None),
    ],
)
def test_a_number_has_a_country(number: str, country: str | None) -> None:
    """Also where two share a calling code; international services have none."""
    assert country == country_of(number)


@pytest.mark.parametrize(
    "written, sender_id",
    [
        ("Praxis", "Praxis"),
        ("Dr. Weber", "Dr. Weber"),
        ("Müller", "Müller"),
        ("A", "A"),
        ("4you", "4you"),
        ("elevenchars", "elevenchars"),
        (" Praxis ", "Praxis"),
        ("0176 1234567", "+491761234567"),
        ("+491761234567", "+491761234567"),
        ("0176\u20131234567", "+491761234567"),
    ],
)
def test_a_sender_id_is_a_name_or_a_number(written: str, sender_id: str) -> None:
    """A name goes as it is, a number as E.164."""
    assert sender_id == parse_sender_id("sender_id", written, "DE")


@pytest.mark.parametrize(
    "written, flaw",
    [
        ("", Flaw.EMPTY),
        ("  ", Flaw.EMPTY),
        ("twelve chars", Flaw.SENDER_ID),
        ("!!!", Flaw.SENDER_ID),
        ("123#456", Flaw.SENDER_ID),
        ("A\tB", Flaw.SENDER_ID),
        ("A\u200bB", Flaw.SENDER_ID),
        ("12345", Flaw.PHONE),
        ("A\nB", Flaw.LINE_BREAK),
        ("A\x00", Flaw.NUL),
    ],
)
def test_other_sender_ids_are_refused(written: str, flaw: Flaw) -> None:
    """Too long, without a letter, not printable, or a number that is none."""
    with pytest.raises(FieldError) as caught:
        parse_sender_id("sender_id", written, "DE")
    assert ("sender_id", flaw) == (caught.value.field, caught.value.flaw)
