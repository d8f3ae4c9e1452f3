"""Where keys stand in a TOML text."""

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.key import Key, parse_key, with_parents, written
from gateway.config.lines import key_lines

EVERYTHING = '''\
# [not.a.table]
top = 1 # [no]
[a]
plain = "x = 1 # no"
"quoted key" = 'single # [no]'
'literal key' = [1, [2, 3], "]"]   # ]
dotted.'in' . side = true
many = """
[no]
no = "still inside" \\"""
"""
raw = \'\'\'
[no]
no = 1\'\'\'\'\'
list = [
  "]", # ]
  { x = "}", y = [ 1 ] },
]
  [  b . c  ]  # spaces
  x=1
[[rules]]
use = 1
[rules.inner]
deep = 1
[[ rules ]]
use = 2
[[rules.more]]
z = 1
[[rules.more]]
z = 2'''

LINES: dict[Key, int] = {
    ("top",): 2,
    ("a",): 3,
    ("a", "plain"): 4,
    ("a", "quoted key"): 5,
    ("a", "literal key"): 6,
    ("a", "dotted"): 7,
    ("a", "dotted", "in"): 7,
    ("a", "dotted", "in", "side"): 7,
    ("a", "many"): 8,
    ("a", "raw"): 12,
    ("a", "list"): 15,
    ("b",): 19,
    ("b", "c"): 19,
    ("b", "c", "x"): 20,
    ("rules",): 21,
    ("rules", 0): 21,
    ("rules", 0, "use"): 22,
    ("rules", 0, "inner"): 23,
    ("rules", 0, "inner", "deep"): 24,
    ("rules", 1): 25,
    ("rules", 1, "use"): 26,
    ("rules", 1, "more"): 27,
    ("rules", 1, "more", 0): 27,
    ("rules", 1, "more", 0, "z"): 28,
    ("rules", 1, "more", 1): 29,
    ("rules", 1, "more", 1, "z"): 30,
}


def test_each_key_has_its_line() -> None:
    """Strings, comments and lists that look like keys or tables are none."""
    assert tomllib.loads(EVERYTHING)
    assert key_lines(EVERYTHING) == LINES


@pytest.mark.parametrize("text", ["", "\n\n# only a comment", "\n[a]", "x = 1\r\n[b]\r\ny = 2\r\n"])
def test_small_texts_are_read_to_their_end(text: str) -> None:
    """Every key of a text has a line, whatever it ends with."""
    lines = key_lines(text)
    assert [key for key in keys_of(tomllib.loads(text), ()) if key not in lines] == []


def keys_of(value: Any, above: Key) -> Iterator[Key]:  # noqa: ANN401 (what TOML holds)
    """Yield each key of tables, and of tables in lists of nothing but tables."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*above, name)
            yield from keys_of(inner, (*above, name))


def toml_text(tree: dict[str, dict[str, list[str]]]) -> str:
    """Write tables of lists of texts as TOML, whose basic strings and JSON's are alike but for DEL."""
    tables = []
    for name, table in tree.items():
        items = [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items()]
        tables += [f"[{json.dumps(name)}]", *items]
    return "\n".join(tables)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF, exclude_characters="\x7f"), max_size=12)


@given(st.dictionaries(TEXTS, st.dictionaries(TEXTS, st.lists(TEXTS, max_size=3), max_size=3), max_size=3))
def test_whatever_stands_in_strings_every_key_has_its_own_line(tree: dict[str, dict[str, list[str]]]) -> None:
    """One statement a line: the lines that are told are all the lines, in order."""
    text = toml_text(tree)
    assert tomllib.loads(text) == tree
    assert list(key_lines(text).values()) == list(range(1, len(text.splitlines() if text else []) + 1))


@pytest.mark.parametrize(
    "key, text",
    [(("routes", "rules", 0, "use"), "routes.rules[0].use"), (("a",), "a"), (("x", 1, 2), "x[1][2]")],
)
def test_a_key_is_written_and_read_back(key: Key, text: str) -> None:
    """Tables are joined by dots, positions stand in brackets."""
    assert (written(key), parse_key(text)) == (text, key)


def test_a_key_stands_in_its_tables() -> None:
    """Innermost first, the key itself before all."""
    assert list(with_parents(("a", 0, "b"))) == [("a", 0, "b"), ("a", 0), ("a",)]
