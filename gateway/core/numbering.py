"""Numbers in E.164 that a country's numbering plan has: the library's answer at a tenth of its price."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST_CODE: Final = 3  # digits
_WORLD: Final = "001"  # the library's region for codes that belong to no country

# Mobile first: most of what is asked for.
_KINDS: Final = (
    "mobile", "fixed_line", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
    "voicemail",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Plan:
    """What may follow a country code; `prefix` begins what the library would cut off first."""

    valid: re.Pattern[str]
    prefix: re.Pattern[str] | None


def is_plainly_valid(number: str) -> bool:
    """Whether a text is a number in E.164 which `phonenumbers` finds valid as it stands.

    False says nothing: it is written otherwise, or has no such number, or the library knows more of its country.
    """
    if _E164.fullmatch(number) is None:
        return False
    plan, start = _plan_of(number[1 : 1 + _LONGEST_CODE])
    if plan is None or plan.valid.fullmatch(number, start) is None:
        return False
    return plan.prefix is None or plan.prefix.match(number[start:]) is None


@cache
def _plan_of(beginning: str) -> tuple[_Plan | None, int]:
    """Return the plan of the country code that some digits begin with, and where a number goes on after it."""
    for length in range(1, _LONGEST_CODE + 1):
        code = int(beginning[:length])
        if code in COUNTRY_CODE_TO_REGION_CODE:
            return _plan(code), 1 + length
    return None, 0


@cache
def _plan(code: int) -> _Plan | None:
    """Return the plan of a code's main country, where its numbers are not told by their first digits alone."""
    region = COUNTRY_CODE_TO_REGION_CODE[code][0]
    metadata = None if region == _WORLD else PhoneMetadata.metadata_for_region(region, None)
    if metadata is None or metadata.leading_digits is not None:
        return None
    # The library: the pattern of the whole plan, and that of one kind of number at least.
    kinds = "|".join(filter(None, (_pattern(getattr(metadata, kind)) for kind in _KINDS)))
    prefix = metadata.national_prefix_for_parsing
    return _Plan(
        re.compile(rf"(?={_pattern(metadata.general_desc)}\Z)(?:{kinds})"), re.compile(prefix) if prefix else None
    )


def _pattern(desc: PhoneNumberDesc | None) -> str:
    """Return the pattern of one kind of number, with the lengths that it may have; empty where there is none."""
    if desc is None or not desc.national_number_pattern:
        return ""
    lengths = "|".join(f"[0-9]{{{length}}}" for length in desc.possible_length)
    return rf"(?=(?:{lengths})\Z)(?:{desc.national_number_pattern})"
