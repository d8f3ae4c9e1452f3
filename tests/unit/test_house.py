"""The rules of the house that no linter knows: sizes, names, first lines and locks."""

import ast
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.coverage_gate import shortfalls

ROOT = Path(__file__).parents[2]
FOLDERS = ("gateway", "providers", "tests", "config", ".ci")

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40
MAX_USUAL_FUNCTION_LINES = 25
USUAL_SHARE = 0.9
MAX_NESTING = 3

# These say nothing about what is inside.
EMPTY_NAMES = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}

# How a file's first line has to begin; a script's comes after its #! line.
FIRST_LINES = {
    ".css": r"/\* \S",
    ".html": r"(\{#|<!--|<!doctype)",
    ".j2": r"\{#",
    ".js": r"(//|/\*) \S",
    ".py": r'r?"""[^"]+\.("""|$)',
    ".sh": r"# \S",
    ".sql": r"-- \S",
    ".toml": r"# \S",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def source_files() -> list[Path]:
    """Return every file of the house that is read as source."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(path for path in found if path.suffix in FIRST_LINES and "__pycache__" not in path.parts)


def faults_over_sources(check: Callable[[str, str], list[str]]) -> list[str]:
    """Return what `check(text, suffix)` finds, with the file's name before it."""
    return [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in source_files()
        for fault in check(path.read_text(encoding="utf-8"), path.suffix)
    ]


def length_faults(text: str, suffix: str) -> list[str]:
    """Return a fault if `text` is too long for one file."""
    lines = len(text.splitlines())
    return [f"{lines} lines"] if lines > MAX_FILE_LINES else []


def first_line_faults(text: str, suffix: str) -> list[str]:
    """Return a fault if `text` does not begin by saying what it is."""
    line = next((line for line in text.splitlines() if not line.startswith("#!")), "")
    return [] if re.match(FIRST_LINES[suffix], line, re.IGNORECASE) else ["its first line does not say what it is"]


def functions(text: str) -> Iterator[Function]:
    """Yield each function that Python source defines, nested ones too."""
    yield from (node for node in ast.walk(ast.parse(text)) if isinstance(node, Function))


def function_lines(function: Function) -> int:
    """Return how many lines `function` has, its docstring not counted."""
    first = function.body[0]
    has_docstring = ast.get_docstring(function) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def nesting(node: ast.AST, depth: int = 0) -> int:
    """Return how deep blocks stand in each other below `node`; `elif` stands beside its `if`, not in it."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and [child] == node.orelse
        is_block = isinstance(child, ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try | ast.Match)
        is_block = is_block or isinstance(child, ast.With | ast.AsyncWith | ast.TryStar)
        deepest = max(deepest, nesting(child, depth + (is_block and not is_elif)))
    return deepest


def function_faults(text: str, suffix: str) -> list[str]:
    """Return a fault for each function in `text` that is too long or too deep."""
    if suffix != ".py":
        return []
    faults = []
    for function in functions(text):
        if (lines := function_lines(function)) > MAX_FUNCTION_LINES:
            faults.append(f"{function.name} has {lines} lines")
        if (depth := nesting(function)) > MAX_NESTING:
            faults.append(f"{function.name} nests {depth} deep")
    return faults


def name_faults(path: Path) -> list[str]:
    """Return a fault for each part of `path` that says nothing."""
    return [f"{path}: {part}" for part in path.with_suffix("").parts if part in EMPTY_NAMES]


def lock_faults(text: str) -> list[str]:
    """Return what makes a lock depend on more than names, versions and hashes."""
    faults = [f"names a place: {line}" for line in text.splitlines() if re.search(r"://|^-|\.org\b|\.com\b", line)]
    entries = re.split(r"\n(?=\S)", text.strip())
    loose = [entry for entry in entries if not re.match(r"[a-z0-9-]+==\S+( ; .+)? \\\n    --hash=sha256:", entry)]
    return faults + [f"not pinned with a hash: {entry.splitlines()[0]}" for entry in loose]


def pins(lock: str) -> dict[str, str]:
    """Return name → version of a lock file of the house."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


def test_no_file_is_too_long() -> None:
    """Every source file can be read in one go."""
    assert faults_over_sources(length_faults) == []


def test_a_file_too_long_is_found() -> None:
    """One line over the limit is a fault, the limit itself is none."""
    assert [length_faults("x\n" * lines, ".py") for lines in (300, 301)] == [[], ["301 lines"]]


def test_every_first_line_says_what_the_file_is() -> None:
    """Every source file begins with a sentence about itself."""
    assert faults_over_sources(first_line_faults) == []


@pytest.mark.parametrize(
    "text, suffix, is_fault",
    [
        ('"""Says it."""\n', ".py", False),
        ('"""Says it and goes on.\n\nMore.\n"""\n', ".py", False),
        ('"""No full stop"""\n', ".py", True),
        ("import os\n", ".py", True),
        ("", ".py", True),
        ("#!/bin/sh\n# Says it.\n", ".sh", False),
        ("#!/bin/sh\nset -e\n", ".sh", True),
        ("-- Says it.\nSELECT 1;\n", ".sql", False),
        ("SELECT 1;\n", ".sql", True),
        ("spec = 1\n", ".toml", True),
    ],
)
def test_a_silent_first_line_is_found(text: str, suffix: str, is_fault: bool) -> None:
    """A file that begins with anything but a sentence is a fault."""
    assert bool(first_line_faults(text, suffix)) is is_fault


def test_no_function_is_too_long_or_too_deep() -> None:
    """Every function fits on a screen and nests at most three blocks."""
    assert faults_over_sources(function_faults) == []


def test_most_functions_are_short() -> None:
    """Nine functions of ten have at most 25 lines."""
    texts = [path.read_text(encoding="utf-8") for path in source_files() if path.suffix == ".py"]
    lengths = [function_lines(function) for text in texts for function in functions(text)]
    short = sum(length <= MAX_USUAL_FUNCTION_LINES for length in lengths)
    assert short / len(lengths) >= USUAL_SHARE


def test_long_and_deep_functions_are_found() -> None:
    """A docstring is not counted, an `elif` is no deeper than its `if`, and each excess is named."""
    long = "def long():\n" + '    """Say."""\n' + "    x = 1\n" * 40
    deep = """
def deep():
    for a in b:
        with a:
            if a:
                while a:
                    pass
"""
    flat = """
def flat():
    for a in b:
        if a:
            pass
        elif b:
            for c in d:
                pass
"""
    assert function_faults(long + deep + flat, ".py") == ["long has 41 lines", "deep nests 4 deep"]


def test_no_name_is_empty() -> None:
    """No module or folder is called after the absence of a better name."""
    assert [fault for path in source_files() for fault in name_faults(path.relative_to(ROOT))] == []


def test_an_empty_name_is_found() -> None:
    """Folders and modules are both looked at."""
    assert name_faults(Path("gateway/utils/base.py")) == ["gateway/utils/base.py: utils", "gateway/utils/base.py: base"]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_hold_names_versions_and_hashes_only(lock: str) -> None:
    """A lock names no place to download from, and pins everything by hash."""
    assert lock_faults((ROOT / lock).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "entry",
    [
        "--index-url https://registry.example/simple",
        "attrs==26.1.0",
        "attrs>=26 \\\n    --hash=sha256:00",
        "attrs @ https://registry.example/attrs.whl \\\n    --hash=sha256:00",
    ],
)
def test_a_loose_lock_is_found(entry: str) -> None:
    """An index, a missing hash, a range and an address are each a fault."""
    good = "six==1.17.0 ; python_version < '3' \\\n    --hash=sha256:00\n    # via x\n"
    assert [bool(lock_faults(good)), bool(lock_faults(good + entry + "\n"))] == [False, True]


def test_tests_run_on_what_is_shipped() -> None:
    """The lock for tests has every package of the lock for running, in the same version."""
    shipped, tested = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: tested.get(name) for name in shipped} == shipped


