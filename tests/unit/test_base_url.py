"""Base URLs of vendors as settings write them."""

import pytest

from gateway.core.base_url import parse_base_url


@pytest.mark.parametrize(
    "text, expected",
    [
        ("https://api.example", "https://api.example"),
        ("https://api.example/", "https://api.example"),
        ("https://api.example:8443/v1/", "https://api.example:8443/v1"),
        ("https://[2001:db8::1]/v1", "https://[2001:db8::1]/v1"),
        ("HTTPS://api.example", "HTTPS://api.example"),
    ],
)
def test_an_address_loses_its_last_slash(text: str, expected: str) -> None:
    """An origin and a path are what a request's path is put behind."""
    assert parse_base_url(text, may_be_plain=False) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.example",
        "ftp://api.example",
        "https://",
        "https:///v1",
        "https://api.example:port",
        "https://api.example:0",
        "https://api.example:99999",
        "https://[::1",
        "https://api .example",
        "https://bücher.example",
        "https://api.example/\n",
    ],
)
def test_what_is_no_address(text: str) -> None:
    """The error says what is expected, and not what was written."""
    with pytest.raises(ValueError, match=r"^an address such as https://api\.example/v1 is expected$"):
        parse_base_url(text, may_be_plain=True)


@pytest.mark.parametrize(
    "text",
    ["https://S3NT@api.example", "https://S3NT:x@api.example", "https://api.example?S3NT", "https://api.example#x"],
)
def test_nothing_but_origin_and_path(text: str) -> None:
    """Credentials have settings of their own, and a query would swallow the path."""
    with pytest.raises(ValueError, match=r"^an address without user, query and fragment is expected$"):
        parse_base_url(text, may_be_plain=True)


def test_plain_http_is_the_operators_choice() -> None:
    """Without the operator's word nothing goes out unencrypted."""
    assert parse_base_url("http://10.0.0.5:8080", may_be_plain=True) == "http://10.0.0.5:8080"
    with pytest.raises(ValueError, match=r"^https:// is expected"):
        parse_base_url("HTTP://10.0.0.5:8080", may_be_plain=False)
