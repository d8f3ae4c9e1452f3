"""What a request would like: a language, and nothing where it has the answer."""

import pytest

from gateway.http_server.negotiation import has_tag, preferred


@pytest.mark.parametrize(
    "header,expected",
    [
        ("", "de"), ("en", "en"), ("en-US,en;q=0.9,de;q=0.8", "en"), ("de-AT;q=0.3, en;q=0.2", "de"),
        ("fr", "de"), ("fr, *;q=0.1", "de"), ("EN-gb", "en"), ("de;q=0, en;q=0.1", "en"), ("en;q=x", "de"),
        ("en;q=0.5, en;q=0.9, de;q=0.7", "en"), ("x," * 40 + "en", "de"), (";;;q=,", "de"),
    ],
)  # fmt: skip
def test_the_heaviest_language_is_taken(header: str, expected: str) -> None:
    """As RFC 9110 §12.5.4 weighs them; what is no weight weighs nothing, and German is what is left."""
    assert preferred({"Accept-Language": header}, ["de", "en"]) == expected


@pytest.mark.parametrize(
    "header,expected",
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("", False), ("a", False)],
)
def test_a_tag_is_found(header: str, expected: bool) -> None:
    """If-None-Match compares weakly (RFC 9110 §13.1.2)."""
    assert has_tag({"If-None-Match": header}, '"a"') == expected


def test_no_header_asks_for_nothing() -> None:
    """Without the headers the first language is taken, and the answer is sent."""
    assert preferred({}, ["de", "en"]) == "de"
    assert not has_tag({}, '"a"')
