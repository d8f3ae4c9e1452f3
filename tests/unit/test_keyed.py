"""The keyed hash: what the standard library's HMAC-SHA256 says, whatever the key and the text."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.keyed import KeyedHash


@given(key=st.binary(min_size=1, max_size=130), beginning=st.binary(max_size=80), rest=st.binary(max_size=200))
def test_it_is_hmac_sha256(key: bytes, beginning: bytes, rest: bytes) -> None:
    """Short keys, keys of a block and longer ones, with and without a beginning."""
    assert hmac.digest(key, beginning + rest, "sha256") == KeyedHash(key, beginning).of(rest)


def test_one_text_does_not_change_the_next() -> None:
    """It can be asked again and again."""
    hashing = KeyedHash(b"key")
    assert [hashing.of(b"a"), hashing.of(b"b")] == [hmac.digest(b"key", each, "sha256") for each in (b"a", b"b")]