ONE_TEST = "def test_x():\n    pytest.skip('no tool')"
WHOLE_FILE = "pytest.skip('no tool', allow_module_level=True)"


@pytest.mark.parametrize(
    "body, ci, status",
    [
        (ONE_TEST, "", pytest.ExitCode.OK),
        (ONE_TEST, "true", pytest.ExitCode.TESTS_FAILED),
        (WHOLE_FILE, "", pytest.ExitCode.OK),
        (WHOLE_FILE, "true", pytest.ExitCode.INTERRUPTED),
    ],
)
def test_a_skip_fails_in_ci_only(tmp_path: Path, body: str, ci: str, status: pytest.ExitCode) -> None:
    """A skipped test or file passes on a developer's machine and fails where CI is set, with its reason."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "test_skip.py").write_text(f"import pytest\n\n{body}\n", encoding="utf-8")
    (tmp_path / "test_run.py").write_text("def test_y():\n    pass\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "."]
    environment = {**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "no tool" in result.stdout
    assert status == result.returncode


def test_the_coverage_gate_names_each_shortfall() -> None:
    """A line not run, a branch not taken and a pattern without a file are each named; other files are left alone."""
    files: dict[str, dict[str, list[Any]]] = {
        "gateway/core/a.py": {"missing_lines": [], "missing_branches": []},
        "gateway/core/b.py": {"missing_lines": [3], "missing_branches": [[4, 6], [5, -1]]},
        "gateway/app.py": {"missing_lines": [1], "missing_branches": []},
    }
    expected = """\
        gateway/core/b.py:3: not run
        gateway/core/b.py:4: never goes on to line 6
        gateway/core/b.py:5: never goes on to the end of the function
        providers/*.py: no measured file has this name"""
    assert shortfalls(files, ["gateway/core/*.py", "providers/*.py"]) == textwrap.dedent(expected).splitlines()
