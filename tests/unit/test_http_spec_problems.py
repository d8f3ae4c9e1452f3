"""Spec files that are wrong: each mistake is named by file and key."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from providers.http_spec import load

FOLDER = Path(__file__).parents[1] / "specs"
GOOD = (FOLDER / "good.toml").read_text(encoding="utf-8")
MISTAKES = [
    pytest.param(mistake, id=f"{file.stem}-{number}")
    for file in sorted((FOLDER / "mistakes").glob("*.toml"))
    for number, mistake in enumerate(tomllib.loads(file.read_text(encoding="utf-8"))["mistake"])
]


def problems_of(text: str, folder: Path) -> list[str]:
    """Return what is wrong with a spec file, as people read it."""
    (folder / "acme.toml").write_text(text, encoding="utf-8")
    types, problems = load(folder)
    assert bool(types) is not bool(problems)
    return [str(problem) for problem in problems]


def test_the_good_one_is_good(tmp_path: Path) -> None:
    """What the mistakes below are made in has none itself."""
    assert problems_of(GOOD, tmp_path) == []


def test_a_folder_that_is_not_there_has_no_specs(tmp_path: Path) -> None:
    """An operator without specs of his own needs no folder."""
    assert load(tmp_path / "providers.d") == ([], [])


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named(mistake: Mapping[str, Any], tmp_path: Path) -> None:
    """The file, the key and the rule are said."""
    assert mistake["old"] in GOOD
    wrong = GOOD.replace(mistake["old"], mistake["new"], 1).replace(*mistake.get("with", ("", "")))
    assert problems_of(wrong, tmp_path) == [f"acme.toml {problem}" for problem in mistake["problems"]]


def test_states_without_anything_that_tells_them(tmp_path: Path) -> None:
    """Words for what becomes of messages are a mistake where nobody says any."""
    head, _, later = GOOD.partition("[report]")
    bare = head + "[[state]]" + later.partition("[[state]]")[2].partition("[balance]")[0]
    assert problems_of(bare, tmp_path) == ["acme.toml state: needs [report] or [poll]"]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """A file with two mistakes has two problems, and a file beside it its own."""
    (tmp_path / "other.toml").write_text("spec = 1\n[[outcome\n", encoding="utf-8")
    wrong = GOOD.replace("spec = 1", "spec = 2").replace('encoding = "form"', 'encoding = "xml"', 1)
    (tmp_path / "acme.toml").write_text(wrong, encoding="utf-8")
    assert [str(problem) for problem in load(tmp_path)[1]] == [
        "acme.toml spec: one of 1 is expected",
        "acme.toml request.encoding: one of 'json', 'form' or 'query' is expected",
        "other.toml (line 2): is no TOML",
    ]


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"\xff\xfe", "acme.toml: cannot be read as text in UTF-8"),
        (b"x = \ny = 1", "acme.toml (line 1): is no TOML"),
        (b"x = ", "acme.toml: is no TOML"),  # it ended too early
    ],
)
def test_what_is_no_toml(content: bytes, expected: str, tmp_path: Path) -> None:
    """A file that is something else is named, with the line where reading ended."""
    (tmp_path / "acme.toml").write_bytes(content)
    assert [str(problem) for problem in load(tmp_path)[1]] == [expected]


def test_a_folder_that_is_called_like_a_file(tmp_path: Path) -> None:
    """What cannot be read is a problem, not a crash."""
    (tmp_path / "acme.toml").mkdir()
    assert [str(problem) for problem in load(tmp_path)[1]] == ["acme.toml: cannot be read as text in UTF-8"]
