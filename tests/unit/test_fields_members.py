"""JSON objects: what is read from them, and that no duplicate goes unseen."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.members import BodyFlaw, read_members


@pytest.mark.parametrize(
    "body, expected",
    [
        (b"{}", {}),
        (b' \t\r\n{"a":"b"} \n', {"a": "b"}),
        (b'{"a":{"b":[1,2.5,true,null,"x"]}}', {"a": {"b": [1, 2.5, True, None, "x"]}}),
        (b'{"a\\"b":"\\"\\\\","\\\\":"\\\\\\""}', {'a"b': '"\\', "\\": '\\"'}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        ('{"ä":"€"}'.encode(), {"ä": "€"}),
        (b'{"a":"\\u0000"}', {"a": "\0"}),
        # The same name is another one elsewhere.
        (b'{"a":{"a":[{"a":1},{"a":2}]}}', {"a": {"a": [{"a": 1}, {"a": 2}]}}),
        # What RFC 8259 has and msgspec refuses.
        (b'{"a":"\\ud800"}', {"a": "\ud800"}),
        (b'{"a":"x\\udc00\\ud800"}', {"a": "x\udc00\ud800"}),
        (b'{"\\ud800":"x"}', {"\ud800": "x"}),
        (b'{"a":1e999,"b":-1e999,"c":"x"}', {"a": 0, "b": 0, "c": "x"}),
        (b'{"a":' + b"1" * 5000 + b"}", {"a": 0}),
    ],
)
def test_an_object_is_read(body: bytes, expected: dict[str, object]) -> None:
    """Escapes, unpaired surrogates and numbers of any size are JSON."""
    assert expected == read_members(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"}",
        b"{}{}",
        b"{} x",
        b'{"a":1,}',
        b'{"a":1 "b":2}',
        b"{'a':1}",
        b"{a:1}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":.5}',
        b'{"a":"\t"}',
        b'{"a":"\x00"}',
        b'{"a":"\\q"}',
        b'{"a":"\\u12"}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xc0\xaf"}',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b"\x00{}",
        b"/* x */{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":"\\ud800","b":' + b"[" * 100_000,
    ],
)
def test_what_is_no_json_is_told(body: bytes) -> None:
    """Trailing bytes, byte order marks, other encodings and nesting without end are no JSON either."""
    assert read_members(body) is BodyFlaw.NOT_JSON


@pytest.mark.parametrize("body", [b"[]", b'[{"a":1}]', b'"a"', b"1", b"null", b"true", b'["\\ud800"]', b'"\\ud800"'])
def test_what_is_no_object_is_told(body: bytes) -> None:
    """JSON, but nothing that has members."""
    assert read_members(body) is BodyFlaw.NOT_AN_OBJECT


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"b":2,"a":null}',
        b'{"a":"x","\\u0061":"y"}',
        b'{"":1,"":2}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":[[{"b":1},{"c":[],"c":[]}]]}',
        b'{"a":{"a":1},"a":2}',
        b'{"a\\"":1,"a\\"":2}',
        b'{"\\\\":1,"\\\\":2}',
        b'{"a":"\\ud800","a":1}',
        b'{"x":"\\ud800","a":{"b":1,"b":1}}',
        b'{"\\ud800":1,"\\ud800":2}',
        b'{"n":1e999,"a":1,"a":2}',
    ],
)
def test_a_duplicate_is_found_at_any_depth(body: bytes) -> None:
    """However the names are spelt, and whatever else is in the object."""
    assert read_members(body) is BodyFlaw.DUPLICATE


_TEXTS = st.text(st.sampled_from('a"\\b/\n\u00e4\U0001f600 {}[]:,'), max_size=6)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(_TEXTS, inner), max_size=4).map(tuple),
    max_leaves=20,
)


def _written(value: object, *, ascii_only: bool) -> tuple[str, bool]:
    """Return a value as JSON, where a tuple of pairs is an object, and whether a name came twice in one."""
    if isinstance(value, tuple):
        parts = [
            (json.dumps(name, ensure_ascii=ascii_only), _written(inner, ascii_only=ascii_only)) for name, inner in value
        ]
        has_duplicate = len({name for name, _ in value}) < len(value) or any(found for _, (_, found) in parts)
        return "{" + ",".join(f"{name}: {text}" for name, (text, _) in parts) + "}", has_duplicate
    if isinstance(value, list):
        items = [_written(item, ascii_only=ascii_only) for item in value]
        return "[" + ", ".join(text for text, _ in items) + "]", any(found for _, found in items)
    return json.dumps(value, ensure_ascii=ascii_only), False


@given(st.lists(st.tuples(_TEXTS, _VALUES), max_size=5).map(tuple), st.booleans())
def test_duplicates_are_found_and_nothing_else_is_taken_for_one(pairs: object, ascii_only: bool) -> None:
    """Held against a writer that knows whether it wrote a name twice."""
    text, has_duplicate = _written(pairs, ascii_only=ascii_only)
    expected = BodyFlaw.DUPLICATE if has_duplicate else json.loads(text)
    assert expected == read_members(text.encode())


@given(st.binary(max_size=64) | st.text(st.sampled_from('{}[]":,\\u0aN -e1'), max_size=40).map(str.encode))
def test_any_bytes_are_answered(body: bytes) -> None:
    """Nothing is raised, and what the standard library takes for a plain object is one."""
    read = read_members(body)
    try:
        expected = json.loads(body.decode())
    except (ValueError, RecursionError):
        assert read is BodyFlaw.NOT_JSON
    else:
        assert isinstance(expected, dict) or not isinstance(read, dict)
