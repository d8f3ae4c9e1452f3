"""The admin token's file: read, made, and refused without a word of what is in it."""

from pathlib import Path

import pytest

from gateway.console import admin_token
from gateway.console.token import TokenError


def test_a_missing_file_is_made(tmp_path: Path) -> None:
    """It is for its owner alone, and read again the next time."""
    path = tmp_path / "state" / "admin-token"
    made = admin_token(path).reveal()
    assert (len(made), path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (43, 0o600, 0o700)
    assert admin_token(path).reveal() == made


def test_two_tokens_differ(tmp_path: Path) -> None:
    """Each gateway has its own."""
    first, second = (admin_token(tmp_path / name).reveal() for name in "ab")
    assert first != second


def test_white_space_around_a_token_is_not_part_of_it(tmp_path: Path) -> None:
    """Editors end files with a line end."""
    path = tmp_path / "token"
    path.write_text("  secret-of-mine \n")
    assert admin_token(path).reveal() == "secret-of-mine"


@pytest.mark.parametrize("content, message", [(b" \n", "empty"), (b"gr\xc3\xbcn", "UnicodeDecodeError")])
def test_a_file_that_is_no_token_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """The error says what kind of fault it is, and neither content nor path."""
    path = tmp_path / "S3NT-path"
    path.write_bytes(content)
    with pytest.raises(TokenError, match=message) as caught:
        admin_token(path)
    assert ("S3NT" in str(caught.value), caught.value.__cause__) == (False, None)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A folder in the place of the file is no token."""
    with pytest.raises(TokenError, match="IsADirectoryError"):
        admin_token(tmp_path)


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """A link to nowhere is not followed: the token would be made somewhere else."""
    path = tmp_path / "token"
    Path(path).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TokenError, match="FileExistsError"):
        admin_token(path)
    assert not (tmp_path / "elsewhere").exists()
