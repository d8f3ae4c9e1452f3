"""Phone numbers and sender IDs: from what a client writes to E.164."""

import re
from typing import Final

import phonenumbers

from gateway.core.errors import FieldError, Flaw
from gateway.core.numbering import is_plainly_valid
from gateway.core.text import check_line

MAX_NUMBER: Final = 40  # characters as written; E.164 has at most 15 digits
MAX_SENDER_ID: Final = 11  # characters: what fits an alphanumeric address (3GPP TS 23.040 §9.1.2.5)

# Letters are refused: the library would dial them ("0800-FLOWERS"), a client means something else by them.
_WRITTEN: Final = re.compile(r"[+\d\s()/.\-\u2010-\u2015]+")


def parse_phone(field: str, text: str, region: str) -> str:
    """Return a number as E.164 (`+49…`); national forms are read in `region` (ISO 3166 alpha-2).

    Raises FieldError for what is no valid number there.
    """
    if is_plainly_valid(text):
        return text
    check_line(field, text)
    if len(text) > MAX_NUMBER:
        raise FieldError(field, Flaw.TOO_LONG)
    if not _WRITTEN.fullmatch(text):
        raise FieldError(field, Flaw.PHONE)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise FieldError(field, Flaw.PHONE) from None
    if not phonenumbers.is_valid_number(number):
        raise FieldError(field, Flaw.PHONE)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country_of(number: str) -> str | None:
    """Return the country (ISO 3166 alpha-2) of an E.164 number, or None where the number has none."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    return region if region and region != "001" else None


def parse_sender_id(field: str, text: str, region: str) -> str:
    """Return a sender ID: up to 11 printable characters with a letter as written, or a number as E.164.

    Raises FieldError. Which letters a provider's networks can show is the provider's to say.
    """
    check_line(field, text)
    name = text.strip()
    if not name:
        raise FieldError(field, Flaw.EMPTY)
    if _WRITTEN.fullmatch(name):
        return parse_phone(field, name, region)
    if len(name) > MAX_SENDER_ID or not name.isprintable() or not any(char.isalpha() for char in name):
        raise FieldError(field, Flaw.SENDER_ID)
    return name
