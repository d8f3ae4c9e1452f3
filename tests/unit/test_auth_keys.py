"""Clients' keys: how they look, how they are shown, and what is kept of them."""

import base64
import hmac
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.keys import NO_CREDENTIALS, Credentials, KeyHasher, digest, new_key, read_credentials

AUTH_KEY = b"a" * 32


def basic(name: str, key: str) -> str:
    """Return an Authorization header."""
    return "Basic " + base64.b64encode(f"{name}:{key}".encode()).decode()


def test_a_key_is_256_random_bits_behind_a_prefix() -> None:
    """It is made of what is easily typed and told to others: no two are the same."""
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        prefix, _, secret = key.partition("_")
        assert prefix == "umschlag"
        assert len(base64.b32decode(secret.upper() + "====")) == 32
        assert set(secret) <= set(string.ascii_lowercase + string.digits)


def test_what_is_kept_of_a_key_depends_on_the_keyring() -> None:
    """HMAC-SHA256: without the keyring's key a digest cannot be compared."""
    expected = hmac.digest(AUTH_KEY, b"key\0x", "sha256")
    assert expected == digest(AUTH_KEY, "x")
    assert digest(AUTH_KEY, "x") != digest(b"b" * 32, "x")
    assert digest(AUTH_KEY, "x") != KeyHasher(AUTH_KEY).of_pair(Credentials("x"))


@pytest.mark.parametrize(
    "header, expected",
    [
        ("Bearer abc", Credentials("abc")),
        ("bearer  abc ", Credentials("abc")),
        (basic("praxis", "abc"), Credentials("abc", "praxis")),
        (basic("praxis", "a:b:c"), Credentials("a:b:c", "praxis")),
        (basic("", ""), Credentials("", "")),
        (basic("ärzte", "abc").replace("Basic", "BASIC"), Credentials("abc", "ärzte")),
        (None, NO_CREDENTIALS),
        ("", NO_CREDENTIALS),
        ("abc", NO_CREDENTIALS),
        ("Digest abc", NO_CREDENTIALS),
        ("Basic", NO_CREDENTIALS),
        ("Basic ä", NO_CREDENTIALS),
        ("Basic a", NO_CREDENTIALS),
        ("Basic YWJj", NO_CREDENTIALS),  # no colon
        ("Basic /zph", NO_CREDENTIALS),  # no UTF-8
        ("Bearer " + "x" * 2000, NO_CREDENTIALS),
    ],
)
def test_credentials_are_read_from_both_schemes(header: str | None, expected: Credentials) -> None:
    """What is malformed is as good as nothing."""
    assert expected == read_credentials(header)
    assert "abc" not in repr(read_credentials(header))


@given(st.text(max_size=60))
def test_any_header_is_read(header: str) -> None:
    """Nothing is raised, whatever is shown, and it can be hashed."""
    for shown in (header, f"Basic {header}", f"Bearer {header}"):
        credentials = read_credentials(shown)
        hasher = KeyHasher(AUTH_KEY)
        assert len(hasher.of_key(credentials.key) + hasher.of_pair(credentials)) == 64
