"""The documents say what is true: their commands exist, their examples run, their configurations are in order."""

import re
from pathlib import Path

import click
import pytest

from gateway.cli import umschlag
from gateway.cli.welcome import instructions
from gateway.config import examine

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "gateway" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """Return the blocks of code of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def called(text: str) -> set[tuple[str, ...]]:
    """Return the words behind each `umschlag` in a text, as far as they are words."""
    found = re.findall(r"(?:^|[`|] ?|-- )umschlag((?: [a-z][a-z-]*)+)", text, re.MULTILINE)
    return {tuple(words.split()) for words in found}


def resolve(words: tuple[str, ...]) -> str | None:
    """Return the first word that names no command, None where all do."""
    group: click.Command = umschlag
    for word in words:
        if not isinstance(group, click.Group):
            return None
        found = group.get_command(click.Context(group), word)
        if found is None:
            return word
        group = found
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_exists(page: Path) -> None:
    """Whatever a page tells to type is there."""
    assert {words: wrong for words in called(page.read_text(encoding="utf-8")) if (wrong := resolve(words))} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Links between the documents name files that are there."""
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_shows_the_commands_that_serve_prints() -> None:
    """The two commands of the README are those of a first start."""
    home = Path("HOME/.local/state/umschlag")
    printed = [line.strip() for line in instructions("http://127.0.0.1:8025", home / "demo.key", home).splitlines()]
    shown = [line for block in blocks(ROOT / "README.md", "sh") for line in block.splitlines() if "curl" in line]
    assert shown == [line.replace("HOME/", "~/") for line in printed if line.startswith("curl")]


def test_the_readme_s_configuration_is_in_order(tmp_path: Path) -> None:
    """What the README says to begin with has neither problems nor warnings."""
    [text] = blocks(ROOT / "README.md", "toml")
    path = tmp_path / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    found = examine(path, {"UMSCHLAG_HOME": str(tmp_path)})
    assert (found.problems, found.warnings) == ((), ())


def test_the_container_s_configuration_is_in_order(tmp_path: Path) -> None:
    """The file of the compose example warns of what it says itself: no TLS on an open address."""
    path = ROOT / "config" / "compose" / "gateway.toml"
    found = examine(path, {"UMSCHLAG_HOME": str(tmp_path)})
    assert (found.problems, [warning.key for warning in found.warnings]) == ((), ["http.listen"])
