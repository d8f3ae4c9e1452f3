"""The quick answer about numbers, held against the library's."""

import random

import phonenumbers
import pytest

from gateway.core.numbering import is_plainly_valid
from gateway.core.phone import parse_phone

_KINDS = phonenumbers.PhoneNumberType.values()


def examples() -> list[str]:
    """Return the library's example of every kind of number of every region, in E.164."""
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    found = [phonenumbers.example_number_for_type(region, kind) for region in regions for kind in _KINDS]
    world = sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    found += [phonenumbers.example_number_for_non_geo_entity(code) for code in world]
    return [phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) for number in found if number]


def library_says(text: str) -> str | None:
    """Return a number as the library would write it, None where it is not valid."""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    is_valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if is_valid else None


def changed(text: str, chance: random.Random) -> str:
    """Return a number with a few digits changed, taken away or put in."""
    for _ in range(chance.randint(0, 4)):
        place, digit = chance.randrange(1, len(text)), chance.choice("0123456789")
        text = chance.choice([
            text[:place] + digit + text[place + 1 :],
            text[:place] + text[place + 1 :],
            text[:place] + digit + text[place:],
        ])
        if len(text) < 3:
            break
    return text


def test_what_is_plainly_valid_the_library_takes_as_it_stands() -> None:
    """Over all countries and kinds, right and nearly right: never a number that it would refuse or change."""
    chance = random.Random(4711)
    asked = [*examples(), *(changed(text, chance) for text in examples() * 3)]
    taken = [text for text in asked if is_plainly_valid(text)]
    assert taken == [library_says(text) for text in taken]
    assert len(taken) > len(asked) / 4


@pytest.mark.parametrize("number", ["+491761234567", "+4930123456", "+436641234567", "+41781234567", "+12015550123"])
def test_ordinary_numbers_need_no_library(number: str) -> None:
    """They are most of what comes."""
    assert is_plainly_valid(number)
    assert parse_phone("recipient", number, "DE") == number


@pytest.mark.parametrize(
    "text, expected",
    [
        ("0176 1234567", "+491761234567"),
        ("00491761234567", "+491761234567"),
        ("+49 176 1234567", "+491761234567"),
        ("+4901761234567", "+491761234567"),
        ("+80012345678", "+80012345678"),
        ("+77012345678", "+77012345678"),
    ],
)
def test_the_library_is_asked_about_the_rest(text: str, expected: str) -> None:
    """National and spaced forms, prefixes that are cut off, codes of no country or of several."""
    assert expected == parse_phone("recipient", text, "DE")


@pytest.mark.parametrize("text", ["", "+", "+49", "491761234567", "+0491761234567", "+9991234567", "+4917612345670000"])
def test_what_is_no_number_is_not_plainly_valid(text: str) -> None:
    """Nor is one that is written otherwise."""
    assert not is_plainly_valid(text)
