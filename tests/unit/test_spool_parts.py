"""The small parts of the spool: named queries, dates, places, and opening by URL."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.spool.dates import day_of, month_of, month_start, next_month_start
from gateway.spool.key_files import destroy_file, write_key
from gateway.spool.open import open_store
from gateway.spool.queries import read_queries, read_sql, with_rows
from gateway.spool.store import StoreUnavailableError

SPOOL = Path(__file__).parents[2] / "gateway" / "spool"
FILES = [(path.parent.name, path.stem) for path in SPOOL.glob("sql/*/*.sql") if not path.stem.endswith("schema")]


@pytest.mark.parametrize("dialect, file", FILES)
def test_every_query_has_a_purpose_and_a_use(dialect: str, file: str) -> None:
    """A comment says what it is for, and the code names it."""
    code = "".join(path.read_text(encoding="utf-8") for path in (SPOOL / dialect).rglob("*.py"))
    text = read_sql(dialect, file)
    found = read_queries(dialect, file)
    assert found
    assert [name for name in found if f'["{name}"]' not in code] == []
    assert [name for name in found if not re.search(rf"-- name: {name}\n-- [A-Z].*\.", text)] == []


@pytest.mark.parametrize("dialect", sorted({dialect for dialect, _ in FILES}))
def test_names_are_given_once(dialect: str) -> None:
    """Over all files of a dialect."""
    names = [name for other, file in FILES if other == dialect for name in read_queries(dialect, file)]
    assert sorted(set(names)) == sorted(names)


def test_a_row_is_repeated() -> None:
    """Once for each message of a batch; the rest of the query stays."""
    query = "WITH w (a, b) AS (VALUES (?, ?)) UPDATE t SET a = ? FROM w"
    expected = "WITH w (a, b) AS (VALUES (?, ?), (?, ?), (?, ?)) UPDATE t SET a = ? FROM w"
    assert (query, expected) == (with_rows(query, 1), with_rows(query, 3))


def test_a_query_without_rows_is_refused() -> None:
    """It is a bug to ask for it."""
    with pytest.raises(ValueError, match="no VALUES row"):
        with_rows("SELECT 1", 2)


@given(seconds=st.integers(-(10**10), 10**11))
def test_days_and_months_hold_their_times(seconds: int) -> None:
    """A time lies in its month, from its start to the start of the next, and its day in its month."""
    month = month_of(seconds)
    assert month_start(month) <= seconds < next_month_start(month)
    assert day_of(seconds).startswith(month)
    assert month_of(month_start(month)) == month


def test_a_year_has_twelve_months() -> None:
    """After December comes January."""
    assert (next_month_start("2026-12"), month_start("2027-01")) == (1_798_761_600, 1_798_761_600)


async def test_a_spool_is_opened_by_its_url(tmp_path: Path) -> None:
    """Relative to the folder that the configuration lies in."""
    store = await open_store("sqlite:///state/spool.db", base=tmp_path)
    await store.check()
    await store.close()
    assert (tmp_path / "state" / "spool.db").is_file()


@pytest.mark.parametrize("url", ["", "postgresql://host/spool", "sqlite://spool.db", "sqlite:///"])
async def test_another_url_is_refused(tmp_path: Path, url: str) -> None:
    """The error says what is expected and does not repeat the URL."""
    with pytest.raises(StoreUnavailableError, match="expected sqlite:///relative/path"):
        await open_store(url, base=tmp_path)


def test_a_key_is_written_once(tmp_path: Path) -> None:
    """Whoever comes second leaves it as it is; destroying what is gone is well."""
    path = tmp_path / "a.key"
    write_key(path, b"first")
    first = path.read_bytes()
    write_key(path, b"second")
    assert first == path.read_bytes()
    destroy_file(path)
    destroy_file(path)
    assert list(tmp_path.iterdir()) == []
