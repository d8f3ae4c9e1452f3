"""Sizes as settings write them."""

import pytest

from gateway.core.size import parse_size


@pytest.mark.parametrize(
    "text, size",
    [
        ("0B", 0),
        ("100B", 100),
        ("64KB", 64_000),
        ("64 kb", 64_000),
        ("64KiB", 65_536),
        ("1MB", 1_000_000),
        ("1MiB", 1_048_576),
        ("2GB", 2_000_000_000),
        ("2gib", 2_147_483_648),
        (" 1MB ", 1_000_000),
    ],
)
def test_a_size_is_read(text: str, size: int) -> None:
    """In powers of a thousand, and of 1024 where an i says so."""
    assert size == parse_size(text)


@pytest.mark.parametrize(
    "text", ["", "1", "MB", "-1MB", "1.5MB", "1IB", "1TB", "1M", "\u0661MB", "1MB1", "9" * 13 + "B"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    """With a sentence that does not repeat it."""
    with pytest.raises(ValueError, match=r"^a size such as 64KB or 1MB is expected$"):
        parse_size(text)
