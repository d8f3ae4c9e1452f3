"""What pydantic found wrong, in our own words: they name the rule, never the value."""

import difflib
from collections.abc import Collection, Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

from gateway.config.key import Key
from gateway.settings import SECTIONS, RouteRule, Settings

_SENTENCES: Final = {
    "missing": "is missing",
    "string_type": "a text is expected",
    "string_too_short": "a text of {min_length} characters or more is expected",
    "string_too_long": "a text of {max_length} characters or fewer is expected",
    "string_pattern_mismatch": "a text of the form {pattern} is expected",
    "string_unicode": "a text in UTF-8 is expected",
    "int_type": "a whole number is expected",
    "int_parsing": "a whole number is expected",
    "int_parsing_size": "a smaller number is expected",
    "int_from_float": "a whole number is expected",
    "bool_type": "true or false is expected",
    "bool_parsing": "true or false is expected",
    "greater_than_equal": "a number from {ge} on is expected",
    "greater_than": "a number over {gt} is expected",
    "less_than_equal": "a number up to {le} is expected",
    "literal_error": "one of {expected} is expected",
    "enum": "one of {expected} is expected",
    "path_type": "a path is expected",
    "list_type": "a list is expected",
    "tuple_type": "a list is expected",
    "too_short": "at least one is expected",
    "dict_type": "a table is expected",
    "model_type": "a table is expected",
    "model_attributes_type": "a table is expected",
    "value_error": "{error}",
    "extra_forbidden": "is unknown",
}


def sentence(error: ErrorDetails) -> str:
    """Return what is wrong; of what pydantic knows about the value only the rule's own bounds are used."""
    kind = error["type"]
    context: Mapping[str, Any] = error.get("ctx", {})
    text = _SENTENCES.get(kind, f"is not as expected ({kind})").format_map(context)
    return text + _suggestion(error["loc"]) if kind == "extra_forbidden" else text


def _suggestion(key: Key) -> str:
    """Return what an unknown key may have been meant for: a key of the same table, else of another one."""
    last = str(key[-1])
    if close := difflib.get_close_matches(last, _keys_of(key[:-1]), n=1):
        return f"; did you mean {close[0]}?"
    elsewhere = [f"{name}.{last}" for name, section in SECTIONS.items() if last in section.model_fields]
    return f"; did you mean {elsewhere[0]}?" if elsewhere else ""


def _keys_of(table: Key) -> Collection[str]:
    """Return the keys that a table may have."""
    if not table:
        return Settings.model_fields
    if table[:2] == ("routes", "rules"):
        return RouteRule.model_fields
    return SECTIONS[str(table[0])].model_fields
