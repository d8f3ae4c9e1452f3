"""The page of all providers is what their types say."""

from pathlib import Path

from gateway.cli.providers_page import page
from gateway.delivery.registry import adapter_types

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_current() -> None:
    """docs/providers.md is what `python -m gateway.cli.providers_page` prints."""
    assert (DOCS / "providers.md").read_text(encoding="utf-8") == page()


def test_every_type_is_on_it() -> None:
    """A type is in the table of each of its channels, and in the list of all."""
    types, _ = adapter_types()
    rows = page().splitlines()
    counts = {name: sum(row.startswith(f"| `{name}` |") for row in rows) for name in types}
    assert counts == {name: len(kind.channels) + 1 for name, kind in types.items()}


def test_what_is_not_known_is_said() -> None:
    """A legal entity that nobody verified is named as such, and the sandbox sends to nobody."""
    rows = {row.split("|")[1].strip(): row for row in page().splitlines() if row.startswith("| `")}
    table = page().partition("## What they are")[0]
    assert "| `twilio` | *not known* | *not known* | *not known* |" in table
    assert "| `sandbox` | nobody |" in table
    assert "`ask`" in rows["`lox24`"] or "| `lox24` |" in table
