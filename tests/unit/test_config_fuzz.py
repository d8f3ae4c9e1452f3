"""Whatever stands in a file or in the environment, reading it ends with settings or with problems."""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import examine
from gateway.config.file import File, read_file
from gateway.config.lines import key_lines
from gateway.settings import SECTIONS

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=20)
WORDS = st.sampled_from([
    "", "48h", "1MB", "10/s", "127.0.0.1:0", "a,b", '["a"]', "[", "true", "7", "sqlite:///x", "dir:///x", "sqlite:///\0",
    "DE",     "99999999999999999999", "/", ".", "\0",
])  # fmt: skip
SCALARS = (
    TEXTS
    | WORDS
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.just(dt.datetime(2026, 11, 24, tzinfo=dt.UTC))
    | st.just(dt.date(2026, 11, 24))
    | st.just(dt.time(7, 32))
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
KEYS = [(name, key) for name, section in SECTIONS.items() for key in section.model_fields]


def written(value: Any) -> str:  # noqa: ANN401 (what TOML holds)
    """Write a value as TOML."""
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{written(key)} = {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that all examples write to."""
    return tmp_path_factory.mktemp("fuzz")


@given(values=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
def test_any_value_of_any_key(folder: Path, values: Mapping[tuple[str, str], Any]) -> None:
    """A value of another kind is a problem of its key, never an exception, and the rest is read all the same."""
    path = folder / "umschlag.toml"
    lines = [f"{name}.{key} = {written(value)}" for (name, key), value in values.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = examine(path, {"UMSCHLAG_HOME": str(folder)})
    assert [problem for problem in found.problems if problem.key == path.name] == []
    assert [problem for problem in found.problems if problem.line is None] == []


@given(values=st.dictionaries(st.sampled_from(KEYS), TEXTS.filter(lambda text: "\0" not in text) | WORDS, max_size=6))
def test_any_value_of_any_variable(folder: Path, values: Mapping[tuple[str, str], str]) -> None:
    """The environment has texts only; each problem names its variable."""
    environ = {f"UMSCHLAG_{name}__{key}".upper(): value for (name, key), value in values.items()}
    found = examine(None, {"UMSCHLAG_HOME": str(folder), **environ})
    unnamed = [problem.text for problem in found.problems if "(set by UMSCHLAG_" not in problem.text]
    assert set(unnamed) <= {"is missing: certificate and key go together"}


@given(names=st.dictionaries(TEXTS.map(lambda text: f"UMSCHLAG_{text}"), TEXTS, max_size=4))
def test_any_name_of_a_variable(folder: Path, names: Mapping[str, str]) -> None:
    """A variable that sets nothing is a problem by its name."""
    found = examine(None, {**names, "UMSCHLAG_HOME": str(folder)})
    assert len(found.problems) >= len([name for name in names if "__" not in name and name not in KNOWN])


KNOWN = {"UMSCHLAG_HOME", "UMSCHLAG_CONFIG", "UMSCHLAG_URL", "UMSCHLAG_KEY_FILE", "UMSCHLAG_PORT"}


@given(data=st.binary(max_size=60))
def test_any_bytes(folder: Path, data: bytes) -> None:
    """Bytes are a configuration or a problem with a line."""
    path = folder / "bytes.toml"
    path.write_bytes(data)
    file = read_file(path)
    assert isinstance(file, File)
    assert file.problem is None or file.problem.line is not None


@given(text=st.text(alphabet="ab.\"'[]{}=#\n ,1\\", max_size=40))
def test_any_text_that_is_toml_has_its_lines(folder: Path, text: str) -> None:
    """What the standard library's parser takes, the finder of lines takes too."""
    path = folder / "text.toml"
    path.write_text(text, encoding="utf-8")
    file = read_file(path)
    if file.problem is None:
        assert [key for key in file.tree if (key,) not in key_lines(text)] == []
