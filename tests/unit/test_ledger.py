"""The ledger beside the keys: what is written is read again, and what no copy can bring back is forgotten."""

from pathlib import Path

import pytest

from gateway.spool.key_files import KeyringError
from gateway.spool.ledger import Dropped, Erasure, FileLedger, Line, read_number, write_number
from gateway.spool.subjects import Standing, StoredStanding

TAG, OTHER = b"a" * 16, b"b" * 16
LINES: list[Line] = [
    Erasure(1, "0" * 32),
    StoredStanding(TAG, Standing.OBJECTED, 2),
    StoredStanding(OTHER, Standing.RESTRICTED, 3),
    Dropped(4, OTHER),
    Erasure(5, "f" * 32),
]


def test_lines_are_read_in_order(tmp_path: Path) -> None:
    """By any process; none are there at first, and adding none makes no file."""
    ledger = FileLedger(tmp_path)
    assert ledger.read() == []
    ledger.append([])
    assert list(tmp_path.iterdir()) == []
    ledger.append(LINES[:2])
    FileLedger(tmp_path).append(LINES[2:])
    assert ledger.read() == LINES
    assert (tmp_path / "ledger").stat().st_mode & 0o777 == 0o600


def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    """But what persons asked for and did not take back."""
    ledger = FileLedger(tmp_path)
    ledger.append(LINES)
    ledger.purge(5)
    assert ledger.read() == [LINES[1], LINES[4]]
    ledger.purge(9)
    assert ledger.read() == [LINES[1]]


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    """A crash in the middle of writing costs that line alone."""
    ledger = FileLedger(tmp_path)
    ledger.append(LINES[:1])
    with (tmp_path / "ledger").open("a", encoding="ascii") as file:
        file.write("7 erased 0")
    assert ledger.read() == LINES[:1]


def test_a_ledger_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """The error names the file and no value."""
    (tmp_path / "ledger").write_bytes(b"\xff")
    with pytest.raises(KeyringError, match="the ledger cannot be read"):
        FileLedger(tmp_path).read()
    with pytest.raises(KeyringError, match="the ledger cannot be written"):
        FileLedger(tmp_path / "nowhere").append(LINES)


def test_numbers_last(tmp_path: Path) -> None:
    """Zero at first; what is no number is an error that names the file."""
    path = tmp_path / "generation"
    assert read_number(path) == 0
    write_number(path, 7)
    assert read_number(path) == 7
    path.write_text("x", encoding="ascii")
    with pytest.raises(KeyringError, match="generation"):
        read_number(path)
    with pytest.raises(KeyringError, match="generation"):
        write_number(tmp_path / "nowhere" / "generation", 1)
